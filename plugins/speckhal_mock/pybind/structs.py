"""Configurations: nested objects with pybind11's way of handing out references."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar, cast

import numpy as np

from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.fields import (
    Field,
    describe,
    from_document,
    full_name,
    no_attribute,
    read_json,
    to_document,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from speckhal_mock.pybind.tensors import Words

T = TypeVar("T")


class Struct:
    """What every configuration class has: a default constructor, members of C++ types, JSON.

    Members that are structs are handed out as live references and taken by value: assigning one
    copies it in, and whoever holds a reference to the member sees the new values. A dict of
    members does as well; what it does not mention gets its default.

    Two are equal if they are of one class and equal member by member; none can be hashed.
    """

    _fields: ClassVar[dict[str, Field]]
    _kept: dict[str, Any]

    def __init__(self) -> None:
        initial = {name: field.initial() for name, field in self._fields.items()}
        object.__setattr__(self, "_kept", initial)

    def to_json(self) -> str:
        """All values as JSON text."""
        return json.dumps(document_of(self), indent=4)

    def from_json(self, arg0: str, /) -> None:
        """Fill this from JSON text; all of it or, after an error, nothing.

        Raises:
            RuntimeError: the text is not that of such an object.
        """
        cls, owner = type(self), full_name(type(self))
        become(self, read_json(arg0, owner, lambda document: parsed(cls, document, owner)))

    def _was_set(self, name: str) -> None:
        """Do what else the vendor's setter of `name` does."""

    def __copy__(self) -> Self:
        return copied(type(self), self)

    def __deepcopy__(self, _memo: object) -> Self:
        return self.__copy__()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {full_name(type(self))} cannot be pickled. Its to_json() text can.")

    __hash__ = None  # type: ignore[assignment]  # as pybind11 has it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and document_of(self) == document_of(other)

    def __repr__(self) -> str:
        return describe(self, tuple(self._fields.values()), tuple(self._kept.values()))

    if not TYPE_CHECKING:  # a checker would take any attribute for one that exists

        def __getattr__(self, name: str) -> NoReturn:
            raise no_attribute(self, name)

        def __setattr__(self, name: str, value: object) -> None:
            if name not in self._fields:
                raise no_attribute(self, name)
            object.__setattr__(self, name, value)


AnyStruct = TypeVar("AnyStruct", bound=Struct)


def fields_of(struct_class: type[Struct]) -> Mapping[str, Field]:
    """The members of a class, by name."""
    return struct_class._fields


def kept_by(struct: Struct) -> dict[str, Any]:
    """What `struct` keeps, by member."""
    return struct._kept  # noqa: SLF001  # the one place that reads it from outside


def array_of(struct: object, member: str) -> Words:
    """A tensor member as an array, without a detour over lists if `struct` is one of ours.

    What comes from the emulation must not be written to.
    """
    if isinstance(struct, Struct):
        words: Words = kept_by(struct)[member]
        return words
    return np.asarray(getattr(struct, member), dtype=np.int16)


def become(struct: Struct, other: Struct) -> None:
    """Copy every value of `other`, of the same class, into the members of `struct`."""
    kept = kept_by(struct)
    for name, value in kept_by(other).items():
        caster = fields_of(type(struct))[name].caster
        kept[name] = caster.renew(kept[name], value)


def copied(struct_class: type[AnyStruct], struct: AnyStruct) -> AnyStruct:
    """A struct of that class with the values of `struct`, which is of it too or of a subclass."""
    kept = kept_by(struct)
    values = {
        name: field.caster.copy(kept[name]) for name, field in fields_of(struct_class).items()
    }
    made = struct_class.__new__(struct_class)  # its members need no defaults
    object.__setattr__(made, "_kept", values)
    return made


def taken(struct_class: type[AnyStruct], value: object, member: str) -> AnyStruct:
    """A new struct, from another of that class or a dict of its members, to assign to `member`.

    Raises:
        TypeError: it is neither, or the dict has something that does not fit.
    """
    if isinstance(value, struct_class):
        return copied(struct_class, value)
    if not isinstance(value, dict):
        raise misfit(member, f"a {full_name(struct_class)} or a dict of its members", value)
    made = struct_class()
    for name, item in value.items():
        if name not in fields_of(struct_class):
            known = ", ".join(fields_of(struct_class)) or "none"
            raise TypeError(f"A {full_name(struct_class)} has no member {name!r}, only {known}.")
        setattr(made, name, item)
    return made


def expect(value: object, struct_class: type[AnyStruct], function: str) -> AnyStruct:
    """`value`, if it is of that class or the vendor's own of that name.

    Raises:
        TypeError: it is neither.
    """
    if full_name(type(value)) != full_name(struct_class):
        raise misfit(f"{function}()", f"a {full_name(struct_class)}", value)
    return cast("AnyStruct", value)


def document_of(struct: Struct) -> dict[str, object]:
    """All values, as they stand in JSON."""
    return to_document(tuple(fields_of(type(struct)).values()), tuple(kept_by(struct).values()))


def parsed(struct_class: type[AnyStruct], document: object, owner: str) -> AnyStruct:
    """A new struct from what stood in JSON.

    Raises:
        TypeError: `document` is not what `document_of` gives.
    """
    fields = fields_of(struct_class)
    values = from_document(tuple(fields.values()), document, owner)
    made = struct_class()
    kept_by(made).update(zip(fields, values, strict=True))
    return made


def make_struct_class(
    template: type[T], names: Mapping[str, str], fields: Sequence[Field]
) -> type[T]:
    """The class of `template` with a property for each of `fields`.

    Args:
        template: a subclass of `Struct` with annotated members.
        names: `__module__`, `__qualname__` and `__doc__` of the class.
        fields: its members.
    """
    namespace: dict[str, object] = {
        **names,
        "_fields": {field.name: field for field in fields},
        **{field.name: _property(field) for field in fields},
    }
    made: type[T] = type(names["__qualname__"], (template,), namespace)
    return made


def _property(field: Field) -> property:
    def read(self: Struct) -> object:
        return field.caster.read(kept_by(self)[field.name])

    def write(self: Struct, value: object) -> None:
        kept = kept_by(self)
        kept[field.name] = field.caster.renew(kept[field.name], field.load(value))
        self._was_set(field.name)

    return property(read, write)
