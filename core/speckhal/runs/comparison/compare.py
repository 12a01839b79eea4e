"""Compares two runs, aligned on ticks: agreement, or where they part first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verification.verification import JITTER_S
from speckhal.runs.comparison.clocks import clock_differences
from speckhal.runs.comparison.compared_layer import compared_layer
from speckhal.runs.comparison.deployments import deployment_differences, explained_by
from speckhal.runs.comparison.left_out import notes, uncompared
from speckhal.runs.comparison.run_comparison import RunComparison
from speckhal.runs.comparison.sides import Side
from speckhal.runs.comparison.tick_pairs import pairs_of
from speckhal.runs.comparison.tolerance import Tolerance
from speckhal.runs.comparison.unshown_ticks import counted_alike, hidden_in
from speckhal.runs.comparison.why_unclear import steps_unclear

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from speckhal.contract.reading import Trace
    from speckhal.runs.comparison.layer_comparison import LayerComparison
    from speckhal.runs.comparison.unshown_ticks import Counts
    from speckhal.runs.run import Run


def compare(
    a: Run | Trace | str | os.PathLike[str],
    b: Run | Trace | str | os.PathLike[str],
    *,
    tolerance: Mapping[str, float] | Tolerance | None = None,
    jitter_s: float = JITTER_S,
) -> RunComparison:
    """Compare what two devices did, tick by tick, and find where they part first.

    Readings are aligned on ticks: those that were counted under a stepped clock, and else those
    that the neurons of each run show, so that neither the rates nor the phases of two clocks
    matter. A tick that a clock lost still counts. Readings of a tick that the other run lacks are
    left out. The answer is "cannot tell" where ticks cannot be counted, where nothing could be
    compared, and where the readings agree but would do so as well if one clock had lost a tick, or
    made one too many: between rare readings that passes for another phase.

    Args:
        a: a run, of `run_leak` or `open_run`, or the path of one; or a trace alone, whose steps are
            then taken as its readings show them.
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
    counts, unsure = counted_alike(sides, common, jitter_s)
    ahead, layers = _aligned(sides, counts, common, allowed)
    layers = [
        _unless_hidden(one, unsure or hidden_in(one, sides, counts, allowed)) for one in layers
    ]
    clear = [
        index
        for index in common
        if not steps_unclear(sides, (counts[0][index], counts[1][index]), index)
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


def _unless_hidden(layer: LayerComparison, reason: str) -> LayerComparison:
    """A layer that agrees only as far as readings show, if something may be hidden from them."""
    if not reason or layer.answer is not Answer.AGREES:
        return layer
    return attrs.evolve(layer, answer=Answer.CANNOT_TELL, reason=reason)


def _aligned(
    sides: tuple[Side, Side], counts: tuple[Counts, Counts], common: list[int], tolerance: Tolerance
) -> tuple[int, list[LayerComparison]]:
    """How many ticks b is ahead, and all layers with that: 0 unless another number explains them.

    It does where it leaves at most half of the ticks out, and at most half as many values of those
    that are compared differ.
    """

    def with_(ahead: int) -> list[LayerComparison]:
        return [
            compared_layer(sides, (counts[0][index], counts[1][index]), index, ahead, tolerance)
            for index in common
        ]

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
