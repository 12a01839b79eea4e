"""All options of the mock in one table: what reads, checks, shows and completes them asks it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.contract.option_description import OptionDescription
from speckhal_mock.emulation.option_kinds import FLAG, OptionKind, OptionNotes, notes_of
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.testing.breakages import BREAKAGES, FORMER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from speckhal_mock.boards.targets import EmulatedTarget

_KNOWN_BREAKAGES: Final = (*BREAKAGES, *FORMER_NAMES)

OWN: Final[Mapping[str, tuple[object, OptionNotes]]] = {
    "profile": (
        None,
        OptionNotes(
            OptionKind(
                "str | Path | None",
                "None or the path of a file",
                lambda value: value is None or isinstance(value, str | Path),
            ),
            None,
            "A file of `speckhal characterise`: the board behaves like the one that was measured, "
            "but for the options that are given besides.",
        ),
    ),
    "realtime": (
        False,
        OptionNotes(FLAG, None, "Whether emulated time passes as fast as real time."),
    ),
    "breakage": (
        None,
        OptionNotes(
            OptionKind(
                "str | None",
                "None or the name of a breakage, such as 'step-plus-one'",
                lambda value: (
                    value is None or (isinstance(value, str) and value in _KNOWN_BREAKAGES)
                ),
                choices=tuple(BREAKAGES),
            ),
            None,
            "Which one rule the board breaks on purpose, as the conformance suite's own tests do.",
        ),
    ),
}
"""Default and notes of the options that are not of the emulation."""

_TABLE: Final[Mapping[str, tuple[object, OptionNotes]]] = {
    **{field.name: (field.default, notes_of(field)) for field in attrs.fields(EmulationOptions)},
    **OWN,
}

EMULATED: Final[Sequence[str]] = tuple(name for name in _TABLE if name not in OWN)
"""Names of the options of the emulation."""


def describe(target: EmulatedTarget) -> tuple[OptionDescription, ...]:
    """Every option that opening that emulated board takes."""
    defaults = described_defaults(target)
    return tuple(
        OptionDescription(
            name=name,
            type=notes.kind.type,
            default=defaults.get(name, default),
            allowed=notes.kind.allowed,
            summary=notes.summary,
            unit=notes.kind.unit,
            certainty=notes.certainty,
            why=notes.why,
            choices=notes.kind.choices,
        )
        for name, (default, notes) in _TABLE.items()
    )


def described_defaults(target: EmulatedTarget) -> dict[str, object]:
    """Options whose defaults the description of the chip gives."""
    return {"neuron_address": target.chip.facts.neuron_address.value}


def kind_of(name: str) -> OptionKind:
    """What the option of that name can be."""
    _, notes = _TABLE[name]
    return notes.kind


def read_option(name: str, given: object) -> object:
    """The value of an option, from how a script, a file or a command line has it.

    Raises:
        WrongOption: it cannot be made of that, or the option cannot have it.
    """
    kind = kind_of(name)
    value = kind.value_of(name, given)
    kind.check(name, value)
    return value


def check_names(given: Iterable[str], known: Sequence[str] = tuple(_TABLE)) -> None:
    """Refuse options that a mock does not have.

    Raises:
        InputError: it names those, and the known ones.
    """
    unknown = sorted({*given} - {*known})
    if unknown:
        close = dict.fromkeys(
            match for name in unknown for match in difflib.get_close_matches(name.lower(), known, 1)
        )
        raise InputError(
            f"Asked for a mock with {', '.join(unknown)}, and it has no such option.",
            hint=(f"Did you mean {' or '.join(close)}? " if close else "")
            + f"Its options are: {', '.join(known)}. See speckhal info mock --options.",
        )
