"""Whether the readings of a run came as often as was asked for, as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from speckhal.runs.run import Run

_FEWEST: Final = 4
"""Readings; of fewer, the moments of start and stop are most of what there is."""

_SLACK: Final = 1.2
"""Times as long as was asked for, before it is worth a sentence."""


def said_of_late_readings(run: Run) -> str:
    """That readings came later than asked for, and how long the run was; empty where they did not.

    A reading that takes longer than `every_s` delays the next, and the run by as much.
    """
    asked = run.provenance.sampling
    every_s, for_s = asked.get("every_s"), asked.get("for_s")
    trace = next(iter(run.traces), None)
    if not every_s or not for_s or trace is None or len(trace) < _FEWEST:
        return ""
    came_s = float(np.median(np.diff(trace.time_s)))
    if came_s <= _SLACK * every_s:
        return ""
    layers = len(run.traces)
    what = "reading a layer" if layers == 1 else f"reading {layers} layers"
    lasted_s = float(trace.time_s[-1])
    longer = f", and the run took {lasted_s:.3g} s, not {for_s:g} s" if lasted_s > for_s else ""
    return (
        f"Readings came every {came_s:.3g} s, not every {every_s:g} s, since {what} takes that "
        f"long{longer}."
    )
