"""Which readings of two runs are of one tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Integers
    from speckhal.runs.comparison.tick_counts import TickCounts


@attrs.frozen(eq=False)
class TickPairs:
    """Pairs of readings of one tick, by tick.

    Attributes:
        ticks: of each pair, (pairs,).
        a: number of the reading of the one run, (pairs,).
        b: number of the reading of the other, (pairs,).
        slack: by how many ticks their neurons may be apart nevertheless, (pairs,).
    """

    ticks: Integers
    a: Integers
    b: Integers
    slack: Integers

    def until(self, end: int) -> TickPairs:
        """The first `end` pairs."""
        return TickPairs(self.ticks[:end], self.a[:end], self.b[:end], self.slack[:end])

    def __len__(self) -> int:
        return len(self.ticks)


def pairs_of(a: TickCounts, b: TickCounts, ahead: int = 0) -> TickPairs:
    """All readings whose tick both runs have read, each at least once.

    Where one run was read more often at a tick, its further readings are paired with the last of
    the other. Those during which no tick can have come are paired first.

    Args:
        a: ticks of the one run.
        b: ticks of the other.
        ahead: how many ticks `b` had made more when it was read first; negative where `a` had.
    """
    ticks_a, readings_a = _by_tick(a, max(-ahead, 0))
    ticks_b, readings_b = _by_tick(b, max(ahead, 0))
    common, first_a, count_a = _common(ticks_a, ticks_b)
    _, first_b, count_b = _common(ticks_b, ticks_a)
    counts = np.maximum(count_a, count_b)
    ticks = np.repeat(common, counts)
    number = np.arange(len(ticks)) - np.repeat(np.cumsum(counts) - counts, counts)
    of_a, of_b = (
        readings[np.repeat(first, counts) + np.minimum(number, np.repeat(count, counts) - 1)]
        for readings, first, count in (
            (readings_a, first_a, count_a),
            (readings_b, first_b, count_b),
        )
    )
    return TickPairs(ticks, of_a, of_b, a.slack[of_a] + b.slack[of_b])


def _by_tick(counts: TickCounts, more: int) -> tuple[Integers, Integers]:
    """Ticks of the readings that have one, in ascending order, and numbers of these readings."""
    readings = np.flatnonzero(counts.known)
    ticks = counts.ticks[readings] + more
    order = np.lexsort((readings, counts.slack[readings], ticks))
    return ticks[order], readings[order]


def _common(ticks: Integers, others: Integers) -> tuple[Integers, Integers, Integers]:
    """The ticks that both have, and where in `ticks` each begins, and how often it is there."""
    found, first, count = np.unique(ticks, return_index=True, return_counts=True)
    both = np.isin(found, others)
    return found[both], first[both], count[both]
