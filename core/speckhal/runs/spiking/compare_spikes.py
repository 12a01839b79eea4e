"""Whether two runs of the same spikes agree, beside what the order of spikes may change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.runs.spiking.order_counts import shared_of
from speckhal.runs.spiking.spike_record import given_spike_run
from speckhal.runs.spiking.spike_words import named
from speckhal.system.counted import counted

if TYPE_CHECKING:
    import os

    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.spike_run import SpikeRun

_QUANTILES: Final = (
    *((1, 636.6), (2, 31.6), (3, 12.92), (4, 8.61), (5, 6.87), (6, 5.96), (7, 5.41), (8, 5.04)),
    *((9, 4.78), (11, 4.44), (14, 4.14), (19, 3.88), (29, 3.66), (60, 3.46), (math.inf, 3.29)),
)
"""Student's t that one in 1,000 exceeds to either side, by degrees of freedom, up to which."""

_HALF_A_SPIKE: Final = 0.5
"""Counts are whole: that a few orders gave the same one does not make it certain."""


@attrs.frozen
class ComparedSpikes:
    """What one layer sent in two runs.

    Attributes:
        layer: its index, or `SENSOR_INPUT`.
        a: its spikes in the one run.
        b: the same in the other.
        shared: of the spikes of A, the share that B has from the same neuron in the same
            microsecond; nan where A has none.
        lowest: least count that permitted orders gave; None where nobody tried any.
        highest: largest count that they gave.
        answer: whether the counts agree.
        said: why.
    """

    layer: int
    a: int
    b: int
    shared: float
    lowest: int | None
    highest: int | None
    answer: Answer
    said: str


@attrs.frozen(repr=False)
class SpikeComparison:
    """What two runs of the same spikes have in common.

    Attributes:
        layers: of those that both monitored.
    """

    layers: tuple[ComparedSpikes, ...]

    @property
    def answer(self) -> Answer:
        """Whether all layers agree."""
        found = {layer.answer for layer in self.layers}
        for answer in (Answer.DISAGREES, Answer.CANNOT_TELL):
            if answer in found:
                return answer
        return Answer.AGREES

    def as_json(self) -> dict[str, object]:
        """As plain data that any JSON holds."""
        layers = [attrs.asdict(layer) for layer in self.layers]
        for layer in layers:
            layer["answer"] = layer["answer"].value
            layer["shared"] = None if math.isnan(layer["shared"]) else layer["shared"]
        return {"answer": self.answer.value, "layers": layers}

    def __repr__(self) -> str:
        layers = ", ".join(f"{named(one.layer)} {one.answer.value}" for one in self.layers)
        return f"<SpikeComparison: {self.answer.value}; {layers}>"


def compare_spikes(
    a: SpikeRun | str | os.PathLike[str], b: SpikeRun | str | os.PathLike[str]
) -> SpikeComparison:
    """Compare what each layer sent in two runs of the same spikes.

    In which order a chip takes spikes that come together is not published, so counts may differ
    although nothing is wrong. Where one of the runs was repeated in permitted orders, they agree
    if the other's count lies among those that orders gave, and disagree if it lies where the count
    of one more order would in less than one case of 1,000; else no answer is given.

    Args:
        a: the one run, or the path of its record.
        b: the other.

    Raises:
        InputError: one is neither or cannot be opened, one was ended early, other spikes went in,
            the layers have other shapes, or no layer was monitored in both.
    """
    a, b = (given_spike_run(given, "Asked to compare") for given in (a, b))
    for name, run in (("A", a), ("B", b)):
        if run.problem:
            raise InputError(
                f"Asked to compare runs of spikes, and {name} was ended early: {run.problem}",
                hint="Compare runs that came to their end.",
            )
    if a.given != b.given:
        raise InputError(
            f"Asked to compare runs of other spikes: {len(a.given):,} went into A and "
            f"{len(b.given):,} into B, and they are not the same.",
            hint="Play those of one again: speckhal run NETWORK A.h5 --record B.h5",
        )
    shapes = [[layer.shape for layer in run.deployment.layers] for run in (a, b)]
    if shapes[0] != shapes[1]:
        raise InputError(
            "Asked to compare runs of networks whose layers have other shapes.",
            hint="Compare runs of one network.",
        )
    both = sorted(set(a.monitored) & set(b.monitored))
    if not both:
        raise InputError(
            "Asked to compare runs that have no monitored layer in common.",
            hint="Monitor the same layers in both: --monitor all.",
        )
    return SpikeComparison(tuple(_compared(a, b, layer) for layer in both))


def _compared(a: SpikeRun, b: SpikeRun, layer: int) -> ComparedSpikes:
    counts = a.counts[layer], b.counts[layer]
    shared = shared_of(a.sent, b.sent, layer)
    spread, own, other = (
        (b.spread, counts[1], counts[0]) if a.spread is None else (a.spread, *counts)
    )
    given = [] if spread is None else _given(spread, layer)
    lowest, highest = (min(*given, own), max(*given, own)) if given else (None, None)
    if counts[0] == counts[1] and (shared == 1 or not counts[0]):
        answer, said = Answer.AGREES, "the same spikes"
    elif given:
        answer, said = _judged(other, given, min(*given, own), max(*given, own))
    elif counts[0] == counts[1]:
        answer, said = Answer.AGREES, "as many spikes, and not all the same ones"
    else:
        answer, said = Answer.CANNOT_TELL, "neither run was repeated in other orders: --orders 10"
    return ComparedSpikes(layer, *counts, shared, lowest, highest, answer, said)


def _given(spread: OrderSpread, layer: int) -> list[int]:
    if layer not in spread.layers:
        return []
    return [int(count) for count in spread.counts[:, spread.layers.index(layer)]]


def _judged(other: int, given: list[int], lowest: int, highest: int) -> tuple[Answer, str]:
    """Whether a count is one that another order may give."""
    among = f"what {counted(len(given), 'order')} gave, {lowest:,} to {highest:,}"
    if lowest <= other <= highest:
        return Answer.AGREES, f"within {among}"
    mean = sum(given) / len(given)
    deviation = math.sqrt(sum((count - mean) ** 2 for count in given) / (len(given) - 1))
    reach = next(t for most, t in _QUANTILES if len(given) - 1 <= most)
    reach *= max(deviation, _HALF_A_SPIKE) * math.sqrt(1 + 1 / len(given))
    if abs(other - mean) > reach:
        return Answer.DISAGREES, f"far outside {among}"
    return Answer.CANNOT_TELL, f"just outside {among}: try more orders"


def said_of_comparison(comparison: SpikeComparison) -> str:
    """The answer as a sentence."""
    wrong = [named(layer.layer) for layer in comparison.layers if layer.answer is comparison.answer]
    if comparison.answer is Answer.AGREES:
        return "The runs agree."
    if comparison.answer is Answer.DISAGREES:
        return f"The runs disagree at {' and '.join(wrong)}."
    return f"The runs do not show whether they agree at {' and '.join(wrong)}."
