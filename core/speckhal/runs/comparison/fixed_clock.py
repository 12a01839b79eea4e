"""A clock of a fixed rate that explains what neurons count: it bounds the ticks of all readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.step_inference import CLOCK_TOLERANCE
from speckhal.leak.verification.clock_polygon import (
    RateInterval,
    Windows,
    phases_at,
    rates_that_explain,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.step_inference import Integers
    from speckhal.runs.comparison.shown_ticks import ShownTicks

_RATES_TRIED: Final = 33
_ROUNDING: Final = 1e-9


@attrs.frozen(eq=False)
class TickBounds:
    """Between which numbers of ticks each reading was taken, (samples,) each.

    Attributes:
        least: by the reading, at least.
        most: by the end of it, at most.
        likely: in the middle between these two; it never falls with time.
    """

    least: Integers
    most: Integers
    likely: Integers


@attrs.frozen(eq=False)
class FixedClock:
    """A clock of a fixed rate, as far as readings bound it."""

    ticks: Integers
    windows: Windows
    rates: RateInterval

    def bounds(self, windows: Windows, rate_hz: int | None) -> TickBounds | None:
        """How many ticks it made by each reading; None where nothing bounds them."""
        least_hz, most_hz = self.rates.least_hz, self.rates.most_hz
        if rate_hz is not None:
            near = rate_hz * (1 - CLOCK_TOLERANCE), rate_hz * (1 + CLOCK_TOLERANCE)
            if self.rates.meets(*near):
                least_hz, most_hz = max(least_hz, near[0]), min(most_hz, near[1])
        if not np.isfinite(most_hz):
            return None
        least = np.full(len(windows), np.inf)
        most = np.full(len(windows), -np.inf)
        for tried in np.linspace(least_hz, most_hz, _RATES_TRIED).tolist():
            low, high = phases_at(tried, self.ticks, self.windows)
            if low > high + _ROUNDING:
                continue
            least = np.minimum(least, low + tried * windows.earliest_s)
            most = np.maximum(most, high + tried * windows.latest_s)
        if not np.isfinite(least).all():
            return None
        in_time = np.argsort(windows.earliest_s, kind="stable")
        likely = np.maximum(np.floor((least + most) / 2), 0).astype(np.int64)
        likely[in_time] = np.maximum.accumulate(likely[in_time])
        return TickBounds(
            np.maximum(np.floor(least + _ROUNDING), 0).astype(np.int64),
            np.maximum(np.floor(most - _ROUNDING), 0).astype(np.int64),
            likely,
        )


def one_clock(shown: Sequence[ShownTicks]) -> FixedClock | None:
    """The clock that explains the ticks of all layers of a run."""
    if not shown:
        return None
    windows = Windows(
        np.concatenate([one.windows.earliest_s for one in shown]),
        np.concatenate([one.windows.latest_s for one in shown]),
        shown[0].windows.jitter_s,
    )
    ticks = np.concatenate([one.ticks for one in shown])
    rates = rates_that_explain(ticks, windows)
    return None if rates is None else FixedClock(ticks, windows, rates)
