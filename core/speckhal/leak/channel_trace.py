"""What was read of one channel, and the distinct ways in which its neurons moved."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.lower_threshold import at_the_floor
from speckhal.leak.step_inference import fired_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Integers, Ticks


@attrs.frozen(eq=False)
class Trajectory:
    """Neurons of a channel that moved alike, as far as they can be trusted.

    Attributes:
        v_mem: of one of them, (samples,), all of it.
        end: how many samples can be trusted.
        neurons: how many moved like this.
    """

    v_mem: Integers
    end: int
    neurons: int

    @property
    def trusted(self) -> Integers:
        """The samples that can be trusted, (end,)."""
        return self.v_mem[: self.end]


@attrs.frozen(eq=False)
class ChannelTrace:
    """One channel of a trace, with what was deployed and the ticks that there can have been.

    Attributes:
        trace: of the whole layer.
        layer: as deployed.
        ticks: that there can have been.
        channel: which.
    """

    trace: Trace
    layer: DeployedLayer
    ticks: Ticks
    channel: int

    @property
    def step(self) -> int:
        """What a tick should add, in chip units."""
        return int(self.layer.biases[self.channel])

    @property
    def rate_hz(self) -> int | None:
        """Of the slow clock; None where it was stepped."""
        return self.layer.rate_hz if self.trace.ticks is None else None

    @functools.cached_property
    def v_mem(self) -> Integers:
        """Membrane potentials, (samples, neurons of the channel)."""
        trace = self.trace
        return trace.v_mem[:, self.channel].reshape(len(trace), -1).astype(np.int64)

    @functools.cached_property
    def fired(self) -> npt.NDArray[np.bool_]:
        """Where a spike was possible before a sample, (samples - 1, neurons)."""
        high = self.layer.threshold_high
        return fired_before(self.v_mem, self.ticks, step=self.step, threshold_high=high)

    def trajectories(self) -> Iterator[Trajectory]:
        """Each distinct way in which neurons moved, once."""
        v_mem = self.v_mem
        floored = at_the_floor(v_mem, step=self.step, threshold_low=self.layer.threshold_low)
        # a sample is out if it is at the floor, or if a spike was possible on the way to it
        out = floored | np.vstack([np.zeros_like(floored[:1]), self.fired])
        ends = np.where(out.any(axis=0), out.argmax(axis=0), len(v_mem))
        trusted = np.arange(len(v_mem))[:, None] < ends
        moves = np.vstack([ends, np.where(trusted, v_mem - v_mem[0], 0)])
        _, firsts, counts = np.unique(moves, axis=1, return_index=True, return_counts=True)
        for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
            yield Trajectory(v_mem[:, first], int(ends[first]), count)
