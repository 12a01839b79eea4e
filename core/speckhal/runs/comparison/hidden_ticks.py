"""Where a clock may have lost a tick, or made one too many, that its readings do not show.

A tick that is missing between two readings can pass for another phase of the clock where readings
are rare, or few. Two boards of which one lost it then read alike, so such readings show no
agreement. Before the first tick that the neurons show, and after the last that they show or that is
compared, a lost tick is no difference: there it is a clock that began later, or a record that ended
sooner. The last one that neurons show is that which took them to the floor.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.verification.clock_polygon import Windows
from speckhal.leak.verification.enough_readings import denser_for_lost_ticks, has_gaps
from speckhal.leak.verification.evidence import near
from speckhal.leak.verification.hidden_losses import hidden_losses
from speckhal.runs.comparison.shown_ticks import LostTick

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Flags, Integers
    from speckhal.runs.comparison.shown_ticks import Floor, ShownTicks

_ENOUGH: Final = 2
"""Readings in the time of a tick with which each one that is lost shows, but for jitter."""


@attrs.frozen(eq=False)
class HiddenTicks:
    """Where a tick that a clock lost, or made too many, would not show.

    Attributes:
        shown: what the neurons show of the clock.
    """

    shown: ShownTicks

    @functools.cached_property
    def ticks(self) -> Integers:
        """By each reading that counts, and at least by the first at the floor, (readings,)."""
        floor = self._floor
        return self.shown.ticks if floor is None else np.append(self.shown.ticks, floor.ticks)

    @property
    def _floor(self) -> Floor | None:
        """Where neurons came to the floor; None where the clock is known to have lost a tick."""
        return None if self.shown.lost is not None else self.shown.floor

    @property
    def last(self) -> int:
        """The last tick that the neurons show."""
        return int(self.ticks[-1])

    @functools.cached_property
    def lost(self) -> Flags:
        """Between which readings the clock may have lost one, (readings - 1,)."""
        return self._hidden(lost=1)

    @functools.cached_property
    def extra(self) -> Flags:
        """Between which it may have made one too many, (readings - 1,)."""
        return self._hidden(lost=-1)

    def first(self, last: int) -> LostTick | None:
        """The first that may be hidden between the first tick shown and one that was compared.

        Args:
            last: the last tick that was compared, and no later than the last that neurons show.
        """
        before, after = self.ticks[:-1], self.ticks[1:]
        lost = self.lost & (after > 0) & (before < last) & (after <= last)
        # one too many that came first, or last, is one that came early
        extra = self.extra & (after > 1) & (after < last)
        found = lost | extra
        if not found.any():
            return None
        at = int(found.argmax())
        return self._between(at, is_extra=not lost[at])

    def may_be(self, found: LostTick) -> bool:
        """Whether this clock may have lost the tick, or made it too many, that another one did."""
        before, after = self.ticks[:-1], self.ticks[1:]
        flags = self.extra if found.is_extra else self.lost
        near_it = (before < found.ticks[1]) & (after > found.ticks[0])
        return bool((flags & near_it).any())

    @property
    def advice(self) -> str:
        """What would show it, as a sentence."""
        evidence = self.shown.evidence
        rate_hz = evidence.rate_hz
        is_dense = self._readings_per_tick >= _ENOUGH
        denser = None if rate_hz is None else denser_for_lost_ticks(rate_hz, evidence)
        if has_gaps(evidence) and (is_dense or denser is None):
            said = "Read without gaps"
        elif denser is not None:
            every_s, for_s = f"{denser.every_s:g}", f"{denser.for_s:g}"
            said = f"Read every {every_s} s for {for_s} s (--every {every_s} --for {for_s})"
        elif rate_hz is not None and not is_dense:
            said = "Read more often, or let the clock run slower"
        else:
            said = "Watch for longer"
        return f"{said}, or step the clock (--ticks N, or run_leak(device, ticks=N))."

    @property
    def _readings_per_tick(self) -> float:
        rate_hz = self.shown.evidence.rate_hz or 0
        return 1 / max(rate_hz * float(np.median(np.diff(self.shown.windows.earliest_s))), 1e-9)

    def _hidden(self, *, lost: int) -> Flags:
        evidence = self.shown.evidence
        rate_hz = evidence.rate_hz if evidence.is_expected else None
        rates, rates_hz = evidence.rates, (0.0, np.inf)
        if rate_hz is not None and rates is not None and rates.meets(*near(rate_hz)):
            rates_hz = near(rate_hz)
        return hidden_losses(self.ticks, self._windows, *rates_hz, lost=lost)

    @property
    def _windows(self) -> Windows:
        """Of these readings. One at the floor says only by when its ticks were made."""
        windows, floor = self.shown.windows, self._floor
        if floor is None:
            return windows
        return Windows(
            np.append(windows.earliest_s, -np.inf),
            np.append(windows.latest_s, floor.latest_s),
            windows.jitter_s,
        )

    def _between(self, at: int, *, is_extra: bool) -> LostTick:
        windows, floor = self.shown.windows, self._floor
        moments_s = (windows.earliest_s[at : at + 2] + windows.jitter_s).tolist()
        if len(moments_s) < 2 and floor is not None:
            moments_s.append(floor.time_s)
        return LostTick(
            is_extra,
            (int(self.ticks[at]), int(self.ticks[at + 1])),
            (moments_s[0], moments_s[1]),
        )
