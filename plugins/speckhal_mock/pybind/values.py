"""Events: small objects with a few integers each, of which there are many."""

from __future__ import annotations

import gc
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeAlias, TypeVar

import attrs

from speckhal_mock.pybind.constructors import constructor
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
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform() -> Callable[[T], T]:
        """What a type checker must know of the decorator; nothing while the program runs."""
        return lambda decorator: decorator


T = TypeVar("T")
AnyValue = TypeVar("AnyValue", bound="Value")
Store: TypeAlias = Callable[[Any, object], None]


@attrs.frozen
class Layout:
    """How a class of events keeps its members.

    Attributes:
        fields: by name, in C++ declaration order, which is that of positional arguments.
        stores: what writes each member, unchecked, in the same order.
        kept: gives all that an object keeps, in the same order.
    """

    fields: Mapping[str, Field]
    stores: Sequence[Store]
    kept: Callable[[Any], tuple[object, ...]]


class Value:
    """What every event class has: a constructor, members of C++ types, equality, a repr.

    Two events are equal if they are of one class and equal member by member. As with every class
    to which pybind11 gives an `==`, they cannot be hashed.
    """

    __slots__ = ()
    _layout: ClassVar[Layout]

    __hash__ = None  # type: ignore[assignment]  # as pybind11 has it

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._layout.kept(self) == self._layout.kept(other)

    def __repr__(self) -> str:
        return describe(self, tuple(self._layout.fields.values()), self._layout.kept(self))

    def __reduce__(self) -> tuple[type[Value], tuple[object, ...]]:
        return type(self), self._layout.kept(self)

    if not TYPE_CHECKING:  # a checker would take any attribute for one that exists

        def __getattr__(self, name: str) -> NoReturn:
            raise no_attribute(self, name)

        def __setattr__(self, name: str, value: object) -> None:
            field = self._layout.fields.get(name)
            if field is None:
                raise no_attribute(self, name)
            object.__setattr__(self, name, field.load(value))

        def __delattr__(self, name: str) -> NoReturn:
            raise AttributeError(f"{name!r} of a {full_name(type(self))} cannot be deleted.")


class Record(Value):
    """An event that can be written as JSON: any but those without members."""

    __slots__ = ()

    def to_json(self) -> str:
        """The event as JSON text."""
        layout = self._layout
        document = to_document(tuple(layout.fields.values()), layout.kept(self))
        return json.dumps(document, indent=4)

    def from_json(self, arg0: str, /) -> None:
        """Fill this event from JSON text; all of it or, after an error, nothing.

        Raises:
            RuntimeError: the text is not that of such an event.
        """
        layout, owner = self._layout, full_name(type(self))
        fields = tuple(layout.fields.values())
        kept = read_json(arg0, owner, lambda document: from_document(fields, document, owner))
        for store, value in zip(layout.stores, kept, strict=True):
            store(self, value)


@dataclass_transform()
def value(template: type[T]) -> type[T]:
    """Declare an event class that `Binder` can make each chip's own class of."""
    body = {name: item for name, item in vars(template).items() if name != "__dict__"}
    # without slots, even empty ones, every event would have room for attributes of any name
    declared: type[T] = type(template.__name__, template.__bases__, {**body, "__slots__": ()})
    return declared


def make_value_class(
    template: type[T], names: Mapping[str, str], fields: Sequence[Field]
) -> type[T]:
    """The class of `template` with slots for `fields`.

    Args:
        template: declared with `value`.
        names: `__module__`, `__qualname__` and `__doc__` of the class.
        fields: its members.
    """
    slots = [f"_{field.name}" if field.caster.reads_copies else field.name for field in fields]
    namespace: dict[str, object] = {**names, "__slots__": tuple(slots)}
    for field, slot in zip(fields, slots, strict=True):
        if field.caster.reads_copies:
            namespace[field.name] = _copying_property(field, slot)
    made: Any = type(names["__qualname__"], (template,), namespace)
    stores: list[Store] = [vars(made)[field.name].__set__ for field in fields]
    made.__init__ = constructor(fields, stores, f"{names['__module__']}.{names['__qualname__']}")
    made._layout = Layout({field.name: field for field in fields}, stores, _getter(slots))  # noqa: SLF001  # ours
    bound: type[T] = made
    return bound


def make_many(event_class: type[AnyValue], *columns: Sequence[object]) -> list[AnyValue]:
    """One event per row of `columns`, much faster than by the constructor and unchecked.

    Args:
        event_class: a chip's event class.
        columns: one per member, in declaration order, of plain ints and bools that fit.

    Raises:
        ValueError: there are not as many columns as members, or they differ in length.
    """
    layout = event_class._layout  # noqa: SLF001  # ours
    lengths = set(map(len, columns))
    if len(columns) != len(layout.fields) or len(lengths) != 1:
        raise ValueError(
            f"A {full_name(event_class)} has the members {', '.join(layout.fields) or '(none)'}: "
            f"give one column for each, all of one length, not lengths {list(map(len, columns))}."
        )
    collects = gc.isenabled()
    try:
        gc.disable()  # it would go over all of them again and again, which takes as long as this
        events = list(map(event_class.__new__, repeat(event_class, *lengths)))
        for store, column in zip(layout.stores, columns, strict=True):
            deque(map(store, events, column), maxlen=0)
    finally:
        if collects:
            gc.enable()
    return events


def _copying_property(field: Field, slot: str) -> property:
    kept = attrgetter(slot)

    def read(self: Value) -> object:
        return field.caster.read(kept(self))

    def write(self: Value, loaded: object) -> None:
        object.__setattr__(self, slot, loaded)

    return property(read, write)


def _getter(slots: Sequence[str]) -> Callable[[Any], tuple[object, ...]]:
    if len(slots) > 1:
        return attrgetter(*slots)
    return lambda event: tuple(getattr(event, slot) for slot in slots)
