"""What a value is, by content: data, functions with their code, objects made of such."""

from __future__ import annotations

import contextlib
import copyreg
import functools
import hashlib
import inspect
import json
import sys
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
)
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from speckhal.runs.sweep.global_data import global_data, place_of
from speckhal.runs.sweep.networks import is_library
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Each: TypeAlias = "Callable[[Any], list[object]]"
"""Describes each of several values that another one is made of."""

_PLAIN: Final = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))

_NOT_OF_A_CLASS: Final = frozenset(
    {
        "__dict__",
        "__weakref__",
        "__doc__",
        "__module__",
        "__qualname__",
        "__slotnames__",
        "__firstlineno__",
        "__static_attributes__",
        "__annotations__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__abstractmethods__",
        "_abc_impl",
    }
)
"""Of a class's own names, what says nothing of what it does, or is a cache."""


class Nameless(Exception):
    """Something is no plain data and not made of it; the text says what."""


def described(value: object) -> object:
    """What a value is, by content, as data for JSON: the same in another process.

    A function has both its code and its text in it.

    Raises:
        Nameless: it holds something that cannot be described so, such as an open file.
    """
    try:
        return _described(value, ())
    except RecursionError:
        raise Nameless("data that is too deep") from None


def _described(value: object, above: tuple[object, ...]) -> object:
    kind = type(value)
    name = ".".join(place_of(kind))
    if kind in _PLAIN:
        return [name, repr(value)]
    for depth, one in enumerate(reversed(above)):
        if one is value:
            return ["above", depth]
    within = (*above, value)

    def each(values: Any) -> list[object]:
        return [_described(one, within) for one in values]

    of_kind = _EXACTLY.get(kind)
    if of_kind is None:
        of_kind = next((of for family, of in _FAMILIES if issubclass(kind, family)), _of_object)
    return [name, of_kind(value, each)]


def _of_set(value: Any, each: _Each) -> object:
    return sorted(each(value), key=json.dumps)


def _of_array(value: Any, each: _Each) -> object:
    array = np.asarray(value)
    if array.dtype.hasobject:
        return [str(array.dtype), each([array.tolist()])]
    content = hashlib.sha256(array.tobytes()).hexdigest()
    return [str(array.dtype), list(array.shape), content]


def _of_function(function: Any, each: _Each) -> object:
    """A function: of a library, its name is enough, unless it has data of its own."""
    name = place_of(function)
    cells = function.__closure__ or ()
    if not cells and not vars(function) and _is_known(function):
        return name
    # an empty cell: of a function that is defined further down
    enclosed = [getattr(cell, "cell_contents", None) for cell in cells]
    data = [function.__defaults__, function.__kwdefaults__, enclosed, vars(function)]
    code = [code_of(function.__code__), text_of(function)]
    return [name, *code, each(data), described(global_data(function))]


def code_of(code: CodeType) -> object:
    """What a code does; not where it stands, nor its comments."""
    constants = [
        code_of(one) if isinstance(one, CodeType) else described(one) for one in code.co_consts
    ]
    names = [code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars]
    counts = [code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags]
    caught = getattr(code, "co_exceptiontable", b"")
    return [code.co_name, code.co_code.hex(), caught.hex(), constants, names, counts]


def _of_class(kind: Any, each: _Each) -> object:
    """A class: of a library its name, else what it defines too."""
    name = place_of(kind)
    if _is_known(kind):
        return name
    own = {
        key: value
        for key, value in vars(kind).items()
        if key not in _NOT_OF_A_CLASS
        and not isinstance(value, GetSetDescriptorType | MemberDescriptorType)
        and not _is_of_attrs(value)
    }
    return [name, each(kind.__bases__), each(sorted(own.items(), key=lambda item: item[0]))]


def _is_of_attrs(value: object) -> bool:
    """Whether attrs made a method, from attributes that count; its hash is another in a process."""
    code = getattr(value, "__code__", None)
    return isinstance(code, CodeType) and code.co_filename.startswith("<attrs generated")


def _of_object(value: Any, each: _Each) -> object:
    """Any other object, by what pickle would take of it."""
    try:
        is_tensor = isinstance(value, getattr(sys.modules.get("torch"), "Tensor", ()))
        if is_tensor:
            return each([np.asarray(value.detach().cpu())])  # pickle takes more than its values
        registered = copyreg.dispatch_table.get(type(value))
        reduced = registered(value) if registered else value.__reduce_ex__(4)
    except Exception as error:  # whatever a stranger's class raises
        if is_interrupt(error):
            raise
        raise Nameless(_shown(value)) from error
    if isinstance(reduced, str):  # a name of its module
        name = getattr(value, "__module__", None)
        return [str(name), reduced, each([getattr(value, "__wrapped__", None)])]
    make, arguments, state, listed, mapped = (*reduced, None, None, None, None)[:5]
    return each([make, arguments, state, [*(listed or ())], [*(mapped or ())]])


def text_of(function: FunctionType) -> str:
    """The text of a function as its file has it now; empty where there is none."""
    with contextlib.suppress(OSError, TypeError, SyntaxError):  # such as one that was typed in
        # not of what it wraps
        return "".join(inspect.getsourcelines(function.__code__)[0])
    return ""


def _is_known(value: FunctionType | type) -> bool:
    """Whether it belongs to Python, speckhal or a library, whose versions say what it is."""
    module = (value.__module__ or "").partition(".")[0]
    if module == "speckhal":
        return True
    if module in {"__main__", "__mp_main__"}:  # of Dask's worker, __main__ is a file of Dask
        return False
    try:
        return is_library(Path(inspect.getfile(value)))
    except OSError:  # a class that was typed in
        return False
    except TypeError:  # built in
        return True


def _shown(value: object) -> str:
    return f"an object of {type(value).__module__}.{type(value).__qualname__}"


_EXACTLY: Final[Mapping[type, Callable[[Any, _Each], object]]] = {
    tuple: lambda value, each: each(value),
    list: lambda value, each: each(value),
    dict: lambda value, each: each(value.items()),
    MappingProxyType: lambda value, each: each(value.items()),
    set: _of_set,
    frozenset: _of_set,
    np.ndarray: _of_array,
    CodeType: lambda value, _: code_of(value),
    FunctionType: _of_function,
    ModuleType: lambda value, _: value.__name__,
    MethodType: lambda value, each: each([value.__func__, value.__self__]),
    BuiltinFunctionType: lambda value, each: [value.__qualname__, each([value.__self__])],
    MethodWrapperType: lambda value, each: [value.__qualname__, each([value.__self__])],
    property: lambda value, each: each([value.fget, value.fset, value.fdel]),
    functools.cached_property: lambda value, each: each([value.func]),  # it may have a lock
    staticmethod: lambda value, each: each([value.__func__]),
    classmethod: lambda value, each: each([value.__func__]),
}

_FAMILIES: Final[tuple[tuple[type, Callable[[Any, _Each], object]], ...]] = (
    (type, _of_class),
    (np.generic, _of_array),
)
