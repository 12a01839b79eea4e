"""The slow clocks, of a board and inside its chip: when they tick, without drift."""

from __future__ import annotations

from fractions import Fraction
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


class InternalClock:
    """Makes a tick of every 2^divider raw events of the sensor, counted in whole numbers.

    All moments are nanoseconds that never fall. While the sensor is on,
    floor((t - t0) * events_hz) events of the scene have come by the moment t, for the moment t0
    of the last restart. Events that are given come on top of them.

    Args:
        events_hz: raw events of the scene per second; 0 for a scene that stands still.
        divider: before the first restart.
    """

    def __init__(self, events_hz: int, divider: int) -> None:
        self._events_hz = events_hz
        self._divider = divider
        self._sensor_on = False
        self._origin_ns = 0
        self._given = 0
        self._given_ns = 0
        self._ticks_before = 0

    @property
    def running(self) -> bool:
        """Whether it ticks by itself."""
        return self._sensor_on and self._events_hz > 0

    @property
    def rate_hz(self) -> Fraction:
        """Ticks per second while it runs."""
        return Fraction(self._events_hz, 1 << self._divider)

    def count(self, moment: int) -> int:
        """Ticks that have come by `moment`, since the clock was made."""
        events = self._given
        if self._sensor_on:
            events += (moment - self._origin_ns) * self._events_hz // NS_PER_S
        return self._ticks_before + (events >> self._divider)

    def moment_of(self, number: int) -> int:
        """When the tick of that number comes, the first being 1. Only while it will come.

        Ticks from before the last restart, or the last events that were given, are not
        remembered.
        """
        events = (number - self._ticks_before << self._divider) - self._given
        if events <= 0:
            return self._given_ns
        return max(self._given_ns, self._origin_ns - (-events * NS_PER_S // self._events_hz))

    def give(self, moment: int, events: int) -> None:
        """Add events besides those of the scene."""
        self._given += events
        self._given_ns = moment

    def restart(self, moment: int, *, divider: int, sensor_on: bool) -> None:
        """Let the next tick take a full period of events that come after `moment`."""
        self._ticks_before = self.count(moment)
        self._given = 0
        self._origin_ns = self._given_ns = moment
        self._divider = divider
        self._sensor_on = sensor_on


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
