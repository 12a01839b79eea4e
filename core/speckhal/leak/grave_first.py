"""Channels of a verdict in the order in which people want them: what is wrong first, together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.leak.channel_verdict import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.channel_verdict import ChannelVerdict

_GRAVEST_FIRST = (Answer.DISAGREES, Answer.CANNOT_TELL, Answer.AGREES)

_MOST_NUMBERS = 8


def channels_named(numbers: Sequence[int]) -> str:
    """Channels as the start of a sentence; of many only the first, and how many there are more."""
    shown = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
    more = len(numbers) - _MOST_NUMBERS
    if more > 0:
        return f"Channels {shown} and {more} more"
    return f"Channel{'s' if len(numbers) > 1 else ''} {shown}"


def by_gravity(channels: Sequence[ChannelVerdict]) -> list[ChannelVerdict]:
    """Those that disagree first, then those that cannot tell."""
    return sorted(channels, key=lambda channel: _GRAVEST_FIRST.index(channel.answer))


def problems_together(channels: Sequence[ChannelVerdict]) -> list[tuple[str, Answer]]:
    """What is said of channels, that which is the same for several as one sentence."""
    numbers: dict[tuple[str, Answer], list[int]] = {}
    for channel in by_gravity(channels):
        if channel.problem is not None:
            said = channel.problem.removeprefix(f"Channel {channel.channel}: ")
            numbers.setdefault((said, channel.answer), []).append(channel.channel)
    return [
        (f"{channels_named(those)}: {said}", answer) for (said, answer), those in numbers.items()
    ]
