"""What a tick that one of two clocks lost, without its readings showing that, leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.runs.comparison.hidden_ticks import HiddenTicks
from speckhal.runs.comparison.moving_on import shown_until
from speckhal.runs.comparison.tick_counts import STEP_INSTEAD, count_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.runs.comparison.layer_comparison import LayerComparison
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tolerance import Tolerance
    from speckhal.runs.run import Run

_SAME_S: Final = 1e-6
"""How far two times of one reading may be apart."""

Counts = dict[int, "TickCounts"]
"""By which tick each reading was taken, by index of the layer."""


def counted_alike(
    sides: tuple[Side, Side], common: Sequence[int], jitter_s: float
) -> tuple[tuple[Counts, Counts], str]:
    """By which tick each reading of both was taken, and why that shows no agreement.

    A tick that one clock lost counts all the same, unless the readings of the other do not show
    whether it lost the same one: then neither counts, and nothing shows that the two agree.

    Returns:
        The ticks, and a reason as sentences, or an empty text.
    """
    counts = _counts(sides[0], jitter_s), _counts(sides[1], jitter_s)
    for one, other in ((0, 1), (1, 0)):
        for index in common:
            lost, shown = counts[one][index].lost, counts[other][index].shown
            if lost is None or shown is None or shown.lost is not None:
                continue
            hidden = HiddenTicks(shown)
            if not hidden.may_be(lost):
                break
            again = {
                # the rate of a clock that lost a tick is not that of its ticks on average
                layer: attrs.evolve(each, average=None)
                for layer, each in _counts(sides[one], jitter_s, counts_lost=False).items()
            }
            reason = (
                f"The clock of {sides[one].name} {lost}, and the readings of "
                f"{sides[other].name} do not show whether its clock did. {hidden.advice}"
            )
            return ((again, counts[1]) if one == 0 else (counts[0], again)), reason
    return counts, ""


def _counts(side: Side, jitter_s: float, *, counts_lost: bool = True) -> Counts:
    traces = list(side.traces.values())
    layers = [side.layers.get(one.layer) for one in traces]
    counted = count_ticks(traces, layers, jitter_s, counts_lost=counts_lost)
    return dict(zip(side.traces, counted, strict=True))


def hidden_in(
    layer: LayerComparison,
    sides: tuple[Side, Side],
    counts: tuple[Counts, Counts],
    tolerance: Tolerance,
) -> str:
    """Why readings that agree show no agreement, and what would, as sentences; empty if they do.

    One of the clocks may have lost a tick, or made one too many, without a sign of it.
    """
    index, pairs = layer.layer, layer.pairs
    lasts: list[int] = []
    if not len(pairs) or _is_one_run(sides, index):
        return ""
    for side, of_layers, readings in zip(sides, counts, (pairs.a, pairs.b), strict=True):
        one = of_layers[index]
        shown = one.shown
        if shown is None or (index in side.layers and side.layers[index].rate_hz is None):
            continue  # counted, or no rate says when a tick should have come
        if one.irregular_s is not None:
            return (
                f"No clock of a fixed rate makes the ticks of {side.name}, from "
                f"{one.irregular_s:.3f} s on, so nothing shows which it lost. {STEP_INSTEAD}"
            )
        hidden = HiddenTicks(shown)
        last = min(int(one.ticks[readings].max()), hidden.last)
        deployed = side.layers.get(index)
        high = 0 if deployed is None else deployed.threshold_high
        if tolerance.allowed(last, high) >= np.abs(one.steps).max(initial=0):
            continue
        # one may be ahead of its own ticks
        lasts.append(hidden.last + int(pairs.ticks[0] - one.ticks[readings[0]]))
        found = hidden.first(last)
        if found is not None:
            return (
                f"The readings of layer {index} of {side.name} do not show whether its clock "
                f"{found}: a clock of another phase would give the same readings. {hidden.advice}"
            )
    traces = sides[0].traces[index], sides[1].traces[index]
    until = shown_until(traces, pairs, min(lasts)) if lasts else None
    if until is not None:
        return (
            f"Neurons of layer {index} move on after tick {until}, the last that the readings "
            f"show, so nothing shows whether a clock lost one after it. {STEP_INSTEAD}"
        )
    return ""


def _is_one_run(sides: tuple[Side, Side], index: int) -> bool:
    """Whether both are readings of one run, as a record and its replay are.

    Its one clock lost the same ticks in both.
    """
    one, other = sides
    if one.run is None or other.run is None or not _began(one.run):
        return False
    first, second = one.traces[index], other.traces[index]
    return (
        _began(one.run) == _began(other.run)
        and np.array_equal(first.v_mem, second.v_mem)
        and np.allclose(first.time_s, second.time_s, rtol=0, atol=_SAME_S)
    )


def _began(run: Run) -> tuple[str, str, str] | None:
    """On which board a run was measured and when; None where nobody knows when."""
    began = run.info.recorded_at or run.provenance.started_at
    return (run.info.board, run.info.serial_number, began) if began else None
