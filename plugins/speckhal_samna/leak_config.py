"""The leak configuration that this driver makes; what was asked for is checked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from speckhal.contract.capabilities import ClockDrive


@attrs.frozen
class SamnaLeakConfig:
    """What makes the slow clock tick, and how often.

    Attributes:
        drive: what makes it tick.
        rate_hz: ticks per second under the external drive; None under the others.
        events_per_tick: sensor events for a tick under the internal drive; None under the others.
    """

    drive: ClockDrive
    rate_hz: int | None = None
    events_per_tick: int | None = None
