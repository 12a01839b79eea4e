"""Whether neurons move on after the last tick that the readings of two runs show.

Neurons that fire no longer count, and how fast the clock was says less the longer it ran. Where it
leaves the ticks of all readings open, another number of them explains another value as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from speckhal.contract.reading import Trace
    from speckhal.runs.comparison.tick_pairs import TickPairs

_LAST: Final = 1
"""Ticks after the last one that shows, without which the record ended sooner."""


def shown_until(traces: tuple[Trace, Trace], pairs: TickPairs, last: int) -> int | None:
    """The last tick that anything shows, where neurons move on after it; None where none does.

    Args:
        traces: of both runs.
        pairs: of their readings.
        last: the last tick that the neurons of both count.
    """
    until = max(last, int(pairs.ticks[pairs.slack == 0].max(initial=0)))
    later = pairs.ticks > until + _LAST
    moves = any(
        _moves(trace, np.unique(readings[later]))
        for trace, readings in zip(traces, (pairs.a, pairs.b), strict=True)
    )
    return until if moves else None


def _moves(trace: Trace, readings: np.ndarray[tuple[int], np.dtype[np.int64]]) -> bool:
    """Whether a neuron reads otherwise in one of these readings than in another."""
    if not len(readings):
        return False
    first = trace.v_mem[readings[0]]
    return any(bool((trace.v_mem[one] != first).any()) for one in readings[1:])
