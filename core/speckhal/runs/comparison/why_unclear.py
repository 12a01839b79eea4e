"""Why two runs of a layer show no agreement, although nothing differs, and what would show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.runs.comparison.tick_counts import STEP_INSTEAD

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
        f"The readings of layer {index} of {' and '.join(alone)} show other steps than those of "
        "the other, and nobody knows what was deployed. Compare runs, of run_leak(device), which "
        "know."
    )
