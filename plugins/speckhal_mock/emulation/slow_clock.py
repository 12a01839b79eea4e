"""The slow clock of a board: when it ticks, in whole nanoseconds and without drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from speckhal_mock.emulation.options import FirstTick


class EmulatedSlowClock:
    """Counts the ticks of the FPGA's slow clock. All moments are nanoseconds that never fall.

    While it runs, floor((t - t0) * rate) ticks have come by the moment t, for the moment t0
    that its period started at.

    Args:
        rate_hz: rate before anyone sets it.
        first_tick: "after_period", or "at_once" for a tick when it is switched on.
        rate_restarts_period: whether a new rate cuts the running period short.
    """

    def __init__(self, rate_hz: int, *, first_tick: FirstTick, rate_restarts_period: bool) -> None:
        self._rate_hz = rate_hz
        self._ticks_at_start = 1 if first_tick == "at_once" else 0
        self._rate_restarts_period = rate_restarts_period
        self._running = False
        self._origin_ns = 0
        self._ticks_at_origin = 0
        self._ticks_before = 0

    @property
    def running(self) -> bool:
        """Whether it was started and ticks by itself."""
        return self._running

    @property
    def rate_hz(self) -> int:
        """Ticks per second while it runs."""
        return self._rate_hz

    def count(self, moment: int) -> int:
        """Ticks that have come by `moment`, since the clock was made."""
        if not self._running or moment < self._origin_ns:
            return self._ticks_before
        periods = (moment - self._origin_ns) * self._rate_hz // NS_PER_S
        return self._ticks_before + self._ticks_at_origin + periods

    def moment_of(self, number: int) -> int:
        """When the tick of that number comes, the first being 1. Only while it runs.

        Ticks from before the clock was last started or set are not remembered.
        """
        periods = number - self._ticks_before - self._ticks_at_origin
        return self._origin_ns + -(-periods * NS_PER_S // self._rate_hz)

    def start(self, moment: int) -> None:
        """Let it tick from `moment` on; no change if it runs already."""
        if not self._running:
            self._running = True
            self._origin_ns = moment
            self._ticks_at_origin = self._ticks_at_start

    def stop(self, moment: int) -> None:
        """Let no tick come after `moment`."""
        self._ticks_before = self.count(moment)
        self._running = False

    def set_rate(self, moment: int, rate_hz: int) -> None:
        """Let it tick at another rate from `moment` on, or from its next tick on."""
        if self._running:
            counted = self.count(moment)
            if self._rate_restarts_period:
                self._origin_ns, self._ticks_at_origin = moment, 0
            else:
                self._origin_ns, self._ticks_at_origin = self.moment_of(counted + 1), 1
            self._ticks_before = counted
        self._rate_hz = rate_hz


@attrs.frozen
class TickShare:
    """Which ticks a core takes: `numerator` of `denominator`, evenly, and always the first."""

    numerator: int = 1
    denominator: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether the core takes every tick."""
        return self.numerator == self.denominator

    def taken(self, offered: int) -> int:
        """How many of the first `offered` ticks the core takes."""
        return -(-offered * self.numerator // self.denominator)

    def offered(self, taken: int) -> int:
        """The number of the tick that is the `taken`-th the core takes, counted from 1."""
        return (taken - 1) * self.denominator // self.numerator + 1
