"""Time as an emulated board sees it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from speckhal.clock import NS_PER_S, Clock, VirtualClock, duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable


class EmulationClock(Clock, Protocol):
    """A clock in whole nanoseconds that modelled latencies can push forward.

    Every clock of this kind is also a `speckhal.clock.Clock`. `VirtualClock` is one.
    """

    def now_ns(self) -> int:
        """Nanoseconds since an arbitrary zero; never runs backwards."""

    def advance_ns(self, duration: int) -> None:
        """Let a modelled latency of `duration` nanoseconds pass. Never blocks.

        Raises:
            ValueError: `duration` is negative.
        """

    def wait_until_ns(self, moment: int) -> None:
        """Return when `moment` has come; at once if it has passed."""


class RealTimeClock:
    """Emulated time that keeps to the wall, and stays exact from one call to the next.

    A script that switches the slow clock on and sets its rate in the next line gives the chip
    as many ticks in between as fit into one USB write. On the wall that distance would also
    hold whatever the scheduler of this machine did in between, and the number of ticks would
    change from run to run. So this clock keeps a logical time of its own. Latencies add to it,
    exactly and without sleeping. It jumps to the wall's time only when it has fallen behind by
    more than `slack_s`, which means that the script really let time pass. It may run ahead of
    the wall by the latencies of many calls; waiting is where the wall catches up.

    Args:
        slack_s: how far the wall may run ahead unnoticed.
        wall_ns: nanoseconds of a monotonic clock.
        sleep: blocks for that many seconds.

    Raises:
        ValueError: `slack_s` is negative.
    """

    is_virtual = False

    def __init__(
        self,
        *,
        slack_s: float = 20e-3,
        wall_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if slack_s < 0:
            raise ValueError(f"slack_s is {slack_s}; it must be 0 or more seconds.")
        self._slack_ns = round(slack_s * NS_PER_S)
        self._wall_ns = wall_ns
        self._sleep = sleep
        self._born_ns = wall_ns()
        self._logical_ns = 0
        self._lock = threading.Lock()

    def now_ns(self) -> int:
        """Nanoseconds since the clock was made."""
        with self._lock:
            wall = self._elapsed_ns()
            if wall - self._logical_ns > self._slack_ns:
                self._logical_ns = wall
            return self._logical_ns

    def now_s(self) -> float:
        """Seconds since the clock was made."""
        return self.now_ns() / NS_PER_S

    def advance_ns(self, duration: int) -> None:
        """Let a modelled latency of `duration` nanoseconds pass, without sleeping."""
        if duration < 0:
            raise ValueError(f"Asked to advance by {duration} ns: time does not run backwards.")
        with self._lock:
            self._logical_ns += duration

    def wait_until_ns(self, moment: int) -> None:
        """Sleep until the wall has reached `moment`."""
        while (remaining := moment - self._elapsed_ns()) > 0:
            self._sleep(remaining / NS_PER_S)
        with self._lock:
            self._logical_ns = max(self._logical_ns, moment)

    def sleep_s(self, duration_s: float) -> None:
        """Sleep until `duration_s` seconds of emulated time have passed."""
        self.wait_until_ns(self.now_ns() + duration_ns(duration_s))

    def _elapsed_ns(self) -> int:
        return self._wall_ns() - self._born_ns


if TYPE_CHECKING:

    def _conforms(
        virtual: VirtualClock, real_time: RealTimeClock
    ) -> tuple[EmulationClock, EmulationClock]:
        return virtual, real_time
