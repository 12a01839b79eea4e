"""Compares two runs, aligned on ticks: agreement, or where they part first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verification import JITTER_S
from speckhal.runs.comparison.clocks import clock_differences
from speckhal.runs.comparison.deployments import deployment_differences, explained_by
from speckhal.runs.comparison.differing_values import ValuePairs, differing_values
from speckhal.runs.comparison.left_out import notes, uncompared
from speckhal.runs.comparison.run_comparison import (
    ComparedReading,
    Divergence,
    LayerComparison,
    RunComparison,
)
from speckhal.runs.comparison.sides import Side
from speckhal.runs.comparison.tick_counts import STEP_INSTEAD, count_ticks
from speckhal.runs.comparison.tick_pairs import pairs_of
from speckhal.runs.comparison.tolerance import Tolerance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.contract.reading import Trace
    from speckhal.runs.comparison.differing_values import DifferingValues
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tick_pairs import TickPairs
    from speckhal.runs.run import Run

HISTORY = 4
"""Readings that are shown before the first divergence, and after it."""

Counts = dict[int, "TickCounts"]


def compare(
    a: Run | Trace,
    b: Run | Trace,
    *,
    tolerance: Mapping[str, float] | Tolerance | None = None,
    jitter_s: float = JITTER_S,
) -> RunComparison:
    """Compare what two devices did, tick by tick, and find where they part first.

    Readings are aligned on ticks: those that were counted under a stepped clock, and else those
    that the neurons of each run show, so that neither the rates nor the phases of two clocks
    matter. A tick that a clock lost still counts. Readings of a tick that the other run lacks are
    left out. Where ticks cannot be counted the answer is "cannot tell", and so it is where nothing
    could be compared.

    Args:
        a: a run, of `run_leak` or `open_run`; or a trace alone, whose steps are then taken as its
            readings show them.
        b: the other.
        tolerance: how far the two may be apart, by quantity: "v_mem" in chip units (0), "step" in
            chip units for each tick (0), "thresholds" as a fraction of each one's spike threshold,
            in place of these two, "rate" of the clock as a fraction (0.02), "start" in ticks that
            one may be ahead at its first reading (0).
        jitter_s: how far the moment of a request may be from the one noted, in seconds.

    Raises:
        InputError: an argument is something else.
    """
    if not 0 <= jitter_s < np.inf:
        raise InputError(
            f"Asked to allow a jitter of {jitter_s!r} s.", hint="Give seconds, such as 0.005."
        )
    allowed = Tolerance.of(tolerance)
    sides = Side.of(a, "a"), Side.of(b, "b")
    common = sorted(
        index
        for index, trace in sides[0].traces.items()
        if index in sides[1].traces and sides[1].traces[index].shape == trace.shape
    )
    counts = _counts(sides[0], jitter_s), _counts(sides[1], jitter_s)
    ahead, layers = _aligned(sides, counts, common, allowed)
    clear = [
        index
        for index in common
        if not _steps_unclear(sides, (counts[0][index], counts[1][index]), index)
    ]
    clocks = tuple(clock_differences(sides, counts, clear, allowed))
    comparison = RunComparison(
        tuple(layers),
        clocks,
        tuple(deployment_differences(*sides, common)),
        (),
        tuple(uncompared(*sides)),
        tuple(notes(sides, counts, layers, said=clocks)),
        ahead,
        allowed,
        sides,
    )
    parted = comparison.divergence
    if parted is None:
        return comparison
    both = counts[0][parted.layer], counts[1][parted.layer]
    return attrs.evolve(comparison, explanation=tuple(explained_by(*sides, parted, both)))


def _counts(side: Side, jitter_s: float) -> Counts:
    """By which tick each reading was taken, by index of the layer."""
    traces = list(side.traces.values())
    counted = count_ticks(traces, [side.layers.get(one.layer) for one in traces], jitter_s)
    return dict(zip(side.traces, counted, strict=True))


def _aligned(
    sides: tuple[Side, Side], counts: tuple[Counts, Counts], common: list[int], tolerance: Tolerance
) -> tuple[int, list[LayerComparison]]:
    """How many ticks b is ahead, and all layers with that: 0 unless another number explains them.

    It does where it leaves at most half of the ticks out, and at most half as many values of those
    that are compared differ.
    """

    def with_(ahead: int) -> list[LayerComparison]:
        return [_layer(sides, counts, index, ahead, tolerance) for index in common]

    def ticks_with(ahead: int) -> int:
        return sum(
            len(np.unique(pairs_of(counts[0][index], counts[1][index], ahead).ticks))
            for index in common
        )

    layers = with_(0)
    best = 0, layers, _badness(layers)
    if best[2] == (0.0, 0):
        return 0, layers
    ticks = {ahead: ticks_with(ahead) for ahead in tolerance.starts}
    enough = max(ticks.values()) / 2
    most = best[2][0] / 2
    for ahead in tolerance.starts[1:]:
        if not ticks[ahead] or ticks[ahead] < enough:
            continue
        layers = with_(ahead)
        badness = _badness(layers)
        if badness < best[2] and badness[0] <= most:
            best = ahead, layers, badness
    return best[0], best[1]


def _badness(layers: list[LayerComparison]) -> tuple[float, int]:
    """What decides between two ways to align runs.

    Which part of all values that are compared differs, then how many layers are not clear.
    """
    compared = sum(len(one.pairs) * one.differing.size for one in layers)
    differing = sum(int(one.differing.sum()) for one in layers)
    unclear = sum(one.answer is Answer.CANNOT_TELL for one in layers)
    return (differing / compared if compared else 0.0, unclear)


def _layer(
    sides: tuple[Side, Side],
    counts: tuple[Counts, Counts],
    index: int,
    ahead: int,
    tolerance: Tolerance,
) -> LayerComparison:
    traces = sides[0].traces[index], sides[1].traces[index]
    ticks = counts[0][index], counts[1][index]
    pairs = pairs_of(*ticks, ahead)
    unclear = _steps_unclear(sides, ticks, index)
    if unclear:
        pairs = pairs.until(0)
    values = ValuePairs.of(
        (traces[0].v_mem, traces[1].v_mem),
        pairs,
        (ticks[0].steps, ticks[1].steps),
        (sides[0].layers.get(index), sides[1].layers.get(index)),
        tolerance,
    )
    differing = differing_values(values)
    cores = sides[0].core(index), sides[1].core(index)
    reason = ""
    divergence = None
    open_from = differing.open_from
    if differing.first is not None:
        open_from = _open_from(differing, pairs, traces, ticks, differing.first[0])
        divergence = _divergence(traces, cores, values, *differing.first)
        divergence = attrs.evolve(divergence, open_from=open_from)
    else:
        reason = unclear or _why_unclear(index, ticks, pairs, differing)
    answer = Answer.AGREES
    if divergence is not None:
        answer = Answer.DISAGREES
    elif reason:
        answer = Answer.CANNOT_TELL
    shape = traces[0].shape
    return LayerComparison(
        index,
        cores,
        shape,
        answer,
        reason,
        (len(traces[0]), len(traces[1])),
        (len(np.unique(pairs.a)), len(np.unique(pairs.b))),
        pairs,
        differing.largest.reshape(shape),
        differing.counts.reshape(shape),
        divergence,
        open_from,
    )


def _open_from(
    differing: DifferingValues,
    pairs: TickPairs,
    traces: tuple[Trace, Trace],
    ticks: tuple[TickCounts, TickCounts],
    first: int,
) -> int | None:
    """The first tick before the first pair that differs at which a neuron may be apart already.

    A neuron may also be apart in a reading whose tick is not known, and in one after which a clock
    may already have lost the tick that shows there.
    """
    tick = int(pairs.ticks[first])
    earliest = tick if differing.open_from is None else differing.open_from
    before = int(pairs.ticks[pairs.ticks < tick].max(initial=0))
    for trace, one, reading in zip(traces, ticks, (pairs.a[first], pairs.b[first]), strict=True):
        if not one.known[:reading].all():
            earliest = min(earliest, before + 1)
        if one.lost is not None and trace.time_s[reading] <= one.lost.time_s[1]:
            sure = np.flatnonzero(one.known & (trace.time_s <= one.lost.time_s[0]))
            earliest = min(earliest, int(one.ticks[sure].max(initial=0)) + 1)
    return earliest if earliest < tick else None


def _divergence(
    traces: tuple[Trace, Trace],
    cores: tuple[int | None, int | None],
    values: ValuePairs,
    pair: int,
    neuron: int,
) -> Divergence:
    pairs = values.pairs
    around = range(max(pair - HISTORY, 0), min(pair + HISTORY + 1, len(pairs)))
    torn = values.of_rows(slice(around.start, around.stop), np.array([neuron]))[2][:, 0]
    channel, y, x = (int(one) for one in np.unravel_index(neuron, traces[0].shape))

    def reading(number: int) -> ComparedReading:
        at = int(pairs.a[number]), int(pairs.b[number])
        return ComparedReading(
            int(pairs.ticks[number]),
            (float(traces[0].time_s[at[0]]), float(traces[1].time_s[at[1]])),
            (
                int(traces[0].v_mem[at[0], channel, y, x]),
                int(traces[1].v_mem[at[1], channel, y, x]),
            ),
            bool(torn[number - around.start]),
        )

    here = reading(pair)
    return Divergence(
        traces[0].layer,
        cores,
        here.tick,
        here.time_s,
        channel,
        y,
        x,
        here.values,
        tuple(reading(number) for number in around),
    )


def _why_unclear(
    index: int,
    ticks: tuple[TickCounts, TickCounts],
    pairs: TickPairs,
    differing: DifferingValues,
) -> str:
    """Why values that do not differ show no agreement, and what would do; empty if they do."""
    for name, one in zip("ab", ticks, strict=True):
        if one.problem:
            return f"The ticks of layer {index} of {name} cannot be counted: {one.problem}."
    known = [one.ticks[one.known] for one in ticks]
    for name, each in zip("ab", known, strict=True):
        if not len(each):
            return f"There is no reading of layer {index} in {name}. Measure it again."
    if not len(pairs):
        spans = [f"ticks {each.min()} to {each.max()}" for each in known]
        return (
            f"Layer {index} was not read at any tick in both: a was read at {spans[0]}, b at "
            f"{spans[1]}. Read both at the same ticks."
        )
    if not (pairs.ticks > 0).any():
        return (
            f"Layer {index} was read in both before the first tick only. Watch for longer, or "
            "read more often."
        )
    several = int(differing.open_neurons.sum())
    if several:
        return (
            f"{several} neuron{'s' * (several > 1)} of layer {index} "
            f"{'are' if several > 1 else 'is'} apart by no more than the ticks that may have come "
            f"while {'they were' if several > 1 else 'it was'} read, and may have stayed apart. "
            "Read between ticks: "
            f"less often, or at another moment of the period. {STEP_INSTEAD}"
        )
    return ""


def _steps_unclear(
    sides: tuple[Side, Side], ticks: tuple[TickCounts, TickCounts], index: int
) -> str:
    """Why the ticks of two traces cannot be counted alike, and what would do; empty if they can.

    A trace alone shows its steps only up to a factor: read at every second tick, they seem double.
    """
    alone = [
        side.name for side in sides if index not in side.layers and side.traces[index].ticks is None
    ]
    if not alone or np.array_equal(ticks[0].steps, ticks[1].steps):
        return ""
    return (
        f"The readings of layer {index} of {' and '.join(alone)} show other steps than those of "
        "the other, and nobody knows what was deployed. Compare runs, of run_leak(device), which "
        "know."
    )
