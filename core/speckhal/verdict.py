"""Does what was measured agree with what the chip was told to do?

Three answers are possible for a channel: it leaks as it was told, it does not, or the readings
cannot tell. A board that does what it was told is never called wrong, and the last answer says
what to change so that they can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.channel_verdict import ENOUGH_TICKS, ChannelVerdict, judge_channel
from speckhal.trajectory import Ticks

if TYPE_CHECKING:
    from speckhal.deployment import DeployedLayer
    from speckhal.reading import Trace


@attrs.frozen
class Verdict:
    """Leak of a layer, channel by channel."""

    channels: tuple[ChannelVerdict, ...]

    @property
    def agrees(self) -> bool:
        """Whether every channel was seen to leak as it was told to."""
        return not self.problems

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, a sentence for each channel that does not agree."""
        return tuple(channel.problem for channel in self.channels if channel.problem is not None)


def judge(trace: Trace, layer: DeployedLayer) -> Verdict:
    """Compare a trace with what the deployed layer should do.

    Values of one reading may differ by the ticks that passed within it: `Trace.duration_s` is
    allowed for.

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
    if trace.ticks is not None:
        ticks = Ticks.counted(trace.ticks)
    elif layer.rate_hz is None:
        return _not_measured(
            layer,
            "no tick was counted, and nothing fixed the clock's rate. Deploy with a leak that "
            "names one.",
        )
    elif (np.diff(trace.time_s) <= 0).any():
        late = int((np.diff(trace.time_s) <= 0).argmax()) + 1
        return _not_measured(
            layer,
            f"a reading at {trace.time_s[late - 1]:.3f} s was followed by one at "
            f"{trace.time_s[late]:.3f} s, so the board's time did not pass. Step the clock "
            f"instead, for instance {ENOUGH_TICKS} times (--ticks).",
        )
    else:
        ticks = Ticks.of_a_clock(trace, layer.rate_hz)
    return Verdict(
        tuple(judge_channel(trace, layer, ticks, channel) for channel in range(layer.shape[0]))
    )


def _not_measured(layer: DeployedLayer, reason: str) -> Verdict:
    """That the readings cannot tell anything of any channel."""
    return Verdict(
        tuple(
            ChannelVerdict(
                channel,
                step,
                None,
                problem=f"Channel {channel}: no neuron could be measured: {reason}",
            )
            for channel, step in enumerate(layer.biases.tolist())
        )
    )
