"""What `threshold_low` does to a neuron, and whether it did that.

Leak stops at `threshold_low`: documented for the leak of both chips. What a tick does to a neuron
that stands below it is not, so nothing is said of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from speckhal.leak.step_inference import steps_that_explain

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Integers, Ticks

Flags = npt.NDArray[np.bool_]


def at_the_floor(v_mem: Integers, *, step: int, threshold_low: int) -> Flags:
    """Whether `threshold_low` may have cut the step short that led to each value."""
    # a neuron that is to rise may start there, and the first tick raises one from below
    return v_mem < threshold_low if step > 0 else v_mem <= threshold_low


def breaches(
    v_mem: Integers, ticks: Ticks, fired: Flags, *, step: int, threshold_low: int
) -> Flags:
    """Whether a neuron went where no possible number of ticks leads, the floor allowed for.

    Args:
        v_mem: (samples, neurons).
        ticks: that there can have been.
        fired: as `fired_before` gives it.
        step: what a tick should add.
        threshold_low: where leak stops.

    Returns:
        (samples - 1, neurons); False where a neuron started below `threshold_low`.
    """
    start, arrived = v_mem[:-1], v_mem[1:]
    least, most = ticks.least_between[:, None], ticks.most_between[:, None]
    if step == 0:
        explained = arrived == start
    else:
        count, rest = np.divmod(arrived - start, step)
        explained = (rest == 0) & (least <= count) & (count <= most)
    explained |= (arrived == threshold_low) & (start + most * step <= threshold_low)
    # a spike leaves a neuron at 0 or above, and so explains anything but a value below the floor
    wrong = (arrived < threshold_low) | ~(explained | fired)
    breach: Flags = wrong & (start >= threshold_low)
    return breach


def stopped_above(v_mem: Integers, ticks: Ticks, *, step: int, threshold_low: int) -> int | None:
    """The sample from which a neuron that leaked by `step` stood still above the floor.

    Args:
        v_mem: of one neuron, moved by ticks alone and never at the floor, (samples,).
        ticks: that there can have been.
        step: what a tick should add.
        threshold_low: where leak should stop.

    Returns:
        None if it did not, or if a clock that stopped explains it as well.
    """
    moves = np.flatnonzero(np.diff(v_mem))
    if step >= 0 or not moves.size:
        return None
    stop = int(moves[-1]) + 1
    steps = steps_that_explain(v_mem[:stop], ticks.until(stop))
    if steps is None or step not in steps:
        return None
    moved, left = int(v_mem[stop] - v_mem[stop - 1]), int(v_mem[stop]) - threshold_low
    # a clock that stopped leaves a whole number of steps, nearly always with more of them to go
    cut_short = moved % step != 0 or left <= -step
    ticked_on = ticks.least[-1] > ticks.most[stop]
    return stop if moved < 0 and cut_short and ticked_on else None
