"""Faults that the emulated samna can have once, made for tests: what boards lose, mix up or refuse.

    current_bus().faults.arm(dropped(1))

loses the first answer to the next request to read.
"""

from __future__ import annotations

import random

from speckhal_mock.sdk.faults import Call, Garbles, Raises


def firmware_too_old() -> Raises:
    """Opening a board is refused as samna does since 0.46.1; its own words are not published."""
    return Raises(
        Call.OPEN_DEVICE,
        RuntimeError("Unsupported firmware version: unifirm is 1.0.0, 1.4.0 or newer is required."),
    )


def dropped(count: int) -> Garbles:
    """The first `count` answers get lost."""
    return Garbles(lambda events: events[count:])


def doubled(count: int) -> Garbles:
    """The first `count` answers come twice."""
    return Garbles(lambda events: [*events, *events[:count]])


def reordered(seed: int = 0) -> Garbles:
    """All answers come, in an order of chance."""
    return Garbles(lambda events: random.Random(seed).sample(events, len(events)))  # noqa: S311  # no secret


def cut_off(after: int) -> Garbles:
    """Only the first `after` answers come, and the board is unplugged."""
    return Garbles(lambda events: events[:after], then_unplugs=True)
