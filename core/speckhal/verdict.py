"""Does what was measured agree with what the chip was told to do?

The measured step is found without the expected one: the differences between readings of one
neuron are all multiples of its step, so their greatest common divisor is a multiple of it, and
the number of ticks tells which. Readings at the floor, or after a spike, are left out, since
there the step is cut short.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.deployment import DeployedLayer
    from speckhal.reading import Trace

CLOCK_TOLERANCE = 0.02
"""Relative error of a clock that still passes; a kit's was 61 ticks for 60 (source: sinabs,
using_readout_layer notebook, recorded output)."""


@attrs.frozen
class ChannelVerdict:
    """Leak of one channel, told and measured.

    Attributes:
        channel: which.
        expected_step: what a tick should add, in chip units.
        measured_step: what a tick added in the neuron that differs most; None where nothing
            could be measured.
        expected_leak_per_s: what a second should take away, in spike thresholds; None for a
            stepped clock.
        measured_leak_per_s: what a second took away in that neuron.
        uncertainty_per_s: of `measured_leak_per_s`: one tick more or less over the whole time.
        problem: what is wrong, as a sentence; None where expected and measured agree.
    """

    channel: int
    expected_step: int
    measured_step: float | None
    expected_leak_per_s: float | None = None
    measured_leak_per_s: float | None = None
    uncertainty_per_s: float | None = None
    problem: str | None = None


@attrs.frozen
class Verdict:
    """Leak of a layer, channel by channel."""

    channels: tuple[ChannelVerdict, ...]

    @property
    def agrees(self) -> bool:
        """Whether every channel leaked as it was told to."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, a sentence for each channel that does not agree."""
        return tuple(channel.problem for channel in self.channels if channel.problem is not None)


def judge(trace: Trace, layer: DeployedLayer) -> Verdict:
    """Compare a trace with what the deployed layer should do.

    Args:
        trace: of that layer, at least two samples long, from a start with the clock off.
        layer: as `deploy` returned it.

    Raises:
        ValueError: the trace is of another layer or too short.
    """
    if trace.layer != layer.index or trace.shape != layer.shape:
        raise ValueError(
            f"The trace is of layer {trace.layer} {trace.shape}, not of layer {layer.index} "
            f"{layer.shape}."
        )
    if len(trace) < 2:
        raise ValueError("A verdict needs at least two samples.")
    return Verdict(
        tuple(_judge_channel(trace, layer, channel) for channel in range(layer.shape[0]))
    )


@attrs.frozen
class _Measured:
    """What one trajectory says, over the part of it that can be trusted.

    Attributes:
        step: what a tick added.
        ticks: how many there were.
        duration_s: how long that took.
    """

    step: float
    ticks: float
    duration_s: float


def _judge_channel(trace: Trace, layer: DeployedLayer, channel: int) -> ChannelVerdict:
    expected_step = int(layer.biases[channel])
    rate_hz = layer.rate_hz if trace.ticks is None else None
    ticks = trace.time_s * rate_hz if rate_hz is not None else trace.ticks
    measured = [] if ticks is None else list(_measure_all(trace, layer, channel, ticks))
    if not measured:
        return ChannelVerdict(
            channel,
            expected_step,
            None,
            problem=f"Channel {channel}: no neuron could be measured; they stood at threshold_low "
            f"{layer.threshold_low}, fired, or were not given a tick. Sample more often.",
        )
    worst = max(measured, key=lambda neuron: abs(neuron.step - expected_step))
    verdict = ChannelVerdict(channel, expected_step, worst.step)
    if worst.step != expected_step:
        wrong = f"a tick adds {worst.step:g}, and should add {expected_step}"
        verdict = attrs.evolve(verdict, problem=f"Channel {channel}: {wrong}.")
    if rate_hz is None:
        return verdict
    return _with_leak_per_s(verdict, worst, rate_hz, unit=1 / layer.threshold_high)


def _with_leak_per_s(
    verdict: ChannelVerdict, measured: _Measured, rate_hz: int, *, unit: float
) -> ChannelVerdict:
    """The verdict with the leak per second, and with a sentence if the clock is off.

    Args:
        verdict: on the step.
        measured: the trajectory that the verdict is about.
        rate_hz: ticks per second that there should have been.
        unit: one chip unit, in spike thresholds.
    """
    verdict = attrs.evolve(
        verdict,
        expected_leak_per_s=0.0 - verdict.expected_step * rate_hz * unit,
        measured_leak_per_s=0.0 - measured.step * measured.ticks * unit / measured.duration_s,
        uncertainty_per_s=abs(measured.step) * unit / measured.duration_s,
    )
    expected_ticks = rate_hz * measured.duration_s
    off_by = abs(measured.ticks - expected_ticks)
    if measured.step == 0 or off_by <= 1 + CLOCK_TOLERANCE * expected_ticks:
        return verdict
    wrong = f"{measured.ticks:g} ticks in {measured.duration_s:.3g} s, and should be "
    return attrs.evolve(
        verdict,
        problem=verdict.problem
        or f"Channel {verdict.channel}: the clock made {wrong}{expected_ticks:.3g}.",
    )


def _measure_all(
    trace: Trace,
    layer: DeployedLayer,
    channel: int,
    ticks: npt.NDArray[np.float64] | npt.NDArray[np.int64],
) -> Iterator[_Measured]:
    trajectories = np.unique(trace.v_mem[:, channel].reshape(len(trace), -1), axis=1).T
    for v_mem in trajectories.astype(np.int64):
        end = _trusted(v_mem, layer.threshold_low)
        measured = _measure(v_mem[:end], ticks[:end], trace.time_s[:end])
        if measured is not None:
            yield measured


def _trusted(v_mem: npt.NDArray[np.int64], threshold_low: int) -> int:
    """Samples before the floor is reached or the direction changes, which a spike does."""
    changes = np.sign(np.diff(v_mem))
    moving = changes[changes != 0]
    turned = np.append(False, (changes != 0) & (changes != (moving[0] if moving.size else 0)))
    ends = np.flatnonzero(turned | (v_mem <= threshold_low))
    return int(ends[0]) if ends.size else len(v_mem)


def _measure(
    v_mem: npt.NDArray[np.int64],
    ticks: npt.NDArray[np.float64] | npt.NDArray[np.int64],
    time_s: npt.NDArray[np.float64],
) -> _Measured | None:
    if len(v_mem) < 2:
        return None
    change = int(v_mem[-1] - v_mem[0])
    expected_ticks = float(ticks[-1] - ticks[0])
    duration_s = float(time_s[-1] - time_s[0])
    if change == 0:
        return _Measured(0.0, expected_ticks, duration_s) if expected_ticks >= 1 else None
    # Between two samples lies a whole number of steps. How many is for the ticks to say, but no
    # more than there can have been: with a sample for every tick, what is seen is one step.
    steps = int(np.gcd.reduce(v_mem - v_mem[0]))
    most = math.ceil(float(np.diff(ticks).max()))
    count = min(max(1, round(steps * expected_ticks / abs(change))), max(1, most))
    step = float(np.sign(change)) * steps / count
    return _Measured(step, change / step, duration_s)
