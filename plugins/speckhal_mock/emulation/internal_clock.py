"""The slow clock inside the chip: it counts raw events of the sensor, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

from speckhal.contract.clock import NS_PER_S


class InternalClock:
    """Makes a tick of every 2^divider raw events. All moments are nanoseconds that never fall.

    While the sensor is on, floor((t - t0) * events_hz) events of the scene have come by the
    moment t, for the moment t0 of the last restart. Events that are given come on top of them.

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
