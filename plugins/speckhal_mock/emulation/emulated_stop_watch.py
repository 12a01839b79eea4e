"""The microsecond counter on the FPGA that stamps what leaves the chip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import numpy.typing as npt

    from speckhal_mock.emulation.clock import EmulationClock

NS_PER_US: Final = 1000
STAMPS: Final = 1 << 32
"""The counter is 32 bits wide and starts over after about 71.6 minutes."""


class EmulatedStopWatch:
    """Counts microseconds while it runs; 0 until it is first started.

    Stopping it keeps its value, and events are stamped with that value until it runs again
    (source: samna 0.48.5 documentation, dev kits, time stamps).

    Args:
        clock: where time comes from.
        change: guards a change; entering it runs the board up to the moment that it yields, so
            that what lies before is stamped as it was.
    """

    def __init__(
        self, clock: EmulationClock, change: Callable[[], AbstractContextManager[int]]
    ) -> None:
        self._clock = clock
        self._change = change
        self._running = False
        self._origin_ns = 0
        self._counted_ns = 0

    def start(self, reset: bool = True) -> None:  # noqa: FBT001 - the vendor's signature
        """Let it count, from 0 or (`reset=False`) from where it stood."""
        with self._change() as now:
            self._counted_ns = 0 if reset else self._elapsed_ns(now)
            self._origin_ns = now
            self._running = True

    def stop(self) -> None:
        """Keep the value that it has now."""
        with self._change() as now:
            self._counted_ns = self._elapsed_ns(now)
            self._running = False

    def reset(self) -> None:
        """Set it to 0; it goes on running if it ran."""
        with self._change() as now:
            self._counted_ns = 0
            self._origin_ns = now

    def forget(self) -> None:
        """Make it as it was before it was first started."""
        self._counted_ns = 0
        self._running = False

    def now_us(self) -> int:
        """What it shows, in microseconds modulo 2^32."""
        return self.at_us(self._clock.now_ns())

    def at_us(self, moment: int) -> int:
        """What it shows at a moment (in nanoseconds) that is not before its last change."""
        return self._elapsed_ns(moment) // NS_PER_US % STAMPS

    def each_at_us(self, moments: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """What it shows at moments none of which is before its last change."""
        elapsed = moments - self._origin_ns if self._running else np.zeros_like(moments)
        stamps: npt.NDArray[np.int64] = (self._counted_ns + elapsed) // NS_PER_US % STAMPS
        return stamps

    def _elapsed_ns(self, moment: int) -> int:
        return self._counted_ns + (moment - self._origin_ns if self._running else 0)
