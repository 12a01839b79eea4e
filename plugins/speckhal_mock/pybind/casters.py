"""How values of C++ types come in from Python, and how Python reads them."""

from __future__ import annotations

import enum
import reprlib
from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, Generic, TypeAlias, TypeVar

import attrs

from speckhal_mock.pybind import conversions

Kept = TypeVar("Kept")
Loader: TypeAlias = Callable[[object], Kept]


class Enumeration(enum.Enum):
    """A C++ enum. pybind11's are no Python enums, and look alike but for `int()`."""

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        return int(self)


class Caster(Generic[Kept]):
    """One C++ type.

    What an object *keeps* of a value may differ from what Python gave and from what Python reads:
    tensors are kept as numpy arrays, taken as lists and read as new lists.

    Attributes:
        reads_copies: whether reading gives something else than what is kept.
    """

    reads_copies: ClassVar[bool] = False

    def initial(self, default: object) -> Kept:
        """What a new object keeps where the declaration says `default`; None says nothing."""
        raise NotImplementedError

    def loader(self, member: str) -> Loader[Kept]:
        """A function that turns what is assigned to `member` into what is kept.

        It raises TypeError, naming `member`, for what does not fit.
        """
        raise NotImplementedError

    def read(self, kept: Kept) -> object:
        """What Python gets for the member: what is kept, if nothing else is said."""
        return kept

    def copy(self, kept: Kept) -> Kept:
        """What a copy of the object keeps."""
        return kept

    def renew(self, _kept: Kept, loaded: Kept) -> Kept:
        """What is kept once `loaded` is assigned; references into the old stay live."""
        return loaded

    def to_json(self, kept: Kept) -> object:
        """What stands in the JSON document: what Python reads, if nothing else is said."""
        return self.read(kept)

    def from_json(self, document: object, member: str) -> Kept:
        """What is kept of what stood in the JSON document: as if it were assigned.

        Raises:
            TypeError: it does not fit.
        """
        return self.loader(member)(document)

    def describe(self, kept: Kept) -> str:
        """The value as the repr of its object shows it."""
        return str(kept)


def misfit(member: str, wanted: str, value: object) -> TypeError:
    """The error for a `value` that `member` cannot take."""
    return TypeError(f"{member} takes {wanted}, not {reprlib.repr(value)}.")


@attrs.frozen
class Integer(Caster[int]):
    """A whole number of `bits` bits, in two's complement where it is `signed`."""

    bits: int
    signed: bool = False

    @property
    def lowest(self) -> int:
        """The least value that fits."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """The greatest value that fits."""
        return (1 << (self.bits - self.signed)) - 1

    def initial(self, default: object) -> int:
        """The declared number, or 0."""
        return default if isinstance(default, int) else 0

    def loader(self, member: str) -> Loader[int]:
        """Takes what `conversions.whole_number` does, if it is in range."""
        lowest, highest = self.lowest, self.highest

        def load(value: object) -> int:
            if type(value) is int and lowest <= value <= highest:
                return value
            number = conversions.whole_number(value)
            if number is None or not lowest <= number <= highest:
                raise misfit(member, f"an integer in {lowest}..{highest}", value)
            return number

        return load


@attrs.frozen
class Boolean(Caster[bool]):
    """A truth value, printed as 0 or 1, as C++ does."""

    def initial(self, default: object) -> bool:
        """The declared value, or False."""
        return default is True

    def loader(self, member: str) -> Loader[bool]:
        """Takes what `conversions.truth` does."""

        def load(value: object) -> bool:
            if value is True or value is False:
                return value
            made = conversions.truth(value)
            if made is None:
                raise misfit(member, "a bool, 0 or 1, or another number", value)
            return made

        return load

    def describe(self, kept: int) -> str:
        """0 or 1, as C++ prints a bool."""
        return str(int(kept))


@attrs.frozen
class Vector(Caster[tuple[int, ...]]):
    """Integers, any number of them, kept as a tuple and read as a new list."""

    item: Integer
    reads_copies: ClassVar[bool] = True

    def initial(self, _default: object) -> tuple[int, ...]:
        """An empty tuple, whatever is declared."""
        return ()

    def loader(self, member: str) -> Loader[tuple[int, ...]]:
        """Takes what `conversions.items` does, of what is an integer each."""
        load_item = self.item.loader(f"An item of {member}")

        def load(value: object) -> tuple[int, ...]:
            given = conversions.items(value)
            if given is None:
                raise misfit(member, "a list of integers", value)
            return tuple(map(load_item, given))

        return load

    def read(self, kept: tuple[int, ...]) -> list[int]:
        """The integers as a new list, so that changing it changes nothing here."""
        return list(kept)

    def describe(self, kept: tuple[int, ...]) -> str:
        """The integers in brackets, as Python shows a list."""
        return str(self.read(kept))


@attrs.frozen
class Enumerator(Caster[Enumeration]):
    """A member of an enum; as in pybind11, its number is not taken for it."""

    enumeration: type[Enumeration]

    def initial(self, default: object) -> Enumeration:
        """The declared member, or the first one."""
        first: Enumeration = next(iter(self.enumeration))
        return default if isinstance(default, self.enumeration) else first

    def loader(self, member: str) -> Loader[Enumeration]:
        """Takes members of the enum, and not their numbers or names."""

        def load(value: object) -> Enumeration:
            if isinstance(value, self.enumeration):
                return value
            wanted = f"a {self.enumeration.__module__}.{self.enumeration.__qualname__}"
            raise misfit(member, wanted, value)

        return load

    def to_json(self, kept: Enumeration) -> int:
        """The number of the member, which JSON has instead."""
        return int(kept)

    def from_json(self, document: object, member: str) -> Enumeration:
        """The member of that number."""
        for candidate in self.enumeration:
            if type(document) is int and int(candidate) == document:
                return candidate
        numbers = ", ".join(str(int(candidate)) for candidate in self.enumeration)
        raise misfit(member, f"one of the numbers {numbers}", document)

    def describe(self, kept: Enumeration) -> str:
        """The name of the member, without that of the enum."""
        return kept.name


Bool: TypeAlias = Annotated[bool, Boolean()]
U8: TypeAlias = Annotated[int, Integer(8)]
U16: TypeAlias = Annotated[int, Integer(16)]
U32: TypeAlias = Annotated[int, Integer(32)]
I8: TypeAlias = Annotated[int, Integer(8, signed=True)]
I16: TypeAlias = Annotated[int, Integer(16, signed=True)]
I32: TypeAlias = Annotated[int, Integer(32, signed=True)]
U8s: TypeAlias = Annotated[Sequence[int], Vector(Integer(8))]
U16s: TypeAlias = Annotated[Sequence[int], Vector(Integer(16))]
