"""Time as a device sees it: the wall's on hardware, a number on the mock."""

from __future__ import annotations

import threading
import time
from typing import Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Where a device's time comes from. Scripts wait with this, never with `time.sleep`."""

    @property
    def is_virtual(self) -> bool:
        """Whether sleeping costs no wall time."""

    def now_s(self) -> float:
        """Seconds since an arbitrary zero; never runs backwards."""

    def sleep_s(self, duration_s: float) -> None:
        """Let `duration_s` seconds of device time pass.

        Raises:
            ValueError: `duration_s` is negative.
        """


def duration_ns(duration_s: float) -> int:
    """The duration in whole nanoseconds.

    Raises:
        ValueError: the duration is negative.
    """
    if duration_s < 0:
        raise ValueError(f"Asked to sleep {duration_s} s: time does not run backwards.")
    return round(duration_s * NS_PER_S)


class WallClock:
    """The machine's own monotonic time, for real boards."""

    is_virtual = False

    def now_s(self) -> float:
        """Seconds of the machine's monotonic clock."""
        return time.monotonic()

    def sleep_s(self, duration_s: float) -> None:
        """Block for `duration_s` seconds."""
        duration_ns(duration_s)
        time.sleep(duration_s)


class VirtualClock:
    """Time that moves only by a sleep or a call: ten seconds pass in no time, and always the same.

    It counts whole nanoseconds, so that a million small sleeps add up to one large one. Threads
    share it: each sleep counts in full, and none takes back another's.
    """

    is_virtual = True

    def __init__(self) -> None:
        self._now_ns = 0
        # reentrant, since a signal's handler may look at the time within a sleep
        self._lock = threading.RLock()

    def now_ns(self) -> int:
        """Nanoseconds since the clock was made."""
        return self._now_ns

    def now_s(self) -> float:
        """Seconds since the clock was made."""
        return self._now_ns / NS_PER_S

    def sleep_s(self, duration_s: float) -> None:
        """Move time forward by `duration_s` seconds."""
        self.advance_ns(duration_ns(duration_s))

    def advance_ns(self, duration: int) -> None:
        """Move time forward by `duration` nanoseconds."""
        if duration < 0:
            raise ValueError(f"Asked to advance by {duration} ns: time does not run backwards.")
        with self._lock:
            self._now_ns += duration

    def wait_until_ns(self, moment: int) -> None:
        """Move time forward to `moment`, or leave it if that has passed."""
        with self._lock:
            self._now_ns = max(self._now_ns, moment)
