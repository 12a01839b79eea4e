"""The time that a replayed record lives in: virtual, and as late as the recorded program was."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from speckhal.contract.clock import duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable


class ReplayClock:
    """Virtual time in which a sleep ends as late as that of the recorded program did.

    Args:
        woken: when a sleep ends that is to end at that time.
    """

    is_virtual = True

    def __init__(self, woken: Callable[[float], float]) -> None:
        self._now_s = 0.0
        self._woken = woken
        self._lock = threading.RLock()

    def now_s(self) -> float:
        """Seconds since the device was opened."""
        return self._now_s

    def sleep_s(self, duration_s: float) -> None:
        """Move time forward by `duration_s` seconds, and to the reading that was due by then."""
        duration_ns(duration_s)  # which refuses what is negative
        with self._lock:
            self.wait_until(self._woken(self._now_s + duration_s))

    def wait_until(self, time_s: float) -> None:
        """Move time forward to that moment, or leave it if that has passed."""
        with self._lock:
            self._now_s = max(self._now_s, time_s)
