"""Counts ticks with the chip itself: one neuron that loses one at each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.clock import NS_PER_S
from speckhal_samna.characterise.setup import V_MAX, V_MIN, CoreSetup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_samna.characterise.bench import Bench
    from speckhal_samna.characterise.stop_watch import Moment

COUNTING_CORE: Final = 3
START: Final = V_MAX - 1
MOST_TICKS: Final = START - V_MIN
SAFE_TICKS: Final = 60_000
"""A long count stays below this, so that a clock somewhat too fast is counted to its end."""

COUNTER: Final = CoreSetup(bias=-1, v_mem=START)


@attrs.frozen
class Run:
    """The slow clock was on for a while.

    Attributes:
        ticks: that came.
        on: when it was switched on.
        off: when it was switched off.
    """

    ticks: int
    on: Moment
    off: Moment

    @property
    def duration_s(self) -> float:
        """From one command to the other; what a command takes before it works cancels out."""
        return (self.off.begun_ns - self.on.begun_ns) / NS_PER_S


@attrs.frozen
class Rate:
    """A rate in Hz, and how far off it can be."""

    hz: float
    uncertainty_hz: float


def set_up(bench: Bench, others: Mapping[int, CoreSetup] | None = None) -> None:
    """Make one core count, besides what other cores do."""
    bench.configure({**(others or {}), COUNTING_CORE: COUNTER})


def rewind(bench: Bench) -> None:
    """Count from 0."""
    bench.write_first(COUNTING_CORE, START)


def counted(bench: Bench) -> int:
    """Ticks since `rewind`."""
    return START - bench.first(COUNTING_CORE)[0]


def run(bench: Bench, wait_s: float) -> Run:
    """Let the clock run for about as long as that."""
    rewind(bench)
    on = bench.start()
    bench.sleep_s(wait_s)
    off = bench.stop()
    return Run(counted(bench), on, off)


def rough_rate(bench: Bench) -> float:
    """The present rate within some percent, or within a tenth of a Hz if it is slow."""
    for wait_s in (0.0, 0.01, 0.1, 1.0):
        seen = run(bench, wait_s)
        if seen.ticks >= 50:  # two percent
            return seen.ticks / seen.duration_s
    seen = run(bench, 10.0 if not bench.quick else 4.0)
    return seen.ticks / seen.duration_s


def present_rate(bench: Bench, for_s: float) -> Rate:
    """The rate that the clock has, from a long run less a short one.

    The commands take the same time in both, which therefore cancels out; what remains is one
    tick, and by how much the commands differed.
    """
    rough_hz = rough_rate(bench)
    short = run(bench, 0.0)
    long = run(bench, min(for_s, SAFE_TICKS / max(rough_hz, 1.0) - short.duration_s))
    jitter_s = (
        abs(long.on.duration_ns - short.on.duration_ns)
        + abs(long.off.duration_ns - short.off.duration_ns)
    ) / NS_PER_S
    longer_s = long.duration_s - short.duration_s
    hz = (long.ticks - short.ticks) / longer_s
    return Rate(hz, (1 + hz * jitter_s) / longer_s)
