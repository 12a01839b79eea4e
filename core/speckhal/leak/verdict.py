"""Does what was measured agree with what was deployed on the chip?

Three answers are possible for a channel: it leaks as deployed, it does not, or the readings
do not show which. A board that leaks as deployed is never called wrong, and the last answer says
what to change so that they can.
"""

from __future__ import annotations

import attrs

from speckhal.contract.deployment import DeployedLayer
from speckhal.contract.errors import InputError
from speckhal.contract.reading import Trace
from speckhal.leak.channel_trace import ChannelTrace
from speckhal.leak.channel_verdict import Answer, ChannelVerdict, judge_channel
from speckhal.leak.sampling_advice import STEP_INSTEAD
from speckhal.leak.step_inference import Ticks
from speckhal.leak.trace_check import last_too_long, refuse_unfit, stood_still


@attrs.frozen(repr=False)
class Verdict:
    """Leak of a layer, channel by channel."""

    channels: tuple[ChannelVerdict, ...]

    @property
    def answer(self) -> Answer:
        """Whether the layer leaks as it was deployed.

        It disagrees if one channel does. Otherwise the answer is "cannot tell" if the readings do
        not show it of one.
        """
        answers = {channel.answer for channel in self.channels}
        for answer in (Answer.DISAGREES, Answer.CANNOT_TELL):
            if answer in answers:
                return answer
        return Answer.AGREES

    @property
    def agrees(self) -> bool:
        """Whether every channel was seen to leak as it was deployed.

        Where it is False, `answer` says whether that is wrong or the readings do not show it.
        """
        return self.answer is Answer.AGREES

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong or not clear, a sentence for each channel that does not agree."""
        return tuple(channel.problem for channel in self.channels if channel.problem is not None)

    def __repr__(self) -> str:
        answers = [channel.answer for channel in self.channels]
        alike, count = answers.count(self.answer), len(answers)
        some = "" if alike == count else f" in {alike}"
        return f"<Verdict on {count} channel{'s' * (count != 1)}: {self.answer.value}{some}>"


def judge(trace: Trace, layer: DeployedLayer) -> Verdict:
    """Compare a trace with what the deployed layer should do.

    Values of one reading may differ by the ticks that passed within it: `Trace.duration_s` is
    allowed for.

    Args:
        trace: of that layer, at least two samples long, from a start with the clock off.
        layer: as `deploy` returned it.

    Raises:
        InputError: the trace is of another layer or too short, or one of the two is something
            else.
    """
    for given, kind, wanted, source in (
        (trace, Trace, "trace", "measure_leak(device)"),
        (layer, DeployedLayer, "deployed layer", "device.deploy(...).layer(0)"),
    ):
        if not isinstance(given, kind):
            raise InputError(
                f"Asked for a verdict with a {type(given).__name__} for the {wanted}.",
                hint=f"{source} gives one.",
            )
    refuse_unfit(trace, layer, "judge")
    if trace.ticks is not None:
        ticks = Ticks.counted(trace.ticks)
    elif layer.rate_hz is None:
        return _not_measured(
            layer,
            "no tick was counted, and nothing fixed the clock's rate. Use an external clock, "
            "which has one, or make the ticks and count them.",
        )
    elif (stood := stood_still(trace)) is not None:
        return _not_measured(layer, f"{stood[0].lower()}{stood[1:]} {STEP_INSTEAD}")
    elif last_too_long(trace, since_s=float(trace.time_s[0])):
        return _not_measured(
            layer,
            "its readings last longer than a year. Give times and durations in seconds since the "
            "start of the leak.",
        )
    else:
        ticks = Ticks.of_a_clock(trace, layer.rate_hz)
    channels = range(layer.shape[0])
    return Verdict(tuple(judge_channel(ChannelTrace(trace, layer, ticks, one)) for one in channels))


def _not_measured(layer: DeployedLayer, reason: str) -> Verdict:
    """That the readings show nothing of any channel."""
    said = f"no neuron could be measured: {reason}"
    return Verdict(
        tuple(
            ChannelVerdict(channel, step, None, problem=f"Channel {channel}: {said}")
            for channel, step in enumerate(layer.biases.tolist())
        )
    )
