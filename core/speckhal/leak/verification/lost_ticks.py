"""Where a clock lost a tick, or made one too many, from what the neurons of a layer count."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.verification.clock_polygon import RateInterval, Windows, rates_that_explain

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Integers

_MOST_PLACES = 256


@attrs.frozen
class TickJump:
    """Ticks that a clock lost at one moment, or made at once.

    Attributes:
        ticks: how many, negative where they were lost.
        after: the last reading that is surely before it.
        until: the first reading that is surely after it.
        rates: of the clock otherwise, wherever between these readings it was.
    """

    ticks: int
    after: int
    until: int
    rates: RateInterval


def tick_jump(
    ticks: Integers, windows: Windows, *, least_hz: float = 0.0, most_hz: float = np.inf
) -> TickJump | None:
    """The one tick, lost or too many, without which a clock explains all others.

    Args:
        ticks: by each reading, (samples,).
        windows: in which the readings were taken.
        least_hz: of the rates to consider.
        most_hz: of the rates to consider.

    Returns:
        None where no single one does.
    """
    places = _places(ticks, windows)
    for jump in (-1, 1):
        found: dict[int, RateInterval] = {}
        for place in places:
            repaired = ticks.copy()
            repaired[place:] -= jump
            if (np.diff(repaired) < 0).any():
                continue
            rates = rates_that_explain(repaired, windows)
            if rates is not None and rates.meets(least_hz, most_hz):
                found[place] = rates
        if found:
            rates = RateInterval(
                min(one.least_hz for one in found.values()),
                max(one.most_hz for one in found.values()),
            )
            low, high = places.index(min(found)), places.index(max(found))
            return TickJump(
                jump,
                after=places[low - 1] if low else places[0] - 1,
                until=places[high + 1] - 1 if high + 1 < len(places) else places[-1],
                rates=rates,
            )
    return None


def _places(ticks: Integers, windows: Windows) -> list[int]:
    """Readings before which it can have been: no earlier or later part fails by itself."""
    last = _longest_explained(ticks, windows)
    mirrored = Windows(-windows.latest_s[::-1], -windows.earliest_s[::-1], windows.jitter_s)
    first = len(ticks) - _longest_explained(-ticks[::-1], mirrored)
    between = np.arange(max(first, 1), last + 1)
    between = between[between < len(ticks)]
    if len(between) > _MOST_PLACES:
        between = between[np.linspace(0, len(between) - 1, _MOST_PLACES).astype(int)]
    return [int(place) for place in between]


def _longest_explained(ticks: Integers, windows: Windows) -> int:
    """How many readings from the first on one clock explains."""

    def fails(end: int) -> bool:
        return rates_that_explain(ticks[:end], windows.until(end)) is None

    return bisect.bisect_left(range(1, len(ticks) + 1), True, key=fails)
