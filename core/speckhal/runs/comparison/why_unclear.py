"""Why two runs of a layer show no agreement, although nothing differs, and what would show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from speckhal.runs.comparison.differing_values import DifferingValues
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tick_pairs import TickPairs


def why_unclear(
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
            f"a and b have no tick of layer {index} in common: a was read at {spans[0]}, b at "
            f"{spans[1]}. Read both at the same ticks."
        )
    if not (pairs.ticks > 0).any():
        return (
            f"Only before the first tick was layer {index} read in both. Watch for longer, or read "
            "more often."
        )
    several = int(differing.open_neurons.sum())
    if several:
        are, they = (f"{several} neurons", "they") if several > 1 else ("1 neuron", "it")
        return (
            f"{are} of layer {index} may have stayed apart: a tick that came while "
            f"{they} {'were' if several > 1 else 'was'} read explains the difference, and so does "
            f"a tick that {they} missed. Watch for longer, with readings during which no tick "
            "comes: a slower clock leaves room for them. Or step the clock (--ticks N, or "
            "run_leak(device, ticks=N))."
        )
    return ""


def steps_unclear(
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
        f"Layer {index} shows other steps in a than in b, and a trace alone does not say what was "
        "deployed. Compare the runs that run_leak(device) returns."
    )
