"""Counts ticks with the chip itself: one neuron that loses one at each.

A core that cannot keep up misses ticks, and its neuron then shows a slower clock than there is. So
another core with twice the neurons counts as well. If the first can take but a part of the ticks,
the other takes about half of that; as long as it takes clearly more, the first takes all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.clock import NS_PER_S
from speckhal_characterise.core_setup import V_MAX, V_MIN, CoreSetup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_characterise.board_stop_watch import Moment
    from speckhal_characterise.workbench import Workbench

COUNTING_CORE: Final = 3
START: Final = V_MAX - 1
MOST_TICKS: Final = START - V_MIN
SAFE_TICKS: Final = 60_000
"""A long count stays below this, so that a clock somewhat too fast is counted to its end."""

COUNTER: Final = CoreSetup(bias=-1, v_mem=START)

WITNESS_CORE: Final = 4
_WITNESSED: Final = 64_000
"""The witness stops here, short of the counter, which might start over at the end of 16 bits."""

_CLEARLY: Final = 0.75
"""A core that misses ticks for as long as it is busy could take two thirds, and not just half."""

WITNESS: Final = CoreSetup(shape=(1, 1, 2), bias=-1, v_mem=START, threshold_low=START - _WITNESSED)

LOST: Final = (
    "two neurons counted fewer ticks than one, so cores miss some, or more came than 16 bits count"
)
"""Why a count is not whole, for sentences."""


@attrs.frozen
class CountedRun:
    """The slow clock was on for a while.

    Attributes:
        ticks: that came.
        on: when it was switched on.
        off: when it was switched off.
        is_whole: whether no tick was missed; otherwise there were more of them, or too many.
    """

    ticks: int
    on: Moment
    off: Moment
    is_whole: bool

    @property
    def duration_s(self) -> float:
        """From one command to the other; what a command takes before it works cancels out."""
        return (self.off.begun_ns - self.on.begun_ns) / NS_PER_S

    @property
    def hz(self) -> float:
        """Ticks in a second, of those that were counted."""
        return self.ticks / self.duration_s


@attrs.frozen
class CountedRate:
    """A rate in Hz, and how far off it can be; if ticks were missed, it is but a lower bound."""

    hz: float
    uncertainty_hz: float
    is_whole: bool


def set_up(bench: Workbench, others: Mapping[int, CoreSetup] | None = None) -> None:
    """Make one core count and another watch it, besides what other cores do."""
    bench.configure({**(others or {}), COUNTING_CORE: COUNTER, WITNESS_CORE: WITNESS})


def rewind(bench: Workbench) -> None:
    """Set both counting neurons to their start, to count from 0."""
    bench.write_first(COUNTING_CORE, START)
    bench.write_first(WITNESS_CORE, START)


def counted(bench: Workbench) -> tuple[int, bool]:
    """Ticks since `rewind`, and whether that is all of them."""
    ticks, witnessed = (START - v_mem for v_mem in bench.first(COUNTING_CORE, WITNESS_CORE))
    is_within = 0 <= witnessed <= ticks < _WITNESSED
    return ticks, is_within and (witnessed == ticks or witnessed >= _CLEARLY * ticks + 1)


def run(bench: Workbench, wait_s: float) -> CountedRun:
    """Let the clock run for about as long as that."""
    rewind(bench)
    on = bench.start()
    bench.sleep_s(wait_s)
    off = bench.stop()
    count, is_whole = counted(bench)
    return CountedRun(count, on, off, is_whole)


def rough_rate(bench: Workbench) -> float:
    """The present rate within some percent, or within a tenth of a Hz if it is slow."""
    for wait_s in (0.0, 0.01, 0.1, 1.0):
        seen = run(bench, wait_s)
        if seen.ticks >= 50:  # two percent
            return seen.hz
    seen = run(bench, 10.0 if not bench.quick else 4.0)
    return seen.hz


def present_rate(bench: Workbench, for_s: float) -> CountedRate:
    """The rate that the clock has, from a long run less a short one.

    The commands take the same time in both, which therefore cancels out; what remains is one
    tick, and by how much the commands differed.
    """
    rough_hz = rough_rate(bench)
    short = run(bench, 0.0)
    long_s = min(for_s, SAFE_TICKS / max(rough_hz, 1.0) - short.duration_s)
    if long_s <= 0:  # even the shortest run has more ticks than can be counted
        return CountedRate(rough_hz, rough_hz, is_whole=False)
    long = run(bench, long_s)
    jitter_s = (
        abs(long.on.duration_ns - short.on.duration_ns)
        + abs(long.off.duration_ns - short.off.duration_ns)
    ) / NS_PER_S
    longer_s = long.duration_s - short.duration_s
    hz = (long.ticks - short.ticks) / longer_s
    return CountedRate(hz, (1 + hz * jitter_s) / longer_s, short.is_whole and long.is_whole)
