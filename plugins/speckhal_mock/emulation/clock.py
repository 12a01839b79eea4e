"""Time as an emulated board sees it."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from speckhal.contract.clock import NS_PER_S, Clock, duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class EmulationClock(Clock, Protocol):
    """A clock in whole nanoseconds on which modelled latencies take their time.

    Every clock of this kind is also a `speckhal.contract.clock.Clock`. `VirtualClock` is one.
    """

    def now_ns(self) -> int:
        """Nanoseconds since an arbitrary zero; never runs backwards."""

    def advance_ns(self, duration: int) -> None:
        """Let a modelled latency of `duration` nanoseconds pass.

        Raises:
            ValueError: `duration` is negative.
        """

    def wait_until_ns(self, moment: int) -> None:
        """Return when `moment` has come; at once if it has passed."""


@runtime_checkable
class WaitsForEmulation(Protocol):
    """A clock that other threads move too, and that waits for what boards compute."""

    def emulating(self) -> AbstractContextManager[None]:
        """Let no time pass in the body but what it waits for itself."""


def emulating(clock: EmulationClock) -> Callable[[], AbstractContextManager[None]]:
    """What keeps a clock from going on while the body does a board's work, if it would."""
    return clock.emulating if isinstance(clock, WaitsForEmulation) else nullcontext


class RealTimeClock:
    """Emulated time that keeps to the wall: a latency of 0.2 s blocks for 0.2 s, as on a board.

    A script that switches the slow clock on and sets its rate in the next line gives the chip as
    many ticks in between as fit into one USB write. This machine adds to that distance whatever it
    takes to wake the process again, some tenths of a millisecond or, beside other work, many. So
    what a latency took too long is not counted as long as calls follow upon each other; it is as
    soon as the script does something else for more than `slack_s`, or `burst_s` after the first of
    these calls. Emulated time is never ahead of the wall, and behind it by no more than that.

    Args:
        slack_s: what may pass between two calls that follow upon each other, uncounted.
        burst_s: for how long calls can follow upon each other so.
        wall_ns: nanoseconds of a monotonic clock.
        sleep: blocks for that many seconds.

    Raises:
        ValueError: `slack_s` or `burst_s` is negative.
    """

    is_virtual = False

    def __init__(
        self,
        *,
        slack_s: float = 1e-3,
        burst_s: float = 50e-3,
        wall_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for name, value in (("slack_s", slack_s), ("burst_s", burst_s)):
            if value < 0:
                raise ValueError(f"{name} is {value}; it must be 0 or more seconds.")
        self._slack_ns = round(slack_s * NS_PER_S)
        self._burst_ns = round(burst_s * NS_PER_S)
        self._wall_ns = wall_ns
        self._sleep = sleep
        self._born_ns = wall_ns()
        self._logical_ns = 0
        self._overslept_ns = 0
        self._burst_began_ns = 0
        # reentrant, since a signal's handler may look at the time within a look
        self._lock = threading.RLock()

    def now_ns(self) -> int:
        """Nanoseconds since the clock was made."""
        with self._lock:
            wall = self._elapsed_ns()
            follows = wall - self._logical_ns - self._overslept_ns <= self._slack_ns
            if not follows or wall - self._burst_began_ns > self._burst_ns:
                self._logical_ns = max(self._logical_ns, wall)
                self._overslept_ns = 0
                self._burst_began_ns = wall
            return self._logical_ns

    def now_s(self) -> float:
        """Seconds since the clock was made."""
        return self.now_ns() / NS_PER_S

    def advance_ns(self, duration: int) -> None:
        """Let a modelled latency of `duration` nanoseconds pass, on the wall too."""
        if duration < 0:
            raise ValueError(f"Asked to advance by {duration} ns: time does not run backwards.")
        self.wait_until_ns(self.now_ns() + duration)

    def wait_until_ns(self, moment: int) -> None:
        """Sleep until the wall has reached `moment`."""
        slept = False
        while (remaining := moment - self._elapsed_ns()) > 0:
            self._sleep(remaining / NS_PER_S)
            slept = True
        with self._lock:
            if moment > self._logical_ns:
                caught_up = self._overslept_ns - (moment - self._logical_ns)
                self._overslept_ns = -remaining if slept else max(caught_up, 0)
                self._logical_ns = moment

    def sleep_s(self, duration_s: float) -> None:
        """Sleep until `duration_s` seconds of emulated time have passed."""
        self.wait_until_ns(self.now_ns() + duration_ns(duration_s))

    def _elapsed_ns(self) -> int:
        return self._wall_ns() - self._born_ns
