"""Sentences on what is wrong with the leak of a channel, or why it could not be measured."""

from __future__ import annotations

import collections
import functools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.sampling_advice import SamplingAdvice
from speckhal.leak.step_inference import explained

if TYPE_CHECKING:
    from collections import Counter

    from speckhal.leak.channel_trace import ChannelTrace, Trajectory
    from speckhal.leak.explained_neurons import ExplainedNeurons
    from speckhal.leak.step_inference import Integers


@attrs.frozen
class Silence:
    """Why neurons say nothing of the leak.

    Attributes:
        said: as the end of a sentence about them.
        advice: what would help, as a sentence.
    """

    said: str
    advice: str


class ChannelProblems:
    """What to say of one channel; no sentence names the channel.

    Args:
        read: what was read of it.
    """

    def __init__(self, read: ChannelTrace) -> None:
        self._read = read
        self._step = read.step
        self._low, self._high = read.threshold_low, read.layer.threshold_high

    def unclear(self, found: ExplainedNeurons) -> str | None:
        """Why its neurons do not show the step, though none is wrong; None where they do."""
        silent: Counter[Silence] = collections.Counter()
        for each in found.silent:
            silent[self.silence_of(each)] += each.neurons
        if found.steps is None:
            return self.nothing_measured(silent)
        still = self.too_short
        if still is not None and still in silent:
            return self.some_still(still, silent[still])
        return self.several_steps(found.steps) if len(found.steps) > 1 else None

    def breach(self) -> str | None:
        """What the first neuron did that leak and the floor do not explain, if one did."""
        breach = self._read.breaches()
        if not breach.any():
            return None
        at = int(breach.any(axis=1).argmax())
        went = self._went(self._read.v_mem[:, int(breach[at].argmax())], at)
        return (
            f"{went}, and ticks of {self._step} that stop at threshold_low {self._low} do not "
            "explain that."
        )

    def stopped_early(self, v_mem: int) -> str:
        """That leak stopped above the floor."""
        return f"leak stopped at {v_mem}, and should stop at threshold_low {self._low}."

    def wrong_step(self, step: int) -> str:
        """That a tick adds something else."""
        return f"a tick adds {step}, and should add {self._step}."

    def wrong_clock(self, v_mem: Integers) -> str | None:
        """That there were too many or too few ticks, if there were."""
        read, end, change = self._read, len(v_mem) - 1, int(v_mem[-1] - v_mem[0])
        made = change // self._step if self._step else 0
        if read.ticks.least[end] <= made <= read.ticks.most[end]:
            return None
        expected = f"{read.ticks.expected[end]:.3g}"
        if read.rate_hz is None:
            return f"it shows {made} ticks, and the clock was stepped {expected} times."
        passed_s = f"{read.passed_s(end):.3g}"
        return f"the clock made {made} ticks in {passed_s} s, and should make {expected}."

    def jump(self, trajectory: Trajectory) -> str:
        """What a neuron did that leak does not explain."""
        v_mem, ticks = trajectory.trusted, self._read.ticks.until(trajectory.end)
        leaked = explained(np.diff(v_mem), self._step, ticks.least_between, ticks.most_between)
        at = int(leaked.argmin())  # the first that is False
        return f"{self._went(v_mem, at)}, and ticks of {self._step} do not explain that."

    def _went(self, v_mem: Integers, at: int) -> str:
        """What a neuron did between a sample and the next."""
        time_s = self._read.trace.time_s
        return (
            f"a neuron went from {v_mem[at]} to {v_mem[at + 1]} between {time_s[at]:.3f} s and "
            f"{time_s[at + 1]:.3f} s"
        )

    def several_steps(self, steps: frozenset[int]) -> str:
        """That more than one step explains the readings."""
        either = " or ".join(map(str, sorted(steps)))
        return (
            f"a tick may have added {either}: each explains the readings, with a number of ticks "
            f"that there can have been. {self._advice.more_ticks or self._advice.other_sampling}"
        )

    def some_still(self, silence: Silence, still: int) -> str:
        """That some neurons did not move while others did."""
        total = self._read.v_mem[0].size
        return (
            f"{still} of {total} neurons did not move while others did. They {silence.said} "
            f"{silence.advice}"
        )

    def nothing_measured(self, silent: Counter[Silence]) -> str:
        """Why no neuron could be measured, with how many have each reason."""
        total = sum(silent.values())
        # what shows the leak of some neurons is enough, and takes no other network
        sampling = [silence.advice for silence, _ in silent.most_common() if "--" in silence.advice]
        reasons = [
            f"{'they' if count == total else f'{count} of {total}'} {silence.said}"
            f"{'' if sampling else f' {silence.advice}'}"
            for silence, count in silent.most_common()
        ]
        return f"no neuron could be measured: {' '.join(reasons + sampling[:1])}"

    def silence_of(self, trajectory: Trajectory) -> Silence:
        """Why a trajectory says nothing of the step."""
        if trajectory.end == len(self._read.trace):
            return self.too_short or self._too_close(int(trajectory.v_mem[0]))
        if trajectory.end == 0:
            where = "at" if trajectory.v_mem[0] == self._low else "below"
            said = f"stood {where} threshold_low {self._low} from the start."
            return Silence(said, self._advice.above_the_floor)
        first_out = trajectory.v_mem[trajectory.end :][:1]
        if self._read.at_the_floor(first_out).any():
            said = f"reached threshold_low {self._low} within a tick or before the second reading."
            return Silence(said, self._advice.above_the_floor)
        return Silence(
            f"may have fired before there was a step to see: a tick adds {self._step}, and the "
            f"threshold is {self._high}.",
            self._advice.below_the_threshold,
        )

    def _too_close(self, start: int) -> Silence:
        """Why the first tick of a neuron would already be one too many."""
        adds = f"with the first tick, which adds {self._step}"
        if self._step < 0 and start + self._step + 1 < self._high:
            said = f"come to threshold_low {self._low} {adds}."
            return Silence(said, self._advice.above_the_floor)
        said = f"may fire {adds}: the threshold is {self._high}."
        return Silence(said, self._advice.below_the_threshold)

    @functools.cached_property
    def too_short(self) -> Silence | None:
        """Why neurons that could have shown the leak did not; None where they could not."""
        advice, read = self._advice.more_ticks, self._read
        if advice is None:
            return None
        said = "were given no tick."
        if read.rate_hz is not None:
            # not `read.ticks.expected`, which is the middle of what the readings allow
            passed_s = read.passed_s(-1)
            expected = passed_s * read.rate_hz
            said = (
                f"were watched for {passed_s:.3g} s, in which a clock of {read.rate_hz} "
                f"Hz makes {expected:.3g} tick{'' if expected == 1 else 's'}; it takes two or more."
            )
        return Silence(said, advice)

    @functools.cached_property
    def _advice(self) -> SamplingAdvice:
        return SamplingAdvice(self._read)
