"""What was read of one channel: how its neurons moved, and what explains that.

Leak stops at `threshold_low`, the floor: documented for the leak of both chips. What a tick does to
a neuron that stands below it is not, so nothing is said of that.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.step_inference import explained, steps_that_explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Flags, Integers, Ticks


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

    @property
    def threshold_low(self) -> int:
        """The floor, where leak stops."""
        return self.layer.threshold_low

    def passed_s(self, sample: int) -> float:
        """From the first sample to that one."""
        return float(self.trace.time_s[sample] - self.trace.time_s[0])

    @functools.cached_property
    def v_mem(self) -> Integers:
        """Membrane potentials, (samples, neurons of the channel)."""
        trace = self.trace
        return trace.v_mem[:, self.channel].reshape(len(trace), -1).astype(np.int64)

    @functools.cached_property
    def fired(self) -> Flags:
        """Where a spike was possible before a sample, (samples - 1, neurons)."""
        start, arrived, step = self.v_mem[:-1], self.v_mem[1:], self.step
        high = self.layer.threshold_high
        least, most = self.ticks.least_between[:, None], self.ticks.most_between[:, None]
        # A board whose step is one more fires a little earlier. Its spike must not pass for leak.
        if step >= 0:
            could = start + most * (step + 1) >= high
            if step == 0:
                # steps of one bring a neuron back to where it stood after that many ticks, not
                # before
                could &= (arrived != start) | (most >= high)
        else:
            looks_like_leak = most - step * (most - least) >= high
            could = start + step >= high
            could |= looks_like_leak & (start + step + 1 >= high)
        return could & (most > 0)

    def at_the_floor(self, v_mem: Integers) -> Flags:
        """Whether `threshold_low` may have cut the step short that led to each value."""
        # a neuron that is to rise may start there, and the first tick raises one from below
        return v_mem < self.threshold_low if self.step > 0 else v_mem <= self.threshold_low

    def room(self, start: Integers) -> Integers:
        """Ticks that neurons can make before the floor, and before they may fire, (neurons,).

        Args:
            start: where they stand, (neurons,).
        """
        step, high, low = self.step, self.layer.threshold_high, self.threshold_low
        if step < 0:
            return np.where(start + step + 1 < high, np.maximum(start - low - 1, 0) // -step, 0)
        before = np.maximum(high - 1 - start, 0) // (step + 1)
        return np.where(self.at_the_floor(start), 0, before)

    def breaches(self) -> Flags:
        """Whether a neuron went where no possible number of ticks leads, the floor allowed for.

        Returns:
            (samples - 1, neurons); False where a neuron started below `threshold_low`.
        """
        start, arrived, step, low = self.v_mem[:-1], self.v_mem[1:], self.step, self.threshold_low
        least, most = self.ticks.least_between[:, None], self.ticks.most_between[:, None]
        stopped = (arrived == low) & (start + most * step <= low)
        leaked = explained(arrived - start, step, least, most) | stopped
        # a spike leaves a neuron at 0 or above, and explains anything but a value below the floor;
        # no tick of a bias of 0 brings a neuron to its threshold
        fired = self.fired if step else self.fired & (start >= self.layer.threshold_high)
        wrong = (arrived < low) | ~(leaked | fired)
        breach: Flags = wrong & (start >= low)
        return breach

    def stopped_at_the_floor(self, *, seen: bool) -> Flags:
        """Where a neuron stood at `threshold_low` that a tick would have carried below it.

        Args:
            seen: whether `ticks` are those that neurons counted, and not only those of a clock
                that should have run.

        Returns:
            (samples - 1, neurons), for all samples but the first.
        """
        start, arrived, step, low = self.v_mem[:-1], self.v_mem[1:], self.step, self.threshold_low
        if step >= 0:
            return np.zeros(arrived.shape, np.bool_)
        # the rest of a step leads there, however many ticks there were
        tried = (start > low) & ((start - low) % -step != 0) & ~self.fired
        if seen:
            first = self.v_mem[0]
            had_fired = np.logical_or.accumulate(self.fired, axis=0)
            since_first = first + self.ticks.least[1:, None] * step < low
            tried |= since_first & (first >= low) & ~had_fired
            tried |= (start >= low) & (start + self.ticks.least_between[:, None] * step < low)
        stopped: Flags = tried & (arrived == low)
        return stopped

    def stopped_above(self, v_mem: Integers) -> int | None:
        """The sample from which a neuron that leaked stood still above the floor.

        Args:
            v_mem: of one neuron, moved by ticks alone and never at the floor, (samples,).

        Returns:
            None if it did not, or if a clock that stopped explains it as well.
        """
        moves, step = np.flatnonzero(np.diff(v_mem)), self.step
        if step >= 0 or not moves.size:
            return None
        stop = int(moves[-1]) + 1
        steps = steps_that_explain(v_mem[:stop], self.ticks.until(stop))
        if steps is None or step not in steps:
            return None
        moved, left = int(v_mem[stop] - v_mem[stop - 1]), int(v_mem[stop]) - self.threshold_low
        # a clock that stopped leaves a whole number of steps, nearly always with more of them to go
        cut_short = moved % step != 0 or left <= -step
        ticked_on = self.ticks.least[len(v_mem) - 1] > self.ticks.most[stop]
        return stop if moved < 0 and cut_short and ticked_on else None

    def trajectories(self) -> Iterator[Trajectory]:
        """Each distinct way in which neurons moved, once."""
        v_mem = self.v_mem
        floored = self.at_the_floor(v_mem)
        # a sample is out if it is at the floor, or if a spike was possible on the way to it
        out = floored | np.vstack([np.zeros_like(floored[:1]), self.fired])
        ends = np.where(out.any(axis=0), out.argmax(axis=0), len(v_mem))
        trusted = np.arange(len(v_mem))[:, None] < ends
        moves = np.vstack([ends, np.where(trusted, v_mem - v_mem[0], 0)])
        _, firsts, counts = np.unique(moves, axis=1, return_index=True, return_counts=True)
        for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
            yield Trajectory(v_mem[:, first], int(ends[first]), count)
