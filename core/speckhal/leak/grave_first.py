"""Channels of a verdict in the order in which people want them: what is wrong first, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.leak.channel_verdict import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.channel_verdict import ChannelVerdict

_GRAVEST_FIRST = (Answer.DISAGREES, Answer.CANNOT_TELL, Answer.AGREES)


def by_gravity(channels: Sequence[ChannelVerdict]) -> list[ChannelVerdict]:
    """Those that disagree first, then those that cannot tell."""
    return sorted(channels, key=lambda channel: _GRAVEST_FIRST.index(channel.answer))


def problems_together(channels: Sequence[ChannelVerdict]) -> list[tuple[str, Answer]]:
    """What is said of channels, that which is the same for several as one sentence."""
    numbers: dict[tuple[str, Answer], list[str]] = {}
    for channel in by_gravity(channels):
        if channel.problem is not None:
            said = channel.problem.removeprefix(f"Channel {channel.channel}: ")
            numbers.setdefault((said, channel.answer), []).append(str(channel.channel))
    return [
        (f"Channel{'s' if len(those) > 1 else ''} {', '.join(those)}: {said}", answer)
        for (said, answer), those in numbers.items()
    ]
