"""Where a clock may have lost a tick, or made one too many, that its readings do not show.

A tick that is missing between two readings can pass for another phase of the clock where readings
are rare, or few. Two boards of which one lost it then read alike, so such readings show no
agreement. Before the first tick that the neurons show, and after the last that is compared, a lost
tick is no difference: there it is a clock that began later, or a record that ended sooner.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.enough_readings import denser_for_lost_ticks, has_gaps
from speckhal.leak.hidden_losses import hidden_losses
from speckhal.leak.verification_evidence import near
from speckhal.runs.comparison.shown_ticks import LostTick

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Flags
    from speckhal.runs.comparison.shown_ticks import ShownTicks

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
    def lost(self) -> Flags:
        """Between which readings the clock may have lost one, (readings that count - 1,)."""
        return self._hidden(lost=1)

    @functools.cached_property
    def extra(self) -> Flags:
        """Between which it may have made one too many, (readings that count - 1,)."""
        return self._hidden(lost=-1)

    def first(self, last: int) -> LostTick | None:
        """The first that may be hidden between the first tick shown and one that was compared.

        Args:
            last: the last tick that was compared.
        """
        before, after = self.shown.ticks[:-1], self.shown.ticks[1:]
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
        before, after = self.shown.ticks[:-1], self.shown.ticks[1:]
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
        return hidden_losses(self.shown.ticks, self.shown.windows, *rates_hz, lost=lost)

    def _between(self, at: int, *, is_extra: bool) -> LostTick:
        windows, ticks = self.shown.windows, self.shown.ticks
        moments_s = windows.earliest_s[at : at + 2] + windows.jitter_s
        return LostTick(
            is_extra,
            (int(ticks[at]), int(ticks[at + 1])),
            (float(moments_s[0]), float(moments_s[1])),
        )
