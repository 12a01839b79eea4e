"""When the readings of a leak experiment are taken."""

from __future__ import annotations

import math
import numbers
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_READINGS = 1_000_000
"""More than this in one experiment is taken for a slip of the finger: a week of one a second is
six hundred thousand."""

MOST_S = 1e9
"""Nobody watches for longer; far beyond, numbers of ticks have no meaning."""


def _every_s(value: object) -> float:
    return _seconds(value, "for a reading every")


def _for_s(value: object) -> float:
    return _seconds(value, "to watch for")


def _seconds(value: object, asked: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        said = repr(value)
    else:
        try:
            seconds = float(value)
        except OverflowError:  # of whole numbers and fractions
            seconds = math.inf
        if 0 < seconds <= MOST_S:
            return seconds
        said = f"{seconds:g}"
        if MOST_S < seconds < math.inf:
            raise InputError(
                f"Asked {asked} {said} s, and that is more than thirty years.", hint="Ask for less."
            )
    raise InputError(
        f"Asked {asked} {said} s, and that is no length of time.",
        hint="Give a number of seconds greater than 0.",
    )


@attrs.frozen
class ClockedSampling:
    """Sample at fixed times while the slow clock runs by itself.

    Where starting the clock takes longer than `every_s`, all times are later by as many `every_s`.

    Attributes:
        every_s: time between two samples.
        for_s: time from the start of the clock to the last sample.
    """

    every_s: float = attrs.field(default=0.5, converter=_every_s)
    for_s: float = attrs.field(default=10.0, converter=_for_s)

    def __attrs_post_init__(self) -> None:
        readings = self.for_s / self.every_s
        if readings > MOST_READINGS:
            raise InputError(
                f"Asked for a reading every {self.every_s:g} s for {self.for_s:g} s, which makes "
                f"{readings:.3g} readings, and at most {MOST_READINGS:,} are taken.",
                hint=f"One every {self.for_s / MOST_READINGS:g} s would do, or a shorter time.",
            )

    def __len__(self) -> int:
        """Readings that will be taken, the one before the start included."""
        # a for_s that is a whole number of every_s, give or take rounding, gets no extra sample
        return 1 + max(1, math.ceil(self.for_s / self.every_s - 1e-9))

    def running_s(self) -> Iterator[float]:
        """When to read while the clock runs, in seconds after the start; `for_s` comes last."""
        for number in range(1, len(self) - 1):
            yield number * self.every_s


def _count(value: object) -> int:
    count = whole_number(value)
    if count is None:
        raise InputError(
            f"Asked to step the clock {value} times, and that is no whole number.",
            hint="Give 1 or more.",
        )
    if count < 1:
        raise InputError(
            f"Asked to sample {_written_out(count)} ticks, and there is nothing to see before the "
            "first.",
            hint="Give 1 tick or more.",
        )
    if count > MOST_READINGS:
        raise InputError(
            f"Asked for a reading after each of {_written_out(count)} ticks, and at most "
            f"{MOST_READINGS:,} are taken.",
            hint="Ask for fewer.",
        )
    return count


def _written_out(count: int) -> str:
    # Python does not write out numbers of thousands of digits
    return (
        f"{count:,}"
        if abs(count) < 10**15
        else f"{'-' * (count < 0)}10^{math.log10(abs(count)):.0f}"
    )


@attrs.frozen
class SteppedSampling:
    """Sample after every single tick of a stepped clock: exact, whatever the time.

    Attributes:
        ticks: how many ticks to make.
    """

    ticks: int = attrs.field(default=20, converter=_count)

    def __len__(self) -> int:
        """Readings that will be taken, the one before the first tick included."""
        return 1 + self.ticks


def sampling_of(
    *, every_s: float | None = None, for_s: float | None = None, ticks: int | None = None
) -> ClockedSampling | SteppedSampling:
    """The sampling that was asked for; what is None gets its default.

    Raises:
        InputError: a duration or a number of ticks is not positive, or both are given.
    """
    times_s = {"every_s": every_s, "for_s": for_s}
    given = {name: value for name, value in times_s.items() if value is not None}
    if ticks is None:
        return ClockedSampling(**given)
    if given:
        raise InputError(
            f"Asked for ticks together with {' and '.join(given)}, and a stepped clock has no "
            "time of its own.",
            hint=f"Leave out either ticks or {' and '.join(given)}.",
        )
    return SteppedSampling(ticks)
