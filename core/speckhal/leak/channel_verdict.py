"""One channel: what its neurons say together about what a tick adds to them."""

from __future__ import annotations

import collections
import enum
import functools
import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.lower_threshold import at_the_floor, breaches, stopped_above
from speckhal.leak.sampling_advice import ENOUGH_TICKS, SamplingAdvice
from speckhal.leak.step_inference import (
    fired_before,
    likeliest_step,
    steps_that_explain,
    unexplained,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Integers, Ticks

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
        answer: whether the channel does what it should. Where it is not given: it cannot be told
            without a measured step, and else a problem decides.
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


def judge_channel(trace: Trace, layer: DeployedLayer, ticks: Ticks, channel: int) -> ChannelVerdict:
    """Compare the neurons of one channel with what they should do.

    Args:
        trace: of the layer.
        layer: as deployed.
        ticks: that there can have been.
        channel: which.
    """
    return _Channel(trace, layer, ticks, channel).verdict()


@attrs.frozen(eq=False)
class _Trajectory:
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
        return self.v_mem[: self.end]


@attrs.frozen
class _Reason:
    """Why neurons say nothing of the leak.

    Attributes:
        said: as the end of a sentence about them.
        advice: what would help, as a sentence.
    """

    said: str
    advice: str


class _Channel:
    """One channel of a trace, as for `judge_channel`."""

    def __init__(self, trace: Trace, layer: DeployedLayer, ticks: Ticks, channel: int) -> None:
        self._trace = trace
        self._layer = layer
        self._ticks = ticks
        self._channel = channel
        self._step = int(layer.biases[channel])
        self._rate_hz = layer.rate_hz if trace.ticks is None else None
        self._v_mem = trace.v_mem[:, channel].reshape(len(trace), -1).astype(np.int64)
        self._fired = fired_before(
            self._v_mem, ticks, step=self._step, threshold_high=layer.threshold_high
        )

    def verdict(self) -> ChannelVerdict:
        """What the neurons of the channel say together."""
        unclear: collections.Counter[_Reason] = collections.Counter()
        common: frozenset[int] | None = None
        longest: _Trajectory | None = None
        wrong: list[tuple[int, _Trajectory, int]] = []
        for trajectory in self._trajectories():
            steps = None
            if trajectory.end > 1:
                steps = steps_that_explain(trajectory.trusted, self._ticks.until(trajectory.end))
            if steps is None:
                unclear[self._why_unclear(trajectory)] += trajectory.neurons
            elif self._step not in steps:
                step, end = likeliest_step(trajectory.trusted, self._ticks.until(trajectory.end))
                wrong.append((step, trajectory, end))
            else:
                common = steps if common is None else common & steps
                if longest is None or trajectory.end > longest.end:
                    longest = trajectory
        if wrong:
            return self._wrong(*max(wrong, key=lambda found: abs(found[0] - self._step)))
        verdict = self._unless_unclear(common, longest, unclear)
        breach = self._breach()
        if breach is None:
            return verdict
        return attrs.evolve(verdict, problem=breach, answer=Answer.DISAGREES)

    def _unless_unclear(
        self,
        common: frozenset[int] | None,
        longest: _Trajectory | None,
        unclear: collections.Counter[_Reason],
    ) -> ChannelVerdict:
        """The verdict where no neuron moved by a wrong step."""
        if longest is None or common is None:
            return self._not_measured(unclear)
        if self._too_short is not None and self._too_short in unclear:
            still, total = unclear[self._too_short], self._v_mem[0].size
            return self._unclear(
                f"{still} of {total} neurons did not move while others did. They "
                f"{self._too_short.said} {self._too_short.advice}"
            )
        if len(common) > 1:
            return self._ambiguous(common)
        return self._measured(self._step, longest.trusted)

    def _trajectories(self) -> Iterator[_Trajectory]:
        """Each distinct way in which neurons moved, once."""
        v_mem, low = self._v_mem, self._layer.threshold_low
        floored = at_the_floor(v_mem, step=self._step, threshold_low=low)
        # a sample is out if it is at the floor, or if a spike was possible on the way to it
        out = floored | np.vstack([np.zeros_like(floored[:1]), self._fired])
        ends = np.where(out.any(axis=0), out.argmax(axis=0), len(v_mem))
        trusted = np.arange(len(v_mem))[:, None] < ends
        moves = np.vstack([ends, np.where(trusted, v_mem - v_mem[0], 0)])
        _, firsts, counts = np.unique(moves, axis=1, return_index=True, return_counts=True)
        for first, count in zip(firsts.tolist(), counts.tolist(), strict=True):
            yield _Trajectory(v_mem[:, first], int(ends[first]), count)

    def _measured(self, step: int, v_mem: Integers, problem: str | None = None) -> ChannelVerdict:
        """The verdict on neurons that were seen to move by `step`."""
        verdict = ChannelVerdict(self._channel, self._step, step, problem=problem)
        if self._rate_hz is None or self._layer.threshold_high < 1:
            return verdict
        end, unit = len(v_mem) - 1, 1 / self._layer.threshold_high
        passed_s = float(self._trace.time_s[end] - self._trace.time_s[0])
        reading_s = float(self._trace.duration_s[0] + self._trace.duration_s[end])
        ticks = 1 + math.floor(self._rate_hz * reading_s + 1e-9)
        return attrs.evolve(
            verdict,
            expected_leak_per_s=0.0 - self._step * self._rate_hz * unit,
            measured_leak_per_s=0.0 - float(v_mem[-1] - v_mem[0]) * unit / passed_s,
            uncertainty_per_s=abs(step) * ticks * unit / passed_s,
        )

    def _breach(self) -> str | None:
        """What the first neuron did that leak and the floor do not explain, if one did."""
        low = self._layer.threshold_low
        breach = breaches(self._v_mem, self._ticks, self._fired, step=self._step, threshold_low=low)
        if not breach.any():
            return None
        at = int(breach.any(axis=1).argmax())
        went = self._went(self._v_mem[:, int(breach[at].argmax())], at)
        return (
            f"Channel {self._channel}: {went}, and ticks of {self._step} that stop at "
            f"threshold_low {low} do not explain that."
        )

    def _wrong(self, step: int, trajectory: _Trajectory, end: int) -> ChannelVerdict:
        low = self._layer.threshold_low
        v_mem, ticks = trajectory.trusted, self._ticks.until(trajectory.end)
        stop = stopped_above(v_mem, ticks, step=self._step, threshold_low=low)
        if stop is not None:
            told = f"leak stopped at {v_mem[stop]}, and should stop at threshold_low {low}"
            return self._measured(self._step, v_mem[:stop], f"Channel {self._channel}: {told}.")
        if step != self._step:
            told = f"a tick adds {step}, and should add {self._step}"
        else:
            told = self._wrong_clock(trajectory.v_mem[:end]) or self._jump(trajectory)
        return self._measured(step, trajectory.v_mem[:end], f"Channel {self._channel}: {told}.")

    def _wrong_clock(self, v_mem: Integers) -> str | None:
        """That there were too many or too few ticks, if there were."""
        end, change = len(v_mem) - 1, int(v_mem[-1] - v_mem[0])
        made = change // self._step if self._step else 0
        if self._ticks.least[end] <= made <= self._ticks.most[end]:
            return None
        expected = f"{self._ticks.expected[end]:.3g}"
        if self._rate_hz is None:
            return f"it shows {made} ticks, and the clock was stepped {expected} times"
        passed_s = self._trace.time_s[end] - self._trace.time_s[0]
        return f"the clock made {made} ticks in {passed_s:.3g} s, and should make {expected}"

    def _jump(self, trajectory: _Trajectory) -> str:
        """What a neuron did that leak does not explain."""
        v_mem = trajectory.trusted
        at = unexplained(v_mem, self._ticks.until(trajectory.end), self._step) or 0
        return f"{self._went(v_mem, at)}, and ticks of {self._step} do not explain that"

    def _went(self, v_mem: Integers, at: int) -> str:
        """What a neuron did between a sample and the next."""
        time_s = self._trace.time_s
        return (
            f"a neuron went from {v_mem[at]} to {v_mem[at + 1]} between {time_s[at]:.3f} s and "
            f"{time_s[at + 1]:.3f} s"
        )

    def _ambiguous(self, steps: frozenset[int]) -> ChannelVerdict:
        told = " or ".join(map(str, sorted(steps)))
        return self._unclear(
            f"a tick may have added {told}: each explains the readings, with a number of ticks "
            f"that there can have been. {self._advice.more_ticks or self._advice.other_sampling}"
        )

    def _not_measured(self, reasons: collections.Counter[_Reason]) -> ChannelVerdict:
        total = sum(reasons.values())
        # what shows the leak of some neurons is enough, and takes no other network
        sampling = [reason.advice for reason, _ in reasons.most_common() if "--" in reason.advice]
        told = [
            f"{'they' if count == total else f'{count} of {total}'} {reason.said}"
            f"{'' if sampling else f' {reason.advice}'}"
            for reason, count in reasons.most_common()
        ]
        return self._unclear(f"no neuron could be measured: {' '.join(told + sampling[:1])}")

    def _unclear(self, problem: str) -> ChannelVerdict:
        problem = f"Channel {self._channel}: {problem}"
        return ChannelVerdict(self._channel, self._step, None, problem=problem)

    def _why_unclear(self, trajectory: _Trajectory) -> _Reason:
        """Why a trajectory says nothing."""
        low = self._layer.threshold_low
        if trajectory.end == len(self._trace):
            return self._too_short or self._too_close(int(trajectory.v_mem[0]))
        if trajectory.end == 0:
            where = "at" if trajectory.v_mem[0] == low else "below"
            said = f"stood {where} threshold_low {low} from the start."
            return _Reason(said, self._advice.above_the_floor)
        first_out = trajectory.v_mem[trajectory.end :][:1]
        if at_the_floor(first_out, step=self._step, threshold_low=low).any():
            said = f"reached threshold_low {low} within a tick or before the second reading."
            return _Reason(said, self._advice.above_the_floor)
        return _Reason(
            f"may have fired before there was a step to see: a tick adds {self._step}, and the "
            f"threshold is {self._layer.threshold_high}.",
            self._advice.below_the_threshold,
        )

    @functools.cached_property
    def _advice(self) -> SamplingAdvice:
        return SamplingAdvice(self._trace, self._layer, self._v_mem[0], self._step)

    def _too_close(self, start: int) -> _Reason:
        """Why the first tick of a neuron would already be one too many."""
        low, high = self._layer.threshold_low, self._layer.threshold_high
        adds = f"with the first tick, which adds {self._step}"
        if self._step < 0 and start + self._step + 1 < high:
            said = f"come to threshold_low {low} {adds}."
            return _Reason(said, self._advice.above_the_floor)
        said = f"may fire {adds}: the threshold is {high}."
        return _Reason(said, self._advice.below_the_threshold)

    @functools.cached_property
    def _too_short(self) -> _Reason | None:
        """Why neurons that could have shown the leak did not; None where they could not."""
        advice = self._advice.more_ticks
        if advice is None:
            return None
        said = "were given no tick."
        if self._rate_hz is not None:
            expected = self._ticks.expected[-1]
            passed_s = self._trace.time_s[-1] - self._trace.time_s[0]
            said = (
                f"were watched for {passed_s:.3g} s, in which a clock of {self._rate_hz} Hz makes "
                f"{expected:.3g} tick{'' if expected == 1 else 's'}; it takes two or more."
            )
        return _Reason(said, advice)
