"""Which rates of a clock explain the ticks that readings show.

A clock of rate f has made floor(phi + f t) ticks by the time t. Each reading bounds that from both
sides, by two lines in the plane of f and phi, so that what explains all of them is a polygon. Its
ends in f are the interval of the rate: certain, where a fitted line gives a likeliest value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Floats, Integers

_ROUNDING = 1e-9


@attrs.frozen(eq=False)
class Windows:
    """Between which moments each reading was really taken.

    Attributes:
        earliest_s: since the start of the leak, (samples,).
        latest_s: since the start of the leak, (samples,).
        jitter_s: how far the moment of a request may be from the one that was noted.
    """

    earliest_s: Floats
    latest_s: Floats
    jitter_s: float

    @classmethod
    def of(cls, trace: Trace, jitter_s: float) -> Windows:
        """Those of a trace: the time that a reading took, and the jitter on both sides."""
        time_s = trace.time_s.astype(np.float64)
        return cls(time_s - jitter_s, time_s + trace.duration_s + jitter_s, jitter_s)

    def until(self, end: int) -> Windows:
        """Those of the first `end` readings."""
        return Windows(self.earliest_s[:end], self.latest_s[:end], self.jitter_s)

    def __len__(self) -> int:
        return len(self.earliest_s)


@attrs.frozen
class RateInterval:
    """Rates between which the clock's lies.

    Attributes:
        least_hz: ticks per second; 0 where the readings show no tick.
        most_hz: ticks per second; infinite where nothing bounds it.
    """

    least_hz: float
    most_hz: float

    def meets(self, least_hz: float, most_hz: float) -> bool:
        """Whether it has a rate in common with another interval."""
        return self.least_hz <= most_hz and least_hz <= self.most_hz

    def within(self, least_hz: float, most_hz: float) -> bool:
        """Whether all of it lies in another interval."""
        return least_hz < self.least_hz and self.most_hz < most_hz


def rates_that_explain(ticks: Integers, windows: Windows) -> RateInterval | None:
    """The rates of which one phase or another makes these ticks.

    Args:
        ticks: by each reading, counted from any zero, (samples,).
        windows: in which the readings were taken.

    Returns:
        None where no clock of a fixed rate makes them.
    """
    # phi + f latest >= n for all, and phi + f earliest < n + 1 for all: only corners of the hulls
    # of these points can be the ones that bound f
    low = _hull(windows.latest_s, ticks, upper=True)
    high = _hull(windows.earliest_s, ticks + 1, upper=False)
    apart_s = windows.latest_s[low][:, None] - windows.earliest_s[high]
    made = (ticks[low][:, None] - ticks[high] - 1).astype(np.float64)
    later, earlier = apart_s > _ROUNDING, apart_s < -_ROUNDING
    if (made[~later & ~earlier] > _ROUNDING).any():
        return None
    least_hz = float((made[later] / apart_s[later]).max(initial=0.0))
    most_hz = float((made[earlier] / apart_s[earlier]).min(initial=math.inf))
    if least_hz > most_hz * (1 + _ROUNDING) + _ROUNDING:
        return None
    return RateInterval(least_hz, max(least_hz, most_hz))


def phases_at(rate_hz: float, ticks: Integers, windows: Windows) -> tuple[float, float]:
    """Between which values phi lies at that rate, in ticks; empty if the first is the larger."""
    least = (ticks - rate_hz * windows.latest_s).max()
    most = (ticks + 1 - rate_hz * windows.earliest_s).min()
    return float(least), float(most)


def _hull(at_s: Floats, ticks: Integers, *, upper: bool) -> list[int]:
    """Indices of the corners of the upper or lower convex hull of points, by time."""
    sign = -1.0 if upper else 1.0
    corners: list[tuple[float, float, int]] = []
    order = np.lexsort((ticks, at_s))
    for x, y, index in zip(
        at_s[order].tolist(), ticks[order].tolist(), order.tolist(), strict=True
    ):
        height = sign * y
        while len(corners) > 1:
            (x0, y0, _), (x1, y1, _) = corners[-2:]
            if (x1 - x0) * (height - y0) > (y1 - y0) * (x - x0):
                break
            corners.pop()
        corners.append((x, height, index))
    return [index for _, _, index in corners]
