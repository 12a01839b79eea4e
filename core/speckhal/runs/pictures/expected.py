"""What a deployed layer should read at each moment: a staircase from each neuron's own start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.channel_trace import ChannelTrace
from speckhal.leak.step_inference import CLOCK_TOLERANCE, Ticks

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Floats, Integers

_ROUNDING = 1e-6  # of a period
_MOST_OBSERVED = 300
_MOST_CHANNELS = 8
_RATES_TRIED = 21


def moments_of(trace: Trace) -> Floats:
    """What a picture has on its time axis: ticks where they were counted, else seconds."""
    return (trace.time_s if trace.ticks is None else trace.ticks).astype(np.float64)


def ticks_of(trace: Trace, layer: DeployedLayer) -> Ticks | None:
    """The ticks that there can have been; None where nothing shows how many."""
    if len(trace) < 2:
        return None
    if trace.ticks is not None:
        return Ticks.counted(trace.ticks)
    if layer.rate_hz is None or not (np.diff(trace.time_s) > 0).all():
        return None
    return Ticks.of_a_clock(trace, layer.rate_hz)


@attrs.frozen
class TickMoments:
    """When ticks come, on the time axis of a picture: tick n at `offset + n * period`.

    Attributes:
        offset: when tick 0 would have come; 0 where the first tick comes a period after the start.
        period: from one tick to the next: 1 on an axis of ticks, else seconds.
    """

    offset: float
    period: float

    def passed(self, moments: Floats) -> Integers:
        """How many ticks have passed by each moment."""
        count = np.floor((moments - self.offset) / self.period + _ROUNDING)
        return np.maximum(count, 0).astype(np.int64)

    @classmethod
    def of(cls, trace: Trace, layer: DeployedLayer) -> TickMoments | None:
        """With the phase, and the rate within the clock's tolerance, that explain most readings.

        The deployed rate and a phase of 0 are taken wherever they explain as many.

        Returns:
            None where no tick was counted and nothing fixed the clock's rate.
        """
        if trace.ticks is not None:
            return cls(0.0, 1.0)
        if layer.rate_hz is None:
            return None
        early, late, count = _observed(trace, layer)
        best, most = cls(0.0, 1 / layer.rate_hz), 0
        error = np.linspace(-CLOCK_TOLERANCE, CLOCK_TOLERANCE, _RATES_TRIED)
        for wrong in sorted(error.tolist(), key=abs):
            period = 1 / (layer.rate_hz * (1 + wrong))
            offset, explained = _offset(early - (count + 1) * period, late - count * period, period)
            if explained > most:
                best, most = cls(offset, period), explained
        return best


def _observed(trace: Trace, layer: DeployedLayer) -> tuple[Floats, Floats, Floats]:
    """Of readings that whole deployed steps explain: the earliest, the latest, and their ticks."""
    ticks = ticks_of(trace, layer)
    leaking = np.flatnonzero(layer.biases)
    found: list[Floats] = []
    if ticks is not None:
        chosen = leaking[
            np.linspace(0, len(leaking) - 1, min(len(leaking), _MOST_CHANNELS), dtype=int)
        ]
        for channel in chosen.tolist():
            read = ChannelTrace(trace, layer, ticks, channel)
            trajectory = max(read.trajectories(), key=lambda one: one.end * one.neurons)
            moved = trajectory.trusted - trajectory.v_mem[0]
            whole = np.flatnonzero((moved % read.step == 0) & (moved // read.step >= 0))
            early = trace.time_s[whole]
            late = early + trace.duration_s[whole]
            found.append(np.stack([early, late, moved[whole] // read.step]))
    if not found:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    together = np.unique(np.concatenate(found, axis=1), axis=1)
    few = np.linspace(0, together.shape[1] - 1, min(together.shape[1], _MOST_OBSERVED), dtype=int)
    early, late, count = together[:, few]
    return early, late, count


def _offset(after: Floats, until: Floats, period: float) -> tuple[float, int]:
    """The offset, the nearest to 0, that lies within most of the intervals, and within how many."""
    if not after.size:
        return 0.0, 0
    candidates = np.append(until, 0.0)
    apart = _ROUNDING * period
    inside = (after < candidates[:, None] - 2 * apart) & (candidates[:, None] <= until + apart / 2)
    explained = inside.sum(axis=1)
    most = int(explained.max())
    if explained[-1] == most:
        return 0.0, most
    best = np.flatnonzero(explained == most)
    index = int(best[np.abs(candidates[best]).argmin()])
    lowest = float(after[inside[index]].max())
    return (lowest + float(candidates[index])) / 2, most


def expected_values(
    layer: DeployedLayer, start: Integers, step: Integers, ticks: Integers
) -> Floats:
    """What neurons should read after some ticks.

    It is not a number where the deployed layer does not decide it: from the first spike on, which
    the reset of the neuron follows, and where leak starts below `threshold_low`.

    Args:
        layer: as it was deployed.
        start: of each neuron, (neurons,).
        step: of each neuron's channel, (neurons,).
        ticks: that have passed, (moments,).

    Returns:
        (moments, neurons).
    """
    low, high = layer.threshold_low, layer.threshold_high
    value = (start + ticks[:, None] * step).astype(np.float64)
    falls = step < 0
    value = np.where(falls, np.maximum(value, low), value)
    # a tick is added first; what is then at the threshold fires
    highest = np.where(falls, start + step, value)
    unknown = (ticks[:, None] > 0) & ((highest >= high) | (falls & (start < low)))
    return np.where(unknown, np.nan, value)


def residuals(trace: Trace, layer: DeployedLayer, ticks: TickMoments) -> Floats:
    """Measured minus expected, in chip units, (samples, neurons); 0 within a reading's duration."""
    v_mem = trace.v_mem.reshape(len(trace), -1).astype(np.float64)
    moments = moments_of(trace)
    lasting = np.zeros(len(trace)) if trace.ticks is not None else trace.duration_s
    start = trace.v_mem[0].reshape(-1).astype(np.int64)
    step = np.repeat(layer.biases.astype(np.int64), start.size // len(layer.biases))
    one, other = (
        expected_values(layer, start, step, ticks.passed(moment))
        for moment in (moments, moments + lasting)
    )
    return v_mem - np.clip(v_mem, np.minimum(one, other), np.maximum(one, other))
