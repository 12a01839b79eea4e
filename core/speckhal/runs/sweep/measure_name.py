"""What a function that measures is: its code and the data that it has with it, as a name."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import os
import sys
import weakref
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.runs.sweep.described import Nameless, code_of, described, text_of
from speckhal.runs.sweep.fixed_constants import constants_of, fixed_constants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@attrs.frozen
class MeasureName:
    """What a function was when the sweep began.

    Attributes:
        key: of its code, its text and its data; empty where some of it has no name.
        origins: code and text of it, and of what it wraps, each as a hash.
        constants: of each of these, where points are kept: what its module's text says, by name.
        compiler: of what made its code of its text.
        process: that found all this out.
    """

    key: str = ""
    origins: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[tuple[str, str], ...], ...] = ()
    compiler: str = ""
    process: int = 0


_worked_on: Final[weakref.WeakKeyDictionary[Any, tuple[str, str]]] = weakref.WeakKeyDictionary()
"""By function: its key before a sweep, and the one that it has since by its own work."""

_agreed: Final[set[MeasureName]] = set()
"""What this process has found to be as it should be."""


def name_of_measure(measure: Callable[..., object], *, needed: bool) -> MeasureName:
    """What a function is now: its code, defaults, what it encloses, the object that it belongs to.

    The data behind the global names that it reads count too, such as constants of its module; the
    functions that it calls by a global name are not looked at. A list that it only fills while
    it measures makes it no other function.

    Args:
        measure: any callable.
        needed: whether points will be recognised by it.

    Raises:
        InputError: it is needed, and some of its data is not plain.
    """
    functions = [*_functions_of(measure)]
    name = MeasureName(
        "",
        tuple(_origin_of(one) for one in functions),
        tuple(tuple(one.items()) for one in (fixed_constants(functions) if needed else ())),
        _compiler_of(functions),
        os.getpid(),
    )
    try:
        key = _key(measure)
    except Nameless as error:
        if needed:
            raise InputError(
                "Asked to keep a sweep in a file, and whether measure is the same as before cannot "
                f"be seen: with it comes {error}.",
                hint="Let it have plain data alone (numbers, texts, lists, arrays), open what it "
                "needs within, or leave out the file.",
            ) from error
        return name
    with contextlib.suppress(TypeError):  # of what has no hash
        before, after = _worked_on.get(measure, ("", ""))
        key = before if after == key else key
    return attrs.evolve(name, key=key)


def note_work(measure: Callable[..., object], name: MeasureName) -> None:
    """Keep in mind that a function has become another by its own work, such as filling a list."""
    if not name.key:
        return
    # a RuntimeError: of a dictionary that a thread, after an interrupt, still fills
    with contextlib.suppress(Nameless, TypeError, RuntimeError):
        after = _key(measure)
        if after != name.key:
            _worked_on[measure] = (name.key, after)


def check_measure(measure: Callable[..., object], name: MeasureName) -> None:
    """Refuse a function that this process has imported as another one, once for each.

    Its file was edited meanwhile; or, where points are kept under what a constant was when the
    sweep began, the program has set it, of which no other process knows. Other data of a function
    is not compared: by its own work, or in another process, it may be another in a sweep that is
    good.

    Raises:
        InputError: its code or text is not that of when the sweep began, or a constant is not.
    """
    if name.process == os.getpid() or name in _agreed:
        return
    functions = [*_functions_of(measure)]
    origins = [_origin_of(one) for one in functions]
    is_same = [code for code, _ in origins] == [code for code, _ in name.origins]
    if not is_same and _compiler_of(functions) != name.compiler:
        # another Python makes other code of the same text, and so does pytest
        texts = [text for _, text in origins]
        is_same = "" not in texts and texts == [text for _, text in name.origins]
    others = _other_constants(functions, name)
    if is_same and not others:
        _agreed.add(name)
        return
    what = f", by what it reads as {', '.join(others)}" if others else ""
    raise InputError(
        f"The function that measures is another one than when the sweep began{what}.",
        hint="Leave its file as it is until the sweep ends, on each machine the same. Other "
        "processes do not know what a program sets while it runs: give that by functools.partial.",
    )


def _other_constants(functions: Sequence[FunctionType], name: MeasureName) -> list[str]:
    """Names of the constants that are others now; of what is no constant here, nothing is said."""
    others: dict[str, None] = {}
    for function, constants in zip(functions, name.constants, strict=False):
        before = dict(constants)
        now = constants_of(function, {*before})
        others |= {one: None for one, value in now.items() if value != before[one]}
    return [*others]


def _origin_of(function: FunctionType) -> tuple[str, str]:
    text = text_of(function)
    return _hash(code_of(function.__code__)), _hash(text) if text else ""


def _key(measure: object) -> str:
    return _hash(described(measure))


def _compiler_of(functions: Sequence[FunctionType]) -> str:
    """What made code of the text of functions: a version of Python, and perhaps pytest."""
    loaders = [type(one.__globals__.get("__loader__")) for one in functions]
    is_rewritten = any(loader.__module__.startswith("_pytest") for loader in loaders)
    return f"{sys.version} {sys.flags.optimize}{' pytest' * is_rewritten}"


def _functions_of(measure: object) -> Iterator[FunctionType]:
    """The functions that a callable is, from outside inwards."""
    one: Any = measure
    for _ in range(99):  # one may wrap itself
        if isinstance(one, MethodType):
            one = one.__func__
        elif isinstance(one, FunctionType):
            yield one
            one = getattr(one, "__wrapped__", None)
        elif hasattr(one, "__wrapped__"):
            one = one.__wrapped__
        elif isinstance(one, functools.partial):
            one = one.func
        else:
            one = inspect.getattr_static(type(one), "__call__", None)
            if not isinstance(one, FunctionType):
                return


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
