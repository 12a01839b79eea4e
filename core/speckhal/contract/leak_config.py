"""What leak is wanted of the slow clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from speckhal.contract.capabilities import ClockDrive


class LeakConfig(Protocol):
    """What leak is wanted of the slow clock. `Device.leak_config` makes it, and checks it."""

    @property
    def drive(self) -> ClockDrive:
        """What makes the clock tick."""

    @property
    def rate_hz(self) -> int | None:
        """Ticks per second under the external drive; None under the others."""

    @property
    def events_per_tick(self) -> int | None:
        """Sensor events for a tick under the internal drive; None under the others."""


@attrs.frozen
class PlainLeakConfig:
    """What is wanted of the slow clock and no more: what a device gets, and may give back.

    Attributes:
        drive: what makes the clock tick.
        rate_hz: ticks per second; None but under the external drive.
        events_per_tick: sensor events for a tick; None but under the internal drive, and there,
            where a device gets it, for the default of the device.
    """

    drive: ClockDrive
    rate_hz: int | None = None
    events_per_tick: int | None = None
