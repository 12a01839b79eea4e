"""What counts on a board: ticks of the slow clocks, without drift, and microseconds for stamps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from fractions import Fraction

    import numpy.typing as npt

    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.emulation.options import FirstTick
    from speckhal_mock.emulation.sensor.pixels import Pixels

NS_PER_US: Final = 1000
STAMPS: Final = 1 << 32
"""The stop watch is 32 bits wide and starts over after about 71.6 minutes."""


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

    def counts(self, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Ticks that have come by each moment, none of which is before the last change."""
        return _counts(self, moments)

    def moment_of(self, number: int) -> int:
        """When the tick of that number comes, the first being 1. Only while it runs.

        Ticks from before the clock was last started or set are not remembered.
        """
        periods = number - self._ticks_before - self._ticks_at_origin
        return self._origin_ns + -(-periods * NS_PER_S // self._rate_hz)

    def coming(self, number: int) -> int | None:
        """The same of a tick that may never come; None while the clock does not run."""
        return self.moment_of(number) if self._running else None

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

    All moments are nanoseconds that never fall. Events that are given come on top of those of the
    sensor's pixels.

    Args:
        pixels: of the sensor, which makes events while it is on.
        divider: before the first restart.
    """

    def __init__(self, pixels: Pixels, divider: int) -> None:
        self._pixels = pixels
        self._divider = divider
        self._given = 0
        self._given_ns = 0
        self._ticks_before = 0

    @property
    def running(self) -> bool:
        """Whether it ticks by itself, as long as its sensor sees something that moves."""
        return self._pixels.is_on

    @property
    def rate_hz(self) -> Fraction:
        """Ticks per second while it runs, on average."""
        return self._pixels.rate_hz / (1 << self._divider)

    def count(self, moment: int) -> int:
        """Ticks that have come by `moment`, since the clock was made."""
        events = self._given + self._pixels.count(moment)
        return self._ticks_before + (events >> self._divider)

    def counts(self, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Ticks that have come by each moment, none of which is before the last change."""
        return _counts(self, moments)

    def coming(self, number: int) -> int | None:
        """When the tick of that number comes, the first being 1; None if it never does by itself.

        Ticks from before the last restart, or the last events that were given, are not
        remembered.
        """
        events = (number - self._ticks_before << self._divider) - self._given
        if events <= 0:
            return self._given_ns
        moment = self._pixels.moment_of(events)
        return None if moment is None else max(self._given_ns, moment)

    def moment_of(self, number: int) -> int:
        """The same of a tick that comes.

        Raises:
            LookupError: it never does.
        """
        moment = self.coming(number)
        if moment is None:
            raise LookupError(f"The internal slow clock never makes tick {number} by itself.")
        return moment

    def give(self, moment: int, events: int) -> None:
        """Add events besides those of the sensor."""
        self._given += events
        self._given_ns = moment

    def restart(self, moment: int, *, divider: int, sensor_on: bool) -> None:
        """Let the next tick take a full period of events that come after `moment`.

        The sensor is switched on or off, and its scene begins anew.
        """
        self._ticks_before = self.count(moment)
        self._pixels.restart(moment, on=sensor_on)
        self._given = 0
        self._given_ns = moment
        self._divider = divider


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


class EmulatedStopWatch:
    """The FPGA's counter of microseconds, which stamps what leaves the chip.

    It is 0 until it is first started. Stopping it keeps its value, and events are stamped with that
    value until it runs again (source: samna 0.48.5 documentation, dev kits, time stamps).

    Args:
        clock: where time comes from.
        change: guards a change; entering it runs the board up to the moment that it yields, so
            that what lies before is stamped as it was.

    Attributes:
        changes: how often it was started, stopped or set.
    """

    NEVER_NS: Final = 1 << 62

    def __init__(
        self, clock: EmulationClock, change: Callable[[], AbstractContextManager[int]]
    ) -> None:
        self._clock = clock
        self._change = change
        self.changes = 0
        self._running = False
        self._origin_ns = 0
        self._counted_ns = 0

    def start(self, reset: bool = True) -> None:  # noqa: FBT001 - the vendor's signature
        """Let it count, from 0 or (`reset=False`) from where it stood."""
        with self._change() as now:
            self._counted_ns = 0 if reset else self._elapsed_ns(now)
            self._origin_ns = now
            self._running = True
            self.changes += 1

    def stop(self) -> None:
        """Keep the value that it has now."""
        with self._change() as now:
            self._counted_ns = self._elapsed_ns(now)
            self._running = False
            self.changes += 1

    def reset(self) -> None:
        """Set it to 0; it goes on running if it ran."""
        with self._change() as now:
            self._counted_ns = 0
            self._origin_ns = now
            self.changes += 1

    def forget(self) -> None:
        """Make it as it was before it was first started."""
        self._counted_ns = 0
        self._running = False
        self.changes += 1

    def now_us(self) -> int:
        """What it shows, in microseconds modulo 2^32."""
        return self.at_us(self._clock.now_ns())

    def at_us(self, moment: int) -> int:
        """What it shows at a moment (in nanoseconds) that is not before its last change."""
        return self._elapsed_ns(moment) // NS_PER_US % STAMPS

    def each_at_us(self, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """What it shows at moments none of which is before its last change."""
        return self.each_with_rounds_us(moments) % STAMPS

    def each_with_rounds_us(self, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """What it would show at such moments if it had more than 32 bits."""
        elapsed = moments - self._origin_ns if self._running else np.zeros_like(moments)
        counted: npt.NDArray[np.int64] = (self._counted_ns + elapsed) // NS_PER_US
        return counted

    def reached_ns(self, stamps_us: npt.NDArray[np.int64], since: int) -> npt.NDArray[np.int64]:
        """When it shows a stamp or more; a moment that is past for what it has passed.

        NEVER_NS for what it does not come to, since it stands. It begins anew after 2^32 us: meant
        is the stamp of the round in which it was at `since`, a moment in nanoseconds.
        """
        elapsed_us = self._elapsed_ns(max(since, self._origin_ns)) // NS_PER_US
        missing = (stamps_us + elapsed_us // STAMPS * STAMPS) * NS_PER_US - self._counted_ns
        if self._running:
            moments: npt.NDArray[np.int64] = self._origin_ns + missing
            return moments
        return np.where(missing > 0, self.NEVER_NS, self._origin_ns)

    def _elapsed_ns(self, moment: int) -> int:
        return self._counted_ns + (moment - self._origin_ns if self._running else 0)


def _counts(
    clock: EmulatedSlowClock | InternalClock, moments: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Ticks that have come by each moment, none of which is before the clock's last change."""
    if not len(moments):
        return moments
    first, last = clock.count(int(moments.min())), clock.count(int(moments.max()))
    if last - first > len(moments):
        return np.fromiter(map(clock.count, moments.tolist()), dtype=np.int64, count=len(moments))
    ticks = np.fromiter(map(clock.moment_of, range(first + 1, last + 1)), dtype=np.int64)
    return first + np.searchsorted(ticks, moments, side="right")
