"""The leak configuration of chips whose board has an FPGA-driven slow clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import CapabilityUnsupported, ConfigurationError
from speckhal.contract.exhaustive import undecided
from speckhal.contract.limits import FactWarning
from speckhal.contract.warn import warn_user
from speckhal_samna.values import whole_number

if TYPE_CHECKING:
    from speckhal_samna.chip import SamnaChip


@attrs.frozen
class ExternalLeak:
    """The board ticks at a rate.

    Attributes:
        chip: name of the chip whose limits it keeps.
        rate_hz: ticks per second. What is typical, what was seen to work and what the board makes
            at most are facts of the chip.
    """

    chip: str
    rate_hz: int
    drive = ClockDrive.EXTERNAL
    events_per_tick = None


@attrs.frozen
class SteppedLeak:
    """Ticks are made one by one.

    Attributes:
        chip: name of the chip that it is for.
    """

    chip: str
    drive = ClockDrive.STEPPED
    rate_hz = None
    events_per_tick = None


@attrs.frozen
class InternalLeak:
    """The chip ticks on events of its vision sensor.

    Attributes:
        chip: name of the chip whose limits it keeps.
        divider: n, for one tick per 2^n events.
    """

    chip: str
    divider: int
    drive = ClockDrive.INTERNAL
    rate_hz = None

    @property
    def events_per_tick(self) -> int:
        """Sensor events for a tick."""
        return 1 << self.divider


SamnaLeakConfig: TypeAlias = ExternalLeak | SteppedLeak | InternalLeak


def leak_config(
    drive: object, rate_hz: object, events_per_tick: object, *, chip: SamnaChip
) -> SamnaLeakConfig:
    """A leak configuration that the chip can have.

    Args:
        drive: what makes the clock tick.
        rate_hz: ticks per second; a positive whole number under the external drive, else None.
        events_per_tick: a power of two under the internal drive (None for the default, the
            largest), else None.
        chip: whose limits hold.

    Raises:
        ConfigurationError: the drive is none, or a number is missing, not wanted, or out of range.
    """
    if not isinstance(drive, ClockDrive):
        raise ConfigurationError(
            f"Asked for the drive {drive!r}, which is no drive of the slow clock.",
            hint=f"Use one of {', '.join(map(str, ClockDrive))}, from speckhal.",
        )
    _refuse_what_another_drive_wants(drive, rate_hz, events_per_tick)
    match drive:
        case ClockDrive.EXTERNAL:
            return ExternalLeak(chip.facts.name, _rate_hz(rate_hz, chip))
        case ClockDrive.STEPPED:
            return SteppedLeak(chip.facts.name)
        case ClockDrive.INTERNAL:
            return InternalLeak(chip.facts.name, _divider(events_per_tick, chip))
        case _:
            raise undecided(drive)


def _refuse_what_another_drive_wants(
    drive: ClockDrive, rate_hz: object, events_per_tick: object
) -> None:
    if rate_hz is not None and drive is not ClockDrive.EXTERNAL:
        raise ConfigurationError(
            f"Asked for a slow clock at {rate_hz} Hz under the {drive.value} drive, and only the "
            "external drive has a rate.",
            hint="Leave rate_hz out, or use the external drive.",
        )
    if events_per_tick is not None and drive is not ClockDrive.INTERNAL:
        raise ConfigurationError(
            f"Asked for a tick per {events_per_tick} sensor events under the {drive.value} drive, "
            "and only the internal drive counts events.",
            hint="Leave events_per_tick out, or use the internal drive.",
        )


def _rate_hz(asked: object, chip: SamnaChip) -> int:
    """The rate, with a `FactWarning` where nobody has said or seen that it works."""
    if asked is None:
        raise ConfigurationError(
            "Asked for an external slow clock without a rate.",
            hint="Give rate_hz, a positive whole number such as 1 or 100.",
        )
    rate_hz = whole_number(asked)
    if rate_hz is None or rate_hz < 1:
        raise ConfigurationError(
            f"Asked for rate_hz={asked!r}, and the board takes only positive whole numbers of Hz.",
            hint="Use rate_hz=1 or more; for a slower leak use a smaller bias.",
        )
    facts = chip.facts
    typical, seen = facts.slow_clock_typical_rate_hz, facts.slow_clock_seen_rate_hz
    if facts.slow_clock_highest_rate_hz is not None:
        facts.limit("slow_clock_highest_rate_hz").check(
            rate_hz,
            rate_hz,
            f"Asked for a slow clock of {rate_hz} Hz",
            ConfigurationError,
            hint=f"Use at most {facts.slow_clock_highest_rate_hz.value} Hz; for a faster leak use "
            "a larger bias.",
        )
    if typical is None:
        return rate_hz
    # between two rates that work, no other is in doubt
    known = [typical.value] if seen is None else [typical.value, seen.value]
    if min(one.lowest for one in known) <= rate_hz <= max(one.highest for one in known):
        return rate_hz
    end = (
        f"from {typical.value.lowest}"
        if rate_hz < typical.value.lowest
        else f"up to {typical.value.highest}"
    )
    warn_user(
        f"A slow clock of {rate_hz} Hz: rates are typical {end} Hz (slow_clock_typical_rate_hz of "
        f"the {facts.name}, {typical.certainty.value}), and what it does beyond is not known.",
        FactWarning,
    )
    return rate_hz


def _divider(events_per_tick: object, chip: SamnaChip) -> int:
    """The exponent of the chip's divider that makes a tick of that many events."""
    known = chip.facts.internal_clock_divider_range
    if known is None:
        raise CapabilityUnsupported(
            f"Asked for the internal drive, and a {chip.facts.name} has no internal clock "
            "(internal_clock_divider_range).",
            capability=Capability.INTERNAL_CLOCK,
            hint=f"Use {ClockDrive.EXTERNAL} or {ClockDrive.STEPPED}.",
        )
    dividers = known.value
    if events_per_tick is None:
        return dividers.highest
    possible = {1 << divider: divider for divider in range(dividers.lowest, dividers.highest + 1)}
    events = whole_number(events_per_tick)
    if events not in possible:
        raise ConfigurationError(
            f"Asked for a tick per {events_per_tick} sensor events, which the chip cannot count.",
            hint=f"Use one of {', '.join(map(str, possible))}.",
        )
    return possible[events]
