"""The data behind the global names that a function reads: constants, and not what it calls."""

from __future__ import annotations

import dataclasses
import dis
import enum
import sys
from pathlib import PurePath
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
import numpy as np

from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FunctionType

_Each: TypeAlias = "Callable[[Any], list[object]]"
"""Gives the data of each of several values that another one is made of."""

_AS_IT_IS: Final = (type(None), bool, int, float, complex, str, bytes, range, np.generic)

_READS: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
"""Instructions that look a name up in the module; `co_names` has attributes too."""


def global_data(function: FunctionType) -> list[tuple[str, object]]:
    """What stands behind the global names that a function reads, as plain data, by name.

    Modules, functions, classes and all that is no data stand there by their name alone. Names such
    as `__file__` say where a module is, and not what its functions do; pytest's begin with @.
    """
    found = function.__globals__
    names = {*names_read_by(function.__code__)} & found.keys()
    return [
        (name, _data_of(found[name])) for name in sorted(names) if not name.startswith(("__", "@"))
    ]


def place_of(value: Any) -> list[str]:
    """Module and name within it; a script is one module, also where a process imports it anew."""
    module = str(getattr(value, "__module__", None))
    return ["__main__" if module == "__mp_main__" else module, value.__qualname__]


def _data_of(value: object) -> object:
    try:
        return _data(value, ())
    except Exception as error:  # whatever a stranger's object raises, or is too deep
        if is_interrupt(error):
            raise
        return type(value).__qualname__


def names_read_by(code: CodeType) -> Iterator[str]:
    """The global names that a function reads, and those within it; a name may come twice."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in _READS:
            yield instruction.argval
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from names_read_by(one)


def _data(value: Any, above: tuple[int, ...]) -> object:
    """A value with everything in it that is no data replaced by its name."""
    kind = type(value)
    name = ".".join(place_of(kind))
    if id(value) in above:
        return ("above", above.index(id(value)))
    within = (*above, id(value))

    def each(values: Any) -> list[object]:
        return [_data(one, within) for one in values]

    if kind in _AS_IT_IS or isinstance(value, np.generic):
        return value
    for family, data_of in _FAMILIES:
        if isinstance(value, family):
            return (name, data_of(value, each))
    return (name, _of_object(value, each))


def _of_array(value: Any, each: _Each) -> object:
    return each([value.tolist()]) if value.dtype.hasobject else np.asarray(value)


def _of_object(value: Any, each: _Each) -> object:
    """A tensor, the fields of a data class, the name of a function or a class, or nothing."""
    if isinstance(getattr(value, "__qualname__", None), str):
        return place_of(value)
    tensor: Any = getattr(sys.modules.get("torch"), "Tensor", ())
    if isinstance(value, tensor):
        return np.asarray(value.detach().cpu())
    fields: list[Any] = []
    if attrs.has(type(value)):
        fields = [*attrs.fields(type(value))]
    elif dataclasses.is_dataclass(value):
        fields = [*dataclasses.fields(value)]
    return each(getattr(value, one.name, None) for one in fields)


_FAMILIES: Final[tuple[tuple[Any, Callable[[Any, _Each], object]], ...]] = (
    (ModuleType, lambda value, _: value.__name__),
    (type, lambda value, _: place_of(value)),
    (enum.Enum, lambda value, _: value.name),
    (PurePath, lambda value, _: str(value)),
    (np.ndarray, _of_array),
    (dict, lambda value, each: each(one for item in value.items() for one in item)),
    (set | frozenset, lambda value, each: sorted(each(value), key=repr)),
    (tuple | list, lambda value, each: each(value)),
)
