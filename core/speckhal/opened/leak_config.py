"""The leak configurations that users hold: checked against the chip's facts, whatever the board."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.capabilities import ClockDrive, undecided
from speckhal.contract.capability_protocols import declared_by
from speckhal.contract.errors import ConfigurationError
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal.contract.limits import FactWarning
from speckhal.contract.warn import warn_user

if TYPE_CHECKING:
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Fact, Range
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.opened.device_state import DeviceState

_HIGHEST_OFFERED: Final = 1_000_000
"""Of a fraction above it the nearest whole rates are no help: no board takes them."""


@attrs.frozen
class CheckedLeakConfig:
    """What makes the slow clock tick, and how often. Made by `OpenDevice.leak_config`.

    It holds for every board with that chip.

    Attributes:
        chip: name of the chip whose limits it keeps.
        raw: as the device of the plugin has made it.
    """

    chip: str
    raw: LeakConfig

    @property
    def drive(self) -> ClockDrive:
        """What makes the clock tick."""
        return self.raw.drive

    @property
    def rate_hz(self) -> int | None:
        """Ticks per second under the external drive; None under the others."""
        return self.raw.rate_hz

    @property
    def events_per_tick(self) -> int | None:
        """Sensor events for a tick under the internal drive; None under the others."""
        return self.raw.events_per_tick

    def __repr__(self) -> str:
        given = {"rate_hz": self.rate_hz, "events_per_tick": self.events_per_tick}
        said = "".join(f", {name}={value}" for name, value in given.items() if value is not None)
        return f"CheckedLeakConfig(chip={self.chip!r}, drive={self.drive}{said})"


def checked_drive(drive: object) -> ClockDrive:
    """The drive, if it is one.

    Raises:
        ConfigurationError: it is something else.
    """
    if not isinstance(drive, ClockDrive):
        raise ConfigurationError(
            f"Asked for the drive {drive!r}, which is no drive of the slow clock.",
            hint=f"Use one of {', '.join(map(str, ClockDrive))}, from speckhal.",
        )
    return drive


def demand_drive(state: DeviceState, drive: ClockDrive) -> None:
    """Refuse a drive that the device does not declare; the hint names those that it does.

    Raises:
        CapabilityUnsupported: it does not declare that drive.
    """
    declared = declared_by(state.raw)
    can = [each for each in ClockDrive if each.capability in declared]
    state.demand(drive.capability, hint=how_to_drive(*can) if can else "It has no slow clock.")


def checked_leak(
    drive: ClockDrive, rate_hz: object, events_per_tick: object, *, chip: ChipFacts
) -> PlainLeakConfig:
    """What is asked of the slow clock, if the chip can have it.

    Args:
        drive: what makes the clock tick.
        rate_hz: ticks per second; a positive whole number under the external drive, else None.
        events_per_tick: a power of two under the internal drive, None for the default of the
            device; else None.
        chip: whose limits hold.

    Warns:
        FactWarning: the rate is beyond those that are typical or were seen to work.

    Raises:
        ConfigurationError: a number is missing, not wanted, or out of range.
    """
    _refuse_what_another_drive_wants(drive, rate_hz, events_per_tick)
    match drive:
        case ClockDrive.EXTERNAL:
            return PlainLeakConfig(drive, rate_hz=_rate_hz(rate_hz, chip))
        case ClockDrive.INTERNAL:
            return PlainLeakConfig(drive, events_per_tick=_events(events_per_tick, chip))
        case ClockDrive.STEPPED:
            return PlainLeakConfig(drive)
        case _:
            raise undecided(drive)


def own_leak(leak: LeakConfig | None, chip: ChipFacts) -> CheckedLeakConfig | None:
    """The configuration again, if a device with this chip has given it.

    Raises:
        ConfigurationError: it is something else.
    """
    if leak is None or (isinstance(leak, CheckedLeakConfig) and leak.chip == chip.name):
        return leak
    if hasattr(leak, "as_applied"):
        raise ConfigurationError(
            "Asked to deploy a network with a leak plan as its leak, and a plan brings its biases "
            "besides.",
            hint="Give it as the plan: device.deploy(network, plan=plan).",
        )
    raise ConfigurationError(
        f"Asked to deploy a network with leak={leak!r}, which is no leak configuration of "
        f"a {chip.name}.",
        hint="Use leak=device.leak_config(rate_hz=1), or another that leak_config() gives.",
    )


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


def _whole_rates(asked: object) -> str:
    """A hint with the whole rates that are nearest to what was asked for."""
    if isinstance(asked, float | np.floating) and 1 < asked < _HIGHEST_OFFERED:
        below, above = math.floor(asked), math.ceil(asked)
        if below == above:  # 10.0
            return f"Use rate_hz={above}, or --rate-hz {above}."
        return f"Use rate_hz={below} or {above}: --rate-hz {below} or {above}."
    return "Use rate_hz=1, or --rate-hz 1, or more; for a slower leak use a smaller bias."


def _rate_hz(asked: object, facts: ChipFacts) -> int:
    """The rate, with a `FactWarning` where nobody has said or seen that it works."""
    if asked is None:
        raise ConfigurationError(
            "Asked for an external slow clock without a rate.",
            hint="Give rate_hz, a positive whole number such as 1 or 100.",
        )
    rate_hz = whole_number(asked)
    if rate_hz is None or rate_hz < 1:
        raise ConfigurationError(
            f"Asked for a slow clock of {asked!r} Hz, and the board takes only positive whole "
            "numbers of Hz.",
            hint=_whole_rates(asked),
        )
    typical = facts.slow_clock_typical_rate_hz
    if facts.slow_clock_highest_rate_hz is not None:
        highest = facts.slow_clock_highest_rate_hz.value
        usual = "" if typical is None else f", or rather one of the typical {typical.value} Hz"
        facts.limit("slow_clock_highest_rate_hz").check(
            rate_hz,
            rate_hz,
            f"Asked for a slow clock of {rate_hz} Hz",
            ConfigurationError,
            hint=f"Use at most {highest} Hz{usual}; for a faster leak use a larger bias.",
        )
    if typical is not None:
        _warn_if_not_typical(rate_hz, typical, facts)
    return rate_hz


def _warn_if_not_typical(rate_hz: int, typical: Fact[Range], facts: ChipFacts) -> None:
    seen = facts.slow_clock_seen_rate_hz
    # between two rates that work, no other is in doubt
    known = [typical.value] if seen is None else [typical.value, seen.value]
    if min(one.lowest for one in known) <= rate_hz <= max(one.highest for one in known):
        return
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


def _events(events_per_tick: object, facts: ChipFacts) -> int | None:
    """Sensor events for a tick, if the divider of the chip can count them."""
    if events_per_tick is None:
        return None
    dividers = facts.internal_clock_divider_range
    if dividers is None:
        raise ConfigurationError(
            f"Asked for a tick per {events_per_tick} sensor events, and the facts of the "
            f"{facts.name} do not say how many it can count (internal_clock_divider_range).",
            hint="Leave events_per_tick out.",
        )
    lowest, highest = dividers.value.lowest, dividers.value.highest
    possible = [1 << divider for divider in range(lowest, highest + 1)]
    events = whole_number(events_per_tick)
    if events not in possible:
        raise ConfigurationError(
            f"Asked for a tick per {events_per_tick} sensor events, which the chip cannot count.",
            hint=f"Use one of {', '.join(map(str, possible))}.",
        )
    return events


def how_to_drive(*drives: ClockDrive) -> str:
    """How to ask for one of these drives, in Python and on the command line, as a hint."""
    typed = {ClockDrive.EXTERNAL: "leave --ticks out", ClockDrive.STEPPED: "give --ticks N"}
    options = " or ".join(typed[drive] for drive in drives if drive in typed)
    said = f"Use drive={' or '.join(map(str, drives))}"
    return f"{said}; on the command line, {options}." if options else f"{said}."
