"""The distinct ways in which neurons of a layer moved, and what happened on the way."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.channel_trace import ChannelTrace
from speckhal.leak.step_inference import explained
from speckhal.runs.pictures.expected import ticks_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Flags, Integers


@attrs.frozen(eq=False)
class DrawnTrajectory:
    """Neurons with the same bias that read the same all the time.

    Attributes:
        v_mem: of one of them, (samples,).
        step: what a tick should add.
        name: which neurons, in a few words.
        channels: that they are of, in order.
    """

    v_mem: Integers
    step: int
    name: str
    channels: tuple[int, ...]


def trajectories_of(
    trace: Trace, layer: DeployedLayer, most: int = 2**63
) -> list[DrawnTrajectory] | None:
    """All of a layer, in the order of their first neurons; None of more than `most`."""
    flat = trace.v_mem.reshape(len(trace), -1)
    a_channel = flat.shape[1] // len(layer.biases)
    alike: dict[tuple[int, bytes], list[int]] = {}
    for neuron, v_mem in enumerate(flat.T):
        step = int(layer.biases[neuron // a_channel])
        alike.setdefault((step, v_mem.tobytes()), []).append(neuron)
        if len(alike) > most:
            return None
    return [
        _trajectory(trace, flat[:, neurons[0]].astype(np.int64), step, np.array(neurons), a_channel)
        for (step, _), neurons in alike.items()
    ]


def _trajectory(
    trace: Trace, v_mem: Integers, step: int, neurons: Integers, a_channel: int
) -> DrawnTrajectory:
    of_layer = math.prod(trace.shape)
    channels, counts = np.unique(neurons // a_channel, return_counts=True)
    if len(neurons) == of_layer:
        name = f"all {of_layer} neurons" if of_layer > 1 else "the neuron"
    elif (counts == a_channel).all():
        name = f"channel{'s' * (len(channels) > 1)} {in_ranges(channels.tolist())}"
    else:
        c, y, x = np.unravel_index(neurons[0], trace.shape)
        others = f" and {len(neurons) - 1} like it" if len(neurons) > 1 else ""
        name = f"c{c} y{y} x{x}{others}"
    return DrawnTrajectory(v_mem, step, name, tuple(channels.tolist()))


def in_ranges(numbers: Iterable[int], most: int = 4) -> str:
    """Ascending numbers as text, such as "0-3, 7"; of more ranges than `most`, as many."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    named = [f"{low}-{high}" if high > low else str(low) for low, high in ranges]
    return ", ".join(named[:most]) + ", ..." * (len(named) > most)


def spikes_of(trace: Trace, layer: DeployedLayer) -> Flags:
    """Where a neuron has certainly fired before a sample, (samples, neurons).

    A spike was possible, and leak alone leads to no such value: where the bias raises, the neuron
    has fallen; where it lowers, it stood so high that it had to fire.
    """
    flat = trace.v_mem.reshape(len(trace), -1)
    spikes = np.zeros(flat.shape, np.bool_)
    ticks = ticks_of(trace, layer)
    if ticks is None:
        return spikes
    a_channel = flat.shape[1] // len(layer.biases)
    for channel in range(len(layer.biases)):
        read = ChannelTrace(trace, layer, ticks, channel)
        start, arrived, step = read.v_mem[:-1], read.v_mem[1:], read.step
        least, most = ticks.least_between[:, None], ticks.most_between[:, None]
        had_to = arrived < start if step >= 0 else start + step >= layer.threshold_high
        certain = read.fired & had_to & ~explained(arrived - start, step, least, most)
        spikes[1:, channel * a_channel : (channel + 1) * a_channel] = certain
    return spikes


def floor_hit(trajectory: DrawnTrajectory, layer: DeployedLayer) -> int | None:
    """The first sample in which leak has brought a neuron to the floor; None for none."""
    at = trajectory.v_mem == layer.threshold_low
    if trajectory.step >= 0 or not at.any() or at[0]:
        return None
    return int(at.argmax())
