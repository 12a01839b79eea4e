"""Ticks of the readings that no neuron counts, between those that neurons count before and after.

A clock bounds these, and the more loosely the longer it ran. What neurons show is sure: no reading
is of an earlier tick than one that came before it, and one at the floor is of a later tick than the
last that its neurons count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Integers
    from speckhal.runs.comparison.fixed_clock import TickBounds
    from speckhal.runs.comparison.shown_ticks import ShownTicks

_UNBOUNDED: Final = 1 << 40


def in_order(bounds: TickBounds, shown: ShownTicks) -> tuple[Integers, Integers, Integers]:
    """By which tick each reading was taken, which never falls with time, (samples,).

    Args:
        bounds: between which a clock makes them.
        shown: what the neurons show.

    Returns:
        These, how many there have been at least, and how many more than these at most.
    """
    at_least = np.zeros(len(bounds.likely), np.int64)
    at_most = np.full(len(bounds.likely), _UNBOUNDED)
    at_least[shown.readings] = at_most[shown.readings] = shown.ticks
    if shown.floor is not None:
        # more than the clock makes are one too many, which counts no more than one that it lost
        floor = shown.floor.reading
        at_least[floor] = min(shown.floor.ticks, int(bounds.most[floor]))
    at_least = np.maximum.accumulate(at_least)
    at_most = np.maximum(np.minimum.accumulate(at_most[::-1])[::-1], at_least)
    ticks = np.maximum.accumulate(np.clip(bounds.likely, at_least, at_most))
    least = np.minimum(bounds.least, ticks)
    return ticks, least, np.maximum(bounds.most, ticks) - least
