"""The leak configuration of chips whose board has an FPGA-driven slow clock."""

from __future__ import annotations

import attrs

from speckhal.device import ClockDrive
from speckhal.errors import ConfigurationError


def _is_a_rate(
    instance: SamnaLeakConfig, _attribute: attrs.Attribute[int | None], value: int | None
) -> None:
    if instance.drive is ClockDrive.STEPPED:
        if value is not None:
            raise ConfigurationError(
                f"Asked for a stepped slow clock at {value} Hz, and a stepped clock has no rate.",
                hint="Leave rate_hz out, or use the external drive.",
            )
        return
    if value is None:
        raise ConfigurationError(
            "Asked for an external slow clock without a rate.",
            hint="Give rate_hz, a positive whole number such as 1 or 100.",
        )
    given: object = value  # a script may pass anything
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise ConfigurationError(
            f"Asked for a slow clock of {value} Hz, and the board takes only positive whole Hz.",
            hint="Use rate_hz=1 or more; for a slower leak use a smaller bias.",
        )


@attrs.frozen
class SamnaLeakConfig:
    """What makes the slow clock tick, and how often.

    Attributes:
        drive: what makes it tick.
        rate_hz: ticks per second under the external drive, a positive whole number. The vendor
            calls 10 Hz to 10 kHz typical and publishes no limits; 1 Hz worked on a Speck2f
            module kit (source: sinabs' leak tutorial and its recorded output).
    """

    drive: ClockDrive = ClockDrive.EXTERNAL
    rate_hz: int | None = attrs.field(default=None, validator=_is_a_rate)
