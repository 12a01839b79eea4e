"""The members of a class, in C++ declaration order, and what follows from knowing them."""

from __future__ import annotations

import json
import reprlib
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal_mock.pybind.casters import Caster, Loader

T = TypeVar("T")


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
        """What a new object keeps of this member, by its type and what is declared."""
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
    """The JSON object of what is kept: each member by its name."""
    return {
        field.name: field.caster.to_json(value) for field, value in zip(fields, kept, strict=True)
    }


def from_document(fields: Sequence[Field], document: object, owner: str) -> list[object]:
    """What is kept of a JSON object.

    Raises:
        TypeError: it is not an object with exactly these members, or a value does not fit.
    """
    names = [field.name for field in fields]
    if not isinstance(document, dict) or document.keys() != set(names):
        raise TypeError(
            f"A {owner} is written as an object with the members {', '.join(names) or '(none)'}, "
            f"not as {reprlib.repr(document)}."
        )
    return [
        field.caster.from_json(document[field.name], f"{owner}.{field.name}") for field in fields
    ]


def read_json(text: object, owner: str, convert: Callable[[object], T]) -> T:
    """What `convert` makes of the document that JSON text contains.

    What the vendor's text looks like is not public; ours reads what it wrote.

    Raises:
        TypeError: `text` is not a str.
        RuntimeError: it is not the text of such an object. The vendor's parser throws a C++
            runtime_error, which is this in Python.
    """
    if not isinstance(text, str):
        raise TypeError(f"{owner}.from_json takes a str, not {text!r}.")
    try:
        return convert(json.loads(text))
    except (ValueError, TypeError) as error:
        raise RuntimeError(f"{owner}.from_json cannot use this text. {error}") from error
