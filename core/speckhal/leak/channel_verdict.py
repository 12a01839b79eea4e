"""One channel: what its neurons say together about what a tick adds to them."""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING

import attrs

from speckhal.leak.channel_problems import ChannelProblems
from speckhal.leak.explained_neurons import ExplainedNeurons
from speckhal.leak.sampling_advice import ENOUGH_TICKS
from speckhal.leak.step_inference import likeliest_step

if TYPE_CHECKING:
    from speckhal.leak.channel_trace import ChannelTrace, Trajectory
    from speckhal.leak.step_inference import Integers

__all__ = ["ENOUGH_TICKS", "Answer", "ChannelVerdict", "judge_channel"]


class Answer(enum.Enum):
    """Whether neurons leak as the chip was set to let them."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    CANNOT_TELL = "cannot tell"


@attrs.frozen
class ChannelVerdict:
    """Leak of one channel, as deployed and as measured.

    Attributes:
        channel: which.
        expected_step: what a tick should add, in chip units.
        measured_step: what a tick added in the neuron that differs most; None where it could not
            be measured.
        answer: whether the channel does what it should. Where it is not given: cannot tell without
            a measured step, and else a problem decides.
        expected_leak_per_s: what a second should take away, in spike thresholds; None for a
            stepped clock.
        measured_leak_per_s: what a second took away in that neuron.
        uncertainty_per_s: of `measured_leak_per_s`: one tick more or less over the whole time,
            and the whole ticks that pass while a reading is taken.
        problem: what is wrong, or why nothing could be measured, as a sentence; None where
            expected and measured agree.
    """

    channel: int
    expected_step: int
    measured_step: int | None
    expected_leak_per_s: float | None = None
    measured_leak_per_s: float | None = None
    uncertainty_per_s: float | None = None
    problem: str | None = None
    answer: Answer = attrs.field(kw_only=True)

    @answer.default
    def _answer(self) -> Answer:
        if self.measured_step is None:
            return Answer.CANNOT_TELL
        return Answer.AGREES if self.problem is None else Answer.DISAGREES


def judge_channel(read: ChannelTrace) -> ChannelVerdict:
    """Compare the neurons of one channel with what they should do."""
    return _Judgement(read).verdict()


class _Judgement:
    """From what was read of one channel to its verdict."""

    def __init__(self, read: ChannelTrace) -> None:
        self._read = read
        self._problems = ChannelProblems(read)

    def verdict(self) -> ChannelVerdict:
        """What the neurons of the channel say together."""
        read = self._read
        found = ExplainedNeurons.of(read, read.trajectories())
        if found.wrong:
            steps = [likeliest_step(one.trusted, read.ticks.until(one.end)) for one in found.wrong]
            worst = max(range(len(steps)), key=lambda one: abs(steps[one][0] - read.step))
            return self._wrong(steps[worst][0], found.wrong[worst], steps[worst][1])
        verdict = self._if_no_step_is_wrong(found)
        breach = self._problems.breach()
        if breach is None:
            return verdict
        return attrs.evolve(verdict, problem=self._of_channel(breach), answer=Answer.DISAGREES)

    def _if_no_step_is_wrong(self, found: ExplainedNeurons) -> ChannelVerdict:
        unclear = self._problems.unclear(found)
        if unclear is not None:
            return self._not_measured(unclear)
        longest = max(found.showing, key=lambda one: one.end)
        return self._measured(self._read.step, longest.trusted)

    def _wrong(self, step: int, trajectory: Trajectory, end: int) -> ChannelVerdict:
        """The verdict on neurons whose step, ticks or end is not what was deployed."""
        read, v_mem = self._read, trajectory.trusted
        stop = read.stopped_above(v_mem)
        if stop is not None:
            problem = self._problems.stopped_early(int(v_mem[stop]))
            return self._measured(read.step, v_mem[:stop], problem)
        problem = (
            self._problems.wrong_step(step)
            if step != read.step
            else self._problems.wrong_clock(trajectory.v_mem[:end])
            or self._problems.jump(trajectory)
        )
        return self._measured(step, trajectory.v_mem[:end], problem)

    def _measured(self, step: int, v_mem: Integers, problem: str | None = None) -> ChannelVerdict:
        """The verdict on neurons that were seen to move by `step`."""
        read, trace = self._read, self._read.trace
        problem = None if problem is None else self._of_channel(problem)
        verdict = ChannelVerdict(read.channel, read.step, step, problem=problem)
        rate_hz = read.rate_hz
        if rate_hz is None or read.layer.threshold_high < 1:
            return verdict
        end, unit = len(v_mem) - 1, 1 / read.layer.threshold_high
        passed_s = read.passed_s(end)
        reading_s = float(trace.duration_s[0] + trace.duration_s[end])
        ticks = 1 + math.floor(rate_hz * reading_s + 1e-9)
        return attrs.evolve(
            verdict,
            expected_leak_per_s=0.0 - read.step * rate_hz * unit,
            measured_leak_per_s=0.0 - float(v_mem[-1] - v_mem[0]) * unit / passed_s,
            uncertainty_per_s=abs(step) * ticks * unit / passed_s,
        )

    def _not_measured(self, problem: str) -> ChannelVerdict:
        read = self._read
        return ChannelVerdict(read.channel, read.step, None, problem=self._of_channel(problem))

    def _of_channel(self, problem: str) -> str:
        return f"Channel {self._read.channel}: {problem}"
