"""Whether the readings of a run came as often as was asked for, and what is said where not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.reading import Trace

_FEWEST: Final = 4
"""Readings; of fewer, the moments of start and stop are most of what there is."""

_SLACK: Final = 1.2
"""Times as long as was asked for, before it is worth a sentence."""


@attrs.frozen
class LateReadings:
    """Readings that came later than asked for, as one takes longer than that and delays the next.

    Attributes:
        came_s: from one reading to the next, as it was.
        asked_s: the same, as it was asked for.
        lasted_s: until the last reading.
        for_s: the same, as it was asked for.
        layers: how many were read.
    """

    came_s: float
    asked_s: float
    lasted_s: float
    for_s: float
    layers: int

    @property
    def said(self) -> str:
        """How often they came, and how long the run was, as a sentence."""
        what = "reading a layer" if self.layers == 1 else f"reading {self.layers} layers"
        longer = ""
        if self.lasted_s > self.for_s:
            longer = f", and the run took {self.lasted_s:.3g} s, not {self.for_s:g} s"
        return (
            f"Readings came every {self.came_s:.3g} s, not every {self.asked_s:g} s, since {what} "
            f"takes that long{longer}."
        )

    @property
    def shortly(self) -> str:
        """How often they came, in a few words."""
        return f"read every {self.came_s:.3g} s, not every {self.asked_s:g} s"


def late_readings(traces: Sequence[Trace], sampling: Mapping[str, float]) -> LateReadings | None:
    """How late the readings of a run came; None where they did not.

    Args:
        traces: of the layers that were read, all at one time.
        sampling: what was asked for, as `Provenance.sampling` has it.
    """
    asked_s, for_s = sampling.get("every_s"), sampling.get("for_s")
    trace = next(iter(traces), None)
    if not asked_s or not for_s or trace is None or len(trace) < _FEWEST:
        return None
    with np.errstate(all="ignore"):  # a file may keep inf and nan
        came_s = float(np.median(np.diff(trace.time_s)))
    if not math.isfinite(came_s) or not came_s > _SLACK * asked_s:
        return None
    return LateReadings(came_s, asked_s, float(trace.time_s[-1]), for_s, len(traces))


def said_of_late_readings(traces: Sequence[Trace], sampling: Mapping[str, float]) -> str:
    """That readings came later than asked for, as a sentence; empty where they did not."""
    late = late_readings(traces, sampling)
    return "" if late is None else late.said
