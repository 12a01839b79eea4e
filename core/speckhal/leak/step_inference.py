"""What the readings of one neuron say about what a tick adds to it.

The step is found without the expected one: all differences between readings are multiples of it,
so it divides their greatest common divisor, and the number of ticks that can have passed shows
which divisor it is. That holds only where nothing but ticks moved the neuron, so a trajectory is
trusted up to the floor, and up to the first interval in which a spike was possible.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from speckhal.contract.reading import Trace

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

CLOCK_TOLERANCE = 0.02
"""Relative error of a clock that still passes; a kit's was 61 ticks for 60 (source: sinabs,
using_readout_layer notebook, recorded output)."""

_ROUNDING = 1e-9


@attrs.frozen(eq=False)
class Ticks:
    """How many ticks there can have been, by the clock's rate and the time, or as counted.

    Attributes:
        expected: by each sample, since the first, (samples,).
        least: by each sample, since the first, (samples,).
        most: by each sample, since the first, (samples,).
        least_between: between each sample and the next, (samples - 1,).
        most_between: between each sample and the next, (samples - 1,).
    """

    expected: Floats
    least: Integers
    most: Integers
    least_between: Integers
    most_between: Integers

    @classmethod
    def counted(cls, ticks: Integers) -> Ticks:
        """Ticks that were made one by one."""
        since, between = ticks - ticks[0], np.diff(ticks)
        return cls(since.astype(np.float64), since, since, between, between)

    @classmethod
    def of_a_clock(cls, trace: Trace, rate_hz: int) -> Ticks:
        """Ticks of a clock that ran by itself.

        A value may be of any moment within its reading, a sample may fall just before a tick or
        just after, and the clock may be off by `CLOCK_TOLERANCE`.
        """
        time_s, duration_s = trace.time_s, trace.duration_s

        def bounds(
            passed_s: Floats, first_s: Floats | np.float64, last_s: Floats
        ) -> tuple[Integers, Integers]:
            least = (passed_s - first_s) * rate_hz * (1 - CLOCK_TOLERANCE) - 1
            most = (passed_s + last_s) * rate_hz * (1 + CLOCK_TOLERANCE) + 1
            return (
                np.maximum(np.ceil(least - _ROUNDING), 0).astype(np.int64),
                np.floor(most + _ROUNDING).astype(np.int64),
            )

        passed_s = time_s - time_s[0]
        return cls(
            passed_s * rate_hz,
            *bounds(passed_s, duration_s[0], duration_s),
            *bounds(np.diff(time_s), duration_s[:-1], duration_s[1:]),
        )

    def until(self, end: int) -> Ticks:
        """Those of the first `end` samples."""
        return Ticks(
            self.expected[:end],
            self.least[:end],
            self.most[:end],
            self.least_between[: end - 1],
            self.most_between[: end - 1],
        )


def steps_that_explain(v_mem: Integers, ticks: Ticks) -> frozenset[int] | None:
    """Every step that makes this trajectory with a possible number of ticks.

    Args:
        v_mem: of one neuron, moved by ticks alone, (samples,).
        ticks: that there can have been.

    Returns:
        None where there need not have been a tick, and any step would do.
    """
    change = np.diff(v_mem)
    if not change.any():
        return frozenset({0}) if ticks.least[-1] > 0 else None
    sign = int(np.sign(change[change != 0][0]))
    if (change * sign < 0).any():
        return frozenset()
    steps = _divisors(change)
    between = change * sign // steps[:, None]
    since = np.cumsum(between, axis=1)
    possible = (
        (between >= ticks.least_between)
        & (between <= ticks.most_between)
        & (since >= ticks.least[1:])
        & (since <= ticks.most[1:])
    ).all(axis=1)
    return frozenset((sign * steps[possible]).tolist())


def likeliest_step(v_mem: Integers, ticks: Ticks) -> tuple[int, int]:
    """What a tick added if the clock may be wrong: no more at once than there was time for.

    Args:
        v_mem: as for `steps_that_explain`; what comes after a turn is left out.
        ticks: that there should have been.

    Returns:
        The step, and the number of samples that it was found from.
    """
    change = np.diff(v_mem)
    moving = np.sign(change[change != 0])
    if not moving.size:
        return 0, len(v_mem)
    sign = int(moving[0])
    turns = np.flatnonzero(change * sign < 0)
    end = int(turns[0]) + 1 if turns.size else len(v_mem)
    change = change[: end - 1] * sign
    steps = _divisors(change)
    between = change // steps[:, None]
    fits = (between <= ticks.most_between[: end - 1]).all(axis=1)
    off_by = np.abs(between.sum(axis=1) - ticks.expected[end - 1])
    return sign * int(
        steps[np.where(fits, off_by, math.inf).argmin()] if fits.any() else steps[-1]
    ), end


def explained(change: Integers, step: int, least: Integers, most: Integers) -> Flags:
    """Where a number of ticks of `step`, from `least` to `most`, makes that change."""
    if step == 0:
        leaked: Flags = change == 0
    else:
        count, rest = np.divmod(change, step)
        leaked = (rest == 0) & (least <= count) & (count <= most)
    return leaked


def _divisors(change: Integers) -> Integers:
    """Divisors of the greatest common divisor, smallest first."""
    largest = int(np.gcd.reduce(change))
    candidates = np.arange(1, largest + 1)
    divisors: Integers = candidates[largest % candidates == 0]
    return divisors
