"""The members of a class, in C++ declaration order, and what follows from knowing them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from speckhal_mock.pybind import documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_mock.pybind.casters import Caster, Loader


@attrs.frozen
class Field:
    """One member of a class.

    Attributes:
        name: in Python.
        caster: its C++ type. Any, because the members of a class are of many types.
        default: as declared; None where nothing is declared.
        load: turns what is assigned into what is kept, or raises TypeError.
    """

    name: str
    caster: Caster[Any]
    default: object
    load: Loader[object]

    def initial(self) -> object:
        """What a new object keeps."""
        return self.caster.initial(self.default)


def full_name(owner: type[object]) -> str:
    """As the vendor's error messages say it: `samna.speck2f.event.Spike`."""
    return f"{owner.__module__}.{owner.__qualname__}"


def no_attribute(instance: object, name: str) -> AttributeError:
    """The error for a name that the class does not have, worded as pybind11's."""
    return AttributeError(f"{full_name(type(instance))!r} object has no attribute {name!r}")


def describe(instance: object, fields: Sequence[Field], kept: Sequence[object]) -> str:
    """As the vendor prints it: `speck2f::event::ReadNeuronValue(layer=0, address=2)`."""
    name = full_name(type(instance)).removeprefix("samna.").replace(".", "::")
    shown = (
        f"{field.name}={field.caster.describe(value)}"
        for field, value in zip(fields, kept, strict=True)
    )
    return f"{name}({', '.join(shown)})"


def to_document(fields: Sequence[Field], kept: Sequence[object]) -> dict[str, object]:
    """The JSON object of what is kept."""
    return {
        documents.camel_case(field.name): field.caster.to_json(value)
        for field, value in zip(fields, kept, strict=True)
    }


def from_document(fields: Sequence[Field], document: object, owner: str) -> list[object]:
    """What is kept of a JSON object.

    Raises:
        TypeError: it lacks a key, has one too many, or a value does not fit.
    """
    keys = {documents.camel_case(field.name): field for field in fields}
    values = documents.members(document, keys, f"A {owner}")
    return [
        field.caster.from_json(values[key], f"{owner}.{field.name}") for key, field in keys.items()
    ]
