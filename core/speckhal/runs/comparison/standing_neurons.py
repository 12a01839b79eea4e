"""Which neurons stand: ticks came that moved them no more, as at a floor, wherever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.leak.step_inference import Integers
    from speckhal.runs.comparison.tick_counts import TickCounts

_ENOUGH: Final = 2
"""Ticks that surely came and moved a neuron no more: one may be lost where a record ends."""

_AT_ONCE: Final = 2_000_000


def stands_from(v_mem: npt.NDArray[np.int16], counts: TickCounts) -> Integers:
    """The reading from which each neuron stands to the end, (neurons,).

    That is the number of readings where a neuron moves to the end, or may do so.

    Args:
        v_mem: of a run, (samples, neurons).
        counts: by which tick each reading was taken.
    """
    samples, neurons = v_mem.shape
    found = np.full(neurons, samples, np.int64)
    if not samples or not counts.known[-1] or (np.diff(counts.ticks[counts.known]) < 0).any():
        return found
    surely_after = counts.least[-1] - (counts.least + counts.slack)
    enough = counts.known & (surely_after >= _ENOUGH)
    columns = max(1, _AT_ONCE // samples)
    for start in range(0, neurons, columns):
        part = slice(start, start + columns)
        moved = v_mem[::-1, part] != v_mem[-1, part]
        came = np.where(moved.any(axis=0), samples - moved.argmax(axis=0), 0)
        found[part] = np.where(enough[came], came, samples)
    return found
