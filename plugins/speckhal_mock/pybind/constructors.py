"""Constructors of events: as quick as Python can be where whole numbers and truth values are given.

Programs make events by the million, most often by name and of plain numbers. So each class whose
members are all numbers gets a constructor that is written for it, which stores what fits at once
and leaves everything else to the one that all classes have.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from speckhal_mock.pybind.casters import Boolean, Integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speckhal_mock.pybind.fields import Field

    Construct = Callable[..., None]
    Stores = Sequence[Callable[[Any, object], None]]


def constructor(fields: Sequence[Field], stores: Stores, owner: str) -> Construct:
    """The `__init__` of a class with these members, which checks what it is given.

    Args:
        fields: its members, in the order of arguments.
        stores: what writes each member, unchecked.
        owner: the full name of the class, for messages.
    """
    construct = _for_any(fields, stores, owner)
    if fields and all(isinstance(field.caster, Integer | Boolean) for field in fields):
        construct = _for_numbers(fields, stores, construct)
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter(field.name, either, default=field.initial()) for field in fields
    ]
    construct.__dict__["__signature__"] = inspect.Signature(
        [inspect.Parameter("self", either), *parameters]
    )
    construct.__name__, construct.__qualname__ = "__init__", f"{owner}.__init__"
    return construct


def _for_any(fields: Sequence[Field], stores: Stores, owner: str) -> Construct:
    """Takes whatever the members take, and says what is wrong with the rest."""
    names = [field.name for field in fields]
    loads = [field.load for field in fields]
    initials = [field.initial() for field in fields]

    def arranged(given: Sequence[object], named: Mapping[str, object]) -> list[object]:
        if len(given) > len(names):
            raise TypeError(
                f"{owner}() takes at most {len(names)} arguments ({', '.join(names)}), "
                f"not {len(given)}."
            )
        values = [*given, *initials[len(given) :]]
        for name, item in named.items():
            if name not in names:
                raise TypeError(f"{owner}() has no argument {name!r}, only {', '.join(names)}.")
            if name in names[: len(given)]:
                raise TypeError(f"{owner}() was given {name!r} twice, by position and by name.")
            values[names.index(name)] = item
        return values

    def construct(self: object, *given: object, **named: object) -> None:
        values: Sequence[object] = given
        if named or len(given) != len(names):
            values = arranged(given, named)
        for store, load, item in zip(stores, loads, values, strict=True):
            store(self, load(item))

    return construct


def _for_numbers(fields: Sequence[Field], stores: Stores, otherwise: Construct) -> Construct:
    """The same for members that are all numbers: quick where they fit, else as `otherwise`."""
    names = [field.name for field in fields]
    parameters = ", ".join(f"{field.name}={field.initial()!r}" for field in fields)
    fit = " and ".join(map(_fits, fields))
    lines = [
        f"def made({', '.join(f'store_{name}' for name in names)}, otherwise):",
        f"    def construct(self, {parameters}, *more, **named):",
        f"        if {fit} and not more and not named:",
        *(f"            store_{name}(self, {name})" for name in names),
        "        else:",
        f"            otherwise(self, {', '.join(names)}, *more, **named)",
        "    return construct",
    ]
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)  # noqa: S102  # of our own members' names, as attrs does it

    construct: Construct = namespace["made"](*stores, otherwise)
    return construct


def _fits(field: Field) -> str:
    """The condition, as a text, that an argument can be stored as it is."""
    name, caster = field.name, field.caster
    if isinstance(caster, Integer):
        return f"{name}.__class__ is int and {caster.lowest} <= {name} <= {caster.highest}"
    return f"{name}.__class__ is bool"
