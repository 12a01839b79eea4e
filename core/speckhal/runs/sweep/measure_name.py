"""What a function that measures is: its code and the data that it has with it, as a name."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import inspect
import json
import os
import weakref
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.runs.sweep.described import Nameless, code_and_text, described
from speckhal.runs.sweep.global_data import global_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@attrs.frozen
class MeasureName:
    """What a function was when the sweep began.

    Attributes:
        key: of its code, its text and its data; empty where some of it has no name.
        codes: of its code and data, as other processes find them out too; several where it has
            become another by its own work.
        texts: the same, of its text and data.
        constants: by global name that it reads, of the data behind it.
        compiler: of what made its code of its text.
        process: that found all this out.
    """

    key: str = ""
    codes: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    constants: tuple[tuple[str, str], ...] = ()
    compiler: str = ""
    process: int = 0


_worked_on: Final[weakref.WeakKeyDictionary[Any, tuple[MeasureName, str]]] = (
    weakref.WeakKeyDictionary()
)
"""By function: what it was before a sweep, and the key that it has since by its own work."""

_seen: Final[weakref.WeakKeyDictionary[object, object]] = weakref.WeakKeyDictionary()
"""Functions and classes as this process has imported them, before they did any work here."""

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
    description, lacks = _description(measure)
    if lacks and needed:
        raise InputError(
            "Asked to keep a sweep in a file, and whether measure is the same as before cannot be "
            f"seen: with it comes {lacks}.",
            hint="Let it have plain data alone (numbers, texts, lists, arrays), open what it needs "
            "within, or leave out the file.",
        )
    name = MeasureName(
        "" if lacks else _hash(description),
        frozenset({_hash(_by_code(description))}),
        frozenset({_hash(_by_text(description))}),
        tuple(_constants(measure).items()),
        _compiler_of(measure),
        os.getpid(),
    )
    with contextlib.suppress(TypeError):  # of what has no hash
        before, after = _worked_on.get(measure, (name, ""))
        if after == name.key:
            return attrs.evolve(
                before, codes=before.codes | name.codes, texts=before.texts | name.texts
            )
    return name


def note_work(measure: Callable[..., object], name: MeasureName) -> None:
    """Keep in mind that a function has become another by its own work, such as filling a list."""
    description, lacks = _description(measure)
    after = _hash(description)
    if not lacks and after != name.key:
        with contextlib.suppress(TypeError):
            _worked_on[measure] = (name, after)


def check_measure(measure: Callable[..., object], name: MeasureName) -> None:
    """Refuse a function that this process has imported as another one, once for each.

    Its file was edited meanwhile, or what it reads was set while the program ran, which no other
    process knows of.

    Raises:
        InputError: its code or text, or its data, is not that of when the sweep began.
    """
    if name.process == os.getpid() or name in _agreed:
        return
    description, _ = _description(measure, _seen)
    is_same = _hash(_by_code(description)) in name.codes
    if not is_same and _compiler_of(measure) != name.compiler:
        # another Python makes other code of the same text, and so does pytest
        is_same = _hash(_by_text(description)) in name.texts
    if is_same:
        _agreed.add(name)
        return
    before, now = dict(name.constants), _constants(measure)
    others = [one for one in {**before, **now} if before.get(one) != now.get(one)]
    what = f", by what it reads as {', '.join(others)}" if others else ""
    raise InputError(
        f"The function that measures is another one than when the sweep began{what}.",
        hint="Leave its file as it is until the sweep ends, on each machine the same. Other "
        "processes do not know what a program sets while it runs: give that by functools.partial.",
    )


def _description(
    measure: Callable[..., object], seen: weakref.WeakKeyDictionary[object, object] | None = None
) -> tuple[object, str]:
    """A function as data, and what of it has no name; then what is known of it."""
    try:
        return described(measure, seen), ""
    except Nameless as error:
        known = [
            [code_and_text(one), described(global_data(one))] for one in _functions_of(measure)
        ]
        return known, str(error)


def _by_code(description: object) -> object:
    """A description with the code of functions and without their text."""
    return _with_one(description, "code")


def _by_text(description: object) -> object:
    """A description with the text of functions, and the code of those that have none."""
    return _with_one(description, "text")


def _with_one(description: object, kept: str) -> object:
    if isinstance(description, dict):
        return _with_one(description[kept] or description["code"], kept)
    if isinstance(description, list | tuple):
        return [_with_one(one, kept) for one in description]
    return description


def _constants(measure: object) -> dict[str, str]:
    return {
        name: _hash(described(data))
        for one in _functions_of(measure)
        for name, data in global_data(one)
    }


def _compiler_of(measure: object) -> str:
    """What made code of the text of a function: a version of Python, and perhaps pytest."""
    loaders = [type(one.__globals__.get("__loader__")) for one in _functions_of(measure)]
    is_rewritten = any(loader.__module__.startswith("_pytest") for loader in loaders)
    return importlib.util.MAGIC_NUMBER.hex() + " pytest" * is_rewritten


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
