"""What is known about a chip, with where it is known from and how surely."""

from __future__ import annotations

import enum
from typing import Generic, TypeVar

import attrs

T_co = TypeVar("T_co", covariant=True)


class Certainty(enum.Enum):
    """How a fact is known, from the surest to the least sure."""

    MEASURED = "measured on hardware"
    STATED = "stated by the vendor"
    READ = "read from public code"
    INFERRED = "inferred"
    ASSUMED = "assumed"


def _has_text(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    """Refuse a fact without a source: it could not be checked by anyone."""
    if not value.strip():
        raise ValueError(f"{attribute.name} of {type(instance).__name__} must not be empty.")


@attrs.frozen
class Fact(Generic[T_co]):
    """One value with its source.

    Attributes:
        value: the value, in the unit that the field's name gives.
        source: where it is written or was measured; never empty.
        certainty: how it is known there.
    """

    value: T_co
    source: str = attrs.field(validator=_has_text)
    certainty: Certainty = Certainty.STATED


@attrs.frozen
class Erratum:
    """A known fault of the chip, what it means for a user, and where it is written."""

    name: str = attrs.field(validator=_has_text)
    consequence: str = attrs.field(validator=_has_text)
    source: str = attrs.field(validator=_has_text)
    certainty: Certainty = Certainty.STATED


@attrs.frozen
class Range:
    """Whole numbers from `lowest` to `highest`, both included."""

    lowest: int
    highest: int = attrs.field()

    @highest.validator
    def _is_not_below_lowest(self, _attribute: attrs.Attribute[int], highest: int) -> None:
        if highest < self.lowest:
            raise ValueError(f"A range from {self.lowest} to {highest} holds no number.")

    def __contains__(self, value: int) -> bool:
        return self.lowest <= value <= self.highest

    def __str__(self) -> str:
        return f"{self.lowest}..{self.highest}"
