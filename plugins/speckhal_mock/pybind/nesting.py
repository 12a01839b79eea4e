"""Structs inside structs: as members, and as items of fixed arrays."""

from __future__ import annotations

from typing import NoReturn

import attrs

from speckhal_mock.pybind import conversions
from speckhal_mock.pybind.casters import Caster, Loader, misfit
from speckhal_mock.pybind.fields import full_name
from speckhal_mock.pybind.structs import (
    AnyStruct,
    Struct,
    become,
    copied,
    document_of,
    parsed,
    taken,
)


class FixedArray(tuple[AnyStruct, ...]):
    """The structs of a C++ array, as live references."""

    __slots__ = ()

    def __setitem__(self, _index: object, _value: object) -> NoReturn:
        raise TypeError(
            "It is not known what samna does when one item of a fixed array is replaced. "
            "Assign to the item's members, or assign a list of all items to the array."
        )


@attrs.frozen
class Length:
    """Marks a sequence of structs as a C++ array of that length."""

    items: int


class Preset:
    """Marks a struct whose members start out otherwise than its class says."""

    def __init__(self, **values: int) -> None:
        self.values = values


@attrs.frozen
class StructCaster(Caster[Struct]):
    """A struct inside a struct."""

    struct: type[Struct]

    def initial(self, default: object) -> Struct:
        """A new one, with the values that the default, a dict, declares."""
        return taken(self.struct, default, full_name(self.struct)) if default else self.struct()

    def loader(self, member: str) -> Loader[Struct]:
        """Takes instances, by value, and dicts of members."""
        return lambda value: taken(self.struct, value, member)

    def copy(self, kept: Struct) -> Struct:
        """A new one with the same values."""
        return copied(self.struct, kept)

    def renew(self, kept: Struct, loaded: Struct) -> Struct:
        """The old one, with the values of the new."""
        become(kept, loaded)
        return kept

    def to_json(self, kept: Struct) -> object:
        """The members of the struct, by name."""
        return document_of(kept)

    def from_json(self, document: object, member: str) -> Struct:
        """A new struct with the values of the document."""
        return parsed(self.struct, document, member)


@attrs.frozen
class ArrayCaster(Caster[FixedArray[Struct]]):
    """An array of structs inside a struct."""

    item: StructCaster
    items: int

    def initial(self, default: object) -> FixedArray[Struct]:
        """All items new."""
        return FixedArray(self.item.initial(default) for _ in range(self.items))

    def loader(self, member: str) -> Loader[FixedArray[Struct]]:
        """Takes sequences of exactly that length, of instances or dicts."""
        load_item = self.item.loader(f"An item of {member}")

        def load(value: object) -> FixedArray[Struct]:
            given = conversions.items(value)
            if given is None or len(given) != self.items:
                raise misfit(member, f"a list of exactly {self.items} items", value)
            return FixedArray(map(load_item, given))

        return load

    def copy(self, kept: FixedArray[Struct]) -> FixedArray[Struct]:
        """All items new, with the same values."""
        return FixedArray(map(self.item.copy, kept))

    def renew(self, kept: FixedArray[Struct], loaded: FixedArray[Struct]) -> FixedArray[Struct]:
        """The old ones, with the values of the new."""
        for old, new in zip(kept, loaded, strict=True):
            become(old, new)
        return kept

    def to_json(self, kept: FixedArray[Struct]) -> object:
        """A list with the members of each item, by name."""
        return list(map(document_of, kept))

    def from_json(self, document: object, member: str) -> FixedArray[Struct]:
        """All items new."""
        if not isinstance(document, list) or len(document) != self.items:
            raise misfit(member, f"a list of exactly {self.items} items", document)
        return FixedArray(
            self.item.from_json(item, f"{member}[{index}]") for index, item in enumerate(document)
        )

    def describe(self, kept: FixedArray[Struct]) -> str:
        """The items in brackets, as Python shows a list."""
        return str(list(kept))
