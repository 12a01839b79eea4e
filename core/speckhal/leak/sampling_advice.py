"""Says which other experiment would show what the readings of a channel could not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from speckhal.leak.channel_trace import ChannelTrace

ENOUGH_TICKS = 20
"""What a trace that is too short is advised to wait for."""

STEP_INSTEAD = (
    f"Step the clock instead, for instance {ENOUGH_TICKS} times (--ticks {ENOUGH_TICKS})."
)

_FEW_TICKS = 3
"""With as many ticks before the floor or a spike, a running clock shows the step."""

_TICKS_BETWEEN = 0.5
"""Between two readings, in what is advised: with at most one, each step is seen by itself."""

_SMALLER_LEAK = "Use a bias closer to 0, or a lower threshold_low."


class SamplingAdvice:
    """What would help to see the leak of one channel.

    Args:
        read: in which it was not seen.
    """

    def __init__(self, read: ChannelTrace) -> None:
        self._read = read
        self._rate_hz, self._step = read.rate_hz, read.step
        self._high, self._low = read.layer.threshold_high, read.threshold_low
        self._start = read.v_mem[0]  # before the first tick, (neurons,)

    @property
    def other_sampling(self) -> str:
        """Rate and times, or ticks, at which the step would be seen; with the command's options."""
        trace, rate_hz = self._read.trace, self._rate_hz
        if rate_hz is None:
            return f"Step the clock, for instance {ENOUGH_TICKS} times (--ticks {ENOUGH_TICKS})."
        blurred_s = float(trace.duration_s.max())
        if blurred_s * rate_hz > _TICKS_BETWEEN:
            # readings at these moments cannot be closer together, nor separate single ticks
            slower_hz = 10 ** math.floor(math.log10(_TICKS_BETWEEN / 2 / blurred_s))
            # without a reading while the clock ran, nobody knows how long one takes
            if slower_hz < 1 or len(trace) == 2:
                return STEP_INSTEAD
            return f"Use a slower clock: {slower_hz:g} Hz, {_sampling(slower_hz, of_a_clock=True)}"
        is_fine = float(np.diff(trace.time_s).max()) * rate_hz <= _TICKS_BETWEEN * 1.2
        if not is_fine:
            return _sampling(rate_hz).capitalize()
        enough_s = ENOUGH_TICKS / rate_hz
        if self._read.passed_s(-1) >= enough_s:
            return STEP_INSTEAD
        return f"Watch for {enough_s:g} s (--for {enough_s:g})."

    @property
    def more_ticks(self) -> str | None:
        """For neurons that made too few ticks; None where the first would already be too many."""
        if self._step == 0 and (self._start < self._high).any():
            return self.other_sampling  # no tick moves them, however many there are
        if not self._has_room():
            return None
        return self.other_sampling if self._rate_hz is None else self._exact_sampling

    @property
    def below_the_threshold(self) -> str:
        """For neurons that may have fired."""
        if self._has_room():
            return self._exact_sampling
        if self._step < 0 and self._read.room(np.array([self._high - 1])).max() < 1:
            return _SMALLER_LEAK
        best = self._high - 1 - max(self._step + 1, 0) * _FEW_TICKS
        if best <= self._low:
            return "Use a bias that is smaller than the threshold by far."
        smaller = ", or a smaller bias" if (self._start < self._high).any() else ""
        return f"Use a lower start, such as {best} (--start {best}){smaller}."

    @property
    def above_the_floor(self) -> str:
        """For neurons that came to `threshold_low` too soon."""
        if self._has_room():
            return self._exact_sampling
        if self._read.room(np.array([self._high - 1, self._low + 1])).max() >= 1:
            return "Let them start higher (--start high)."
        return _SMALLER_LEAK

    @property
    def _exact_sampling(self) -> str:
        """Running, where there are ticks enough for that; otherwise stepped."""
        if self._rate_hz is None:
            return "Read after each tick."
        enough = self._read.room(self._start).max() >= _FEW_TICKS
        return self.other_sampling if enough else STEP_INSTEAD

    def _has_room(self) -> bool:
        return bool(self._read.room(self._start).max() >= 1)


def _sampling(rate_hz: float, *, of_a_clock: bool = False) -> str:
    every_s, for_s = _TICKS_BETWEEN / rate_hz, ENOUGH_TICKS / rate_hz
    clock = f"--rate-hz {rate_hz:g} " if of_a_clock else ""
    return f"read every {every_s:g} s for {for_s:g} s ({clock}--every {every_s:g} --for {for_s:g})."
