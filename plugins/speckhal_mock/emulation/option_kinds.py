"""What an option of the emulation can be: its values, how users write them, and what is wrong."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.facts import Range
from speckhal.contract.linear_address import LinearAddresses

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.facts import Certainty

T = TypeVar("T")

FASTEST_RATE_HZ: Final = 1_000_000_000
"""The emulation counts whole nanoseconds: faster ticks would fall on one moment."""

FASTEST_LIMIT_HZ: Final = 1_000_000
"""A hundred times what the vendor calls typical. No measurement tries more, so that what a board
does beyond cannot be known; an emulated one has no limits there."""


LONGEST_S: Final = 3600
"""Millions of things that take an hour each still end within the 64 bits of a moment."""

_SUPPLIES: Final = 5

_ALL: Final = "Show all options, with their values, by: speckhal info mock --options"


class WrongOption(ValueError):
    """An option has a value that it cannot have.

    Attributes:
        hint: what would work, beyond what the sentence says; None for where all options are shown.
    """

    def __init__(self, name: str, value: object, why: str, hint: str | None = None) -> None:
        super().__init__(f"The option {name} is {value!r}{why}")
        self.hint = hint or _ALL


def _as_it_is(value: object) -> object:
    return value


@attrs.frozen
class OptionKind:
    """The values of an option; as a validator of attrs it refuses others.

    Attributes:
        type: the annotation of what users give, which the option itself has but for lists.
        allowed: what it must be, with the unit.
        fits: whether it can be that value.
        unit: of the values; empty where they have none.
        choices: the texts that it can be, where those are all.
        read: the value that is meant, from how files and command lines have it; what it cannot
            read is a ValueError or TypeError, or comes out as it is.
        written: a list that it can be made of; None where it is made of no list.
    """

    type: str
    allowed: str
    fits: Callable[[object], bool]
    unit: str = ""
    choices: tuple[str, ...] = ()
    read: Callable[[object], object] = _as_it_is
    written: str | None = None

    def __call__(self, _instance: object, attribute: attrs.Attribute[T], value: T) -> None:
        """Refuse a value, as attrs asks for it."""
        self.check(attribute.name, value)

    def check(self, name: str, value: object) -> None:
        """Refuse a value that the option of that name cannot have.

        Raises:
            WrongOption: it says what is allowed.
        """
        if not self.fits(value):
            raise WrongOption(name, value, f"; it must be {self.allowed}.", self._hint(name, value))

    def value_of(self, name: str, given: object) -> object:
        """The value of the option of that name, which is not checked yet.

        Raises:
            WrongOption: no value can be made of that.
        """
        try:
            return self.read(given)
        except (TypeError, ValueError) as error:
            raise WrongOption(name, given, f". {error}", self._hint(name, given)) from error

    def _hint(self, name: str, value: object) -> str | None:
        if self.written is not None:
            return f"Write a list, such as {name}={self.written}."
        close = difflib.get_close_matches(str(value).lower(), self.choices, 1)
        said = [f"Did you mean {name}={each}?" for each in close]
        if any(repr(choice) not in self.allowed for choice in self.choices):
            said.append(f"It can be: {', '.join(self.choices)}.")
        return " ".join(said) or None


def one_of(alias: object, name: str) -> OptionKind:
    """One of the texts of a `Literal`, which has that name."""
    choices: tuple[str, ...] = get_args(alias)
    return OptionKind(
        name,
        " or ".join(map(repr, choices)),
        lambda value: isinstance(value, str) and value in choices,
        choices=choices,
    )


def _is_whole(value: object, lowest: int, highest: int | None = None) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and lowest <= value
        and (highest is None or value <= highest)
    )


def _limits(lowest: int, highest: int | None) -> str:
    return f"at least {lowest}" + ("" if highest is None else f" and at most {highest}")


def whole_or_none(lowest: int, highest: int | None = None, *, of: str, unit: str) -> OptionKind:
    """A whole number of something from `lowest` up, or None."""
    return OptionKind(
        "int | None",
        f"None or a whole number of {of}, {_limits(lowest, highest)}",
        lambda value: value is None or _is_whole(value, lowest, highest),
        unit,
    )


def _is_amount(value: object, highest: float = sys.float_info.max) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= highest


def _are_powers(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == _SUPPLIES and all(map(_is_amount, value))


def _is_rate_range(value: object) -> bool:
    return (
        isinstance(value, Range)
        and _is_whole(value.lowest, lowest=1)
        and _is_whole(value.highest, lowest=1)
        and value.lowest <= min(value.highest, FASTEST_LIMIT_HZ)
        and (value.highest <= FASTEST_LIMIT_HZ or value.highest == FASTEST_RATE_HZ)
    )


def _read_rates(given: object) -> object:
    """A range from [1, 1000] or "1..1000"; a measurement has no limit where it tried no more."""
    if isinstance(given, str):
        ends: object = [int(end) if end.isdecimal() else end for end in given.split("..")]
    else:
        ends = given
    match ends:
        case [int(lowest), int(highest)]:
            return Range(lowest, FASTEST_RATE_HZ if highest == FASTEST_LIMIT_HZ else highest)
    return given


def _read_layout(given: object) -> object:
    return AddressLayout(tuple(map(str, given))) if isinstance(given, list | tuple) else given


FLAG: Final = OptionKind("bool", "True or False", lambda value: isinstance(value, bool))


def whole(lowest: int, highest: int | None = None, *, of: str | None = None) -> OptionKind:
    """A whole number, of something, from `lowest` up."""
    what = "" if of is None else f" of {of}"
    return OptionKind(
        "int",
        f"a whole number{what}, {_limits(lowest, highest)}",
        lambda value: _is_whole(value, lowest, highest),
    )


SEED: Final = OptionKind(
    "int | None",
    "None or a whole number, at least 0",
    lambda value: value is None or _is_whole(value, lowest=0),
)

ENERGY_J: Final = OptionKind("float", "0 or more joules", _is_amount, "J")

POWERS_W: Final = OptionKind(
    "tuple[float, ...] | list[float] | None",
    "None or a list of five powers, each 0 or more watts",
    lambda value: value is None or _are_powers(value),
    "W",
    read=lambda given: tuple(given) if isinstance(given, list) else given,
    written="[6e-5, 5e-5, 4e-4, 1e-4, 6e-4]",
)

DURATION_S: Final = OptionKind(
    "float",
    f"0 or more seconds, at most {LONGEST_S}",
    lambda value: _is_amount(value, LONGEST_S),
    "s",
)

RATE_HZ: Final = OptionKind(
    "int",
    f"a whole number of Hz, at least 1 and at most {FASTEST_LIMIT_HZ}",
    lambda value: _is_whole(value, 1, FASTEST_LIMIT_HZ),
    "Hz",
)

RATES_HZ: Final = OptionKind(
    "Range | list[int]",
    f"a Range within {Range(1, FASTEST_RATE_HZ)} Hz, of which no limit is above "
    f"{FASTEST_LIMIT_HZ} Hz but that one",
    _is_rate_range,
    "Hz",
    read=_read_rates,
    written="[1, 1000]",
)

ADDRESSES: Final = OptionKind(
    "AddressLayout | LinearAddresses | list[str]",
    "an AddressLayout, or LinearAddresses",
    lambda value: isinstance(value, AddressLayout | LinearAddresses),
    read=_read_layout,
    written='["c", "x", "y"]',
)


@attrs.frozen
class OptionNotes:
    """What the table of options says of a field beyond its name and its default.

    Attributes:
        kind: its values.
        certainty: how surely real boards are like the default; None where it is not about them.
        summary: what it decides, in one sentence.
        why: what the default rests on.
    """

    kind: OptionKind
    certainty: Certainty | None
    summary: str
    why: str = ""


_NOTES: Final = "option"


def option(
    kind: OptionKind, default: object, certainty: Certainty | None, summary: str, why: str = ""
) -> Any:
    """A field of attrs that takes just the values of that kind, and has these notes."""
    notes = OptionNotes(kind, certainty, summary, why)
    return attrs.field(default=default, validator=kind, metadata={_NOTES: notes})


def notes_of(field: attrs.Attribute[Any]) -> OptionNotes:
    """The notes of a field that `option` made."""
    notes: OptionNotes = field.metadata[_NOTES]
    return notes
