"""Which recorded sample answers for a moment, or for a number of ticks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import NotRecorded
from speckhal.runs.replay.shown_sampling import ROUNDING_S, shown_sampling

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.reading import Trace
    from speckhal.runs.run import Run


class RecordedSamples:
    """The samples of a run, each one reading of every layer, by when they were taken.

    A sample answers from the moment at which it was planned, as `Provenance.sampling` has it, to
    that at which it was read: whoever slept until it was late by the time between. Where nothing
    is known of the plan it answers for the moment of the reading alone.

    Args:
        run: whose samples they are.
    """

    def __init__(self, run: Run) -> None:
        self.traces = {trace.layer: trace for trace in run.traces if len(trace)}
        self.count = max((len(trace) for trace in run.traces), default=0)
        self._moments = np.array([self._of_sample(k, first=True) for k in range(self.count)])
        self._ends = np.array([self._of_sample(k, first=False) for k in range(self.count)])
        self._sampling = ""
        self._every_s = self._late_s = 0.0
        self._planned = np.minimum(self._planned_s(run), self._moments)

    @property
    def starting_s(self) -> float:
        """How long starting the clock took."""
        return max((float(one.duration_s[0]) for one in self.traces.values()), default=0.0)

    @property
    def last_tick(self) -> int:
        """Ticks at the last sample, where they were counted."""
        counted = (_counted(trace) for trace in self.traces.values())
        return max((int(ticks[-1]) for ticks in counted if len(ticks)), default=0)

    @property
    def sampling(self) -> dict[str, float]:
        """`ticks`, or `every_s` and `for_s`, that read all of it once more; empty if unknown."""
        last = min((len(trace) for trace in self.traces.values()), default=0) - 1
        if self.last_tick:
            return {"ticks": self.last_tick}
        if not self._every_s or last < 1:
            return {}
        return {"every_s": self._every_s, "for_s": float(self._planned[last]) - self._late_s}

    def moment_s(self, sample: int) -> float:
        """When the first layer of the sample was read, after the start."""
        return float(self._moments[sample])

    def end_s(self, sample: int) -> float:
        """When the last layer of the sample had been read, after the start."""
        return float(self._ends[sample])

    def at(self, time_s: float) -> int | None:
        """The sample that answers at that time after the start; None where none does."""
        sample = int(np.searchsorted(self._moments, time_s - ROUNDING_S))
        is_there = sample < self.count and self._planned[sample] - ROUNDING_S <= time_s
        return sample if is_there else None

    def reading_at(self, layer: int, time_s: float) -> int:
        """The reading of a layer that answers at that time after the start.

        Raises:
            NotRecorded: none does.
        """
        times = self.traces[layer].time_s
        sample = int(np.searchsorted(times, time_s - ROUNDING_S))
        if sample < len(times) and self._planned[sample] - ROUNDING_S <= time_s:
            return sample
        raise self.refusal(layer, time_s, "asked")

    def reading_after(self, layer: int, ticks: int) -> int:
        """The reading of a layer after that number of ticks.

        Raises:
            NotRecorded: no reading was taken after that number of ticks.
        """
        counted = _counted(self.traces[layer])
        sample = int(np.searchsorted(counted, ticks))
        if sample < len(counted) and counted[sample] == ticks:
            return sample
        near = [str(counted[k]) for k in (sample - 1, sample) if 0 <= k < len(counted)]
        raise NotRecorded(
            f"Layer {layer} was recorded after {' and '.join(near)} ticks; asked after {ticks}.",
            hint="Read after a number of ticks at which the record has a reading.",
        )

    def refusal(self, layer: int, time_s: float, what: str) -> NotRecorded:
        """That the record does not know of a layer at that time, and the nearest that it knows."""
        times = self.traces[layer].time_s
        after = int(np.searchsorted(times, time_s))
        near = [_seconds(times[k]) for k in (after - 1, after) if 0 <= k < len(times)]
        ended = "" if after < len(times) else ", where its record ends"
        return NotRecorded(
            f"Layer {layer} was recorded at {' and '.join(near)} after the start of the leak"
            f"{ended}; {what} at {_seconds(time_s)}.",
            hint=f"It has {len(times)} readings, from {_seconds(times[0])} to "
            f"{_seconds(times[-1])}{self._sampling}.",
        )

    def _planned_s(self, run: Run) -> npt.NDArray[np.float64]:
        sampling = run.provenance.sampling or shown_sampling(
            self._moments, self._ends, self.starting_s
        )
        every_s, for_s = sampling.get("every_s", math.nan), sampling.get("for_s", math.nan)
        if not 0 < every_s <= for_s < math.inf:
            return np.array(self._moments)
        self._sampling = f", sampled with every_s={every_s:g}, for_s={for_s:g}"
        self._every_s = float(every_s)
        late_s = self._late_s = (self.starting_s // every_s) * every_s
        planned: npt.NDArray[np.float64] = (
            np.arange(self.count, dtype=np.float64) * every_s + late_s
        )
        last = max(1, math.ceil(for_s / every_s - 1e-9))
        planned[last:] = for_s + late_s
        return planned

    def _of_sample(self, sample: int, *, first: bool) -> float:
        there = [trace for trace in self.traces.values() if sample < len(trace)]
        if first:
            return min(float(trace.time_s[sample]) for trace in there)
        return max(float(trace.time_s[sample] + trace.duration_s[sample]) for trace in there)


def _counted(trace: Trace) -> npt.NDArray[np.int64]:
    return np.zeros(0, np.int64) if trace.ticks is None else trace.ticks


def _seconds(time_s: float) -> str:
    return f"{time_s:.6g} s"
