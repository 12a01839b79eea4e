"""How ticks of a slow clock reach the readout, and what it sends reaches the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_mock.emulation.readout import Readout, ReadoutConfig, ReadoutEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.counters import EmulatedSlowClock, InternalClock
    from speckhal_mock.emulation.options import EmulationOptions

_AT_ONCE: Final = 1 << 12
"""Periods that are computed in one piece, which bounds the memory that a long time needs."""


class ReadoutFeed:
    """Ends periods of the readout at ticks of the slow clock that its configuration names.

    A readout that nobody watches gets neither spikes nor ticks. One that is watched and silent
    gets those ticks alone that empty its window.

    Args:
        slow_clock: the external slow clock.
        internal_clock: the one inside the chip.
        options: what is assumed of the chip.
        deliver: called with what the readout sends, where that is anything.
    """

    def __init__(
        self,
        slow_clock: EmulatedSlowClock,
        internal_clock: InternalClock,
        options: EmulationOptions,
        deliver: Callable[[ReadoutEvents], None],
    ) -> None:
        self._slow_clock = slow_clock
        self._internal_clock = internal_clock
        self._options = options
        self._deliver = deliver
        self._readout: Readout | None = None
        self._counted = 0

    @property
    def is_watched(self) -> bool:
        """Whether the readout counts anything."""
        return self._readout is not None

    @property
    def hides_others(self) -> bool:
        """Whether values of the readout go to the host, and events of cores and sensor do not."""
        return self._readout is not None and self._readout.config.value_monitor

    def restart(self, moment: int, config: ReadoutConfig | None) -> None:
        """Begin with empty counters and windows; None for a readout that is off."""
        watched = config is not None and config.is_observed
        self._readout = Readout(config, self._options) if config and watched else None
        if self._readout is not None:
            self._counted = self._clock_of(self._readout).count(moment)

    def take(
        self,
        moments: npt.NDArray[np.int64],
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
    ) -> None:
        """Count spikes, each column of shape (n,), none before the last tick that was done."""
        if self._readout is not None:
            self._readout.take(moments, c, y, x)

    def set_mode(self, mode: int) -> None:
        """Change the output mode, 0 to 3; of larger numbers the lowest two bits count."""
        if self._readout is not None:
            self._readout.mode = mode & 3

    def select(self, index: int) -> None:
        """Change the class whose average mode 2 gives; of larger numbers the lowest bits count."""
        if self._readout is not None:
            self._readout.selected = index & 15

    def pulse(self, moment: int) -> None:
        """End a period at a tick that was sent by itself."""
        if self._readout is not None and not self._readout.config.internal_clock:
            self._send(self._readout.tick(moment))

    def run_to(self, moment: int) -> None:
        """End all periods up to a moment (ns); every spike before it must have been given."""
        readout = self._readout
        if readout is None:
            return
        clock = self._clock_of(readout)
        last = clock.count(moment)
        while self._counted < last:
            if self._is_idle(readout):
                self._counted = max(self._counted, last - readout.config.window)
            first, self._counted = self._counted + 1, min(last, self._counted + _AT_ONCE)
            ticks = [clock.moment_of(number) for number in range(first, self._counted + 1)]
            self._send(readout.ticks(np.array(ticks, dtype=np.int64)))
        readout.settle(moment)

    def next_ns(self) -> int | None:
        """When the readout could next send anything; None if it never does by itself."""
        readout = self._readout
        if readout is None or self._is_idle(readout):
            return None
        return self._clock_of(readout).coming(self._counted + 1)

    def _clock_of(self, readout: Readout) -> EmulatedSlowClock | InternalClock:
        return self._internal_clock if readout.config.internal_clock else self._slow_clock

    @staticmethod
    def _is_idle(readout: Readout) -> bool:
        """Whether nothing comes out of it as long as no spike goes in."""
        config = readout.config
        return readout.is_silent and not (config.value_monitor or config.always_interrupts)

    def _send(self, events: ReadoutEvents) -> None:
        if len(events.values) or len(events.pins):
            self._deliver(events)
