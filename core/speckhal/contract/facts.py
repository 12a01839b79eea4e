"""What is known about a chip, with where it is known from and how surely."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, get_args

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.address import Shape

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


def _is_one_of(
    choices: object,
) -> Callable[[object, attrs.Attribute[str | None], str | None], None]:
    def check(instance: object, attribute: attrs.Attribute[str | None], value: str | None) -> None:
        if value is not None and value not in get_args(choices):
            possible = ", ".join(map(repr, get_args(choices)))
            raise ValueError(
                f"{attribute.name} of {type(instance).__name__} is {value!r}; it must be one of "
                f"{possible}, or None."
            )

    return check


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


Affected: TypeAlias = Literal["leak", "readout", "spikes", "thresholds"]
"""What goes wrong by an erratum, as far as software asks for it."""

LayerTrait: TypeAlias = Literal["every dimension is a power of two"]
"""What is true of some layers, by the shape of their neurons."""


def has_trait(trait: LayerTrait, shape: Shape) -> bool:
    """Whether a layer of that shape, (channels, height, width), has the trait."""
    match trait:
        case "every dimension is a power of two":
            return all(size & (size - 1) == 0 for size in shape)


@attrs.frozen
class Erratum:
    """A known fault of the chip, what it means for a user, and where it is written.

    Attributes:
        name: what is at fault, in a few words.
        consequence: what that means, and what to do.
        source: where it is written or was measured; never empty.
        certainty: how it is known there.
        affects: what goes wrong by it; None where no software acts on it.
        cores: on which cores; None for all of them.
        unless: a trait of layers that are not affected; None where every layer is.
    """

    name: str = attrs.field(validator=_has_text)
    consequence: str = attrs.field(validator=_has_text)
    source: str = attrs.field(validator=_has_text)
    certainty: Certainty = Certainty.STATED
    affects: Affected | None = attrs.field(default=None, validator=_is_one_of(Affected))
    cores: tuple[int, ...] | None = None
    unless: LayerTrait | None = attrs.field(default=None, validator=_is_one_of(LayerTrait))

    def applies_to(self, core: int, shape: Shape) -> bool:
        """Whether a layer on that core is affected.

        Args:
            core: index of the core.
            shape: (channels, height, width) of the layer's neurons.
        """
        is_there = self.cores is None or core in self.cores
        return is_there and not (self.unless is not None and has_trait(self.unless, shape))


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

    def in_words(self) -> str:
        """As in a sentence: "2 to 16", or "2" where it holds no other number."""
        return f"{self.lowest}" + f" to {self.highest}" * (self.highest > self.lowest)
