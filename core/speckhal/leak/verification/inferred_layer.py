"""What a layer does at a tick, from its readings alone: for a trace without its deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.deployment import DeployedLayer
from speckhal.leak.channel_trace import Trajectory

if TYPE_CHECKING:
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Integers

_NO_LIMIT = 1 << 40  # no membrane potential of 16 bits comes near it


def inferred_layer(trace: Trace) -> DeployedLayer:
    """A layer whose ticks add what divides every change of its neurons.

    No threshold is known. A neuron is trusted until it turns, which a spike makes it do, or stops
    for good, which the floor makes it do.
    """
    channels = trace.shape[0]
    steps = []
    for channel in range(channels):
        changes = [np.diff(each.trusted) for each in trajectories_without_limits(trace, channel)]
        made = np.concatenate(changes) if changes else np.zeros(0, np.int64)
        down, up = int((made < 0).sum()), int((made > 0).sum())
        sign = -1 if down >= up else 1
        steps.append(sign * int(np.gcd.reduce(made[made * sign > 0], initial=0)))
    return DeployedLayer(
        index=trace.layer,
        core=0,
        shape=trace.shape,
        scale=1.0,
        biases=np.array(steps, np.int64).clip(-32768, 32767).astype(np.int16),
        wanted_biases=np.array(steps, np.float64),
        threshold_high=_NO_LIMIT,
        threshold_low=-_NO_LIMIT,
        leak_enable=True,
    )


def trajectories_without_limits(trace: Trace, channel: int) -> list[Trajectory]:
    """Each distinct way in which neurons of a channel moved, as far as it can be trusted."""
    v_mem = trace.v_mem[:, channel].reshape(len(trace), -1).astype(np.int64)
    distinct, counts = np.unique(v_mem, axis=1, return_counts=True)
    return [
        Trajectory(one, _trusted_until(one), int(neurons))
        for one, neurons in zip(distinct.T, counts.tolist(), strict=True)
    ]


def _trusted_until(v_mem: Integers) -> int:
    """How many readings come before a turn, and before it stops for longer than ever before."""
    moves = np.flatnonzero(np.diff(v_mem))
    if not moves.size:
        return len(v_mem)
    change = np.diff(v_mem)
    turns = np.flatnonzero(change * np.sign(change[moves[0]]) < 0)
    if turns.size:
        return int(turns[0]) + 1
    still = len(v_mem) - 2 - int(moves[-1])
    longest = int(np.diff(moves).max(initial=moves[0] + 1))
    # the last step may have been cut short
    return int(moves[-1]) + 1 if still > longest else len(v_mem)
