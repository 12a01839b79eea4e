"""What a function that measures is: its code and the data that it has with it, as a name."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
import weakref
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.runs.sweep.described import Nameless, code_of, described, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@attrs.frozen
class MeasureName:
    """What a function was when the sweep began.

    Attributes:
        key: of its code, its text and its data; empty where some of it has no name.
        origins: code and text of it, and of what it wraps, each as a hash.
    """

    key: str = ""
    origins: tuple[tuple[str, str], ...] = ()


_worked_on: Final[weakref.WeakKeyDictionary[Any, tuple[str, str]]] = weakref.WeakKeyDictionary()
"""By function: its key before a sweep, and the one that it has since by its own work."""


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
    origins = tuple(_origins(measure))
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
        return MeasureName("", origins)
    with contextlib.suppress(TypeError):  # of what has no hash
        before, after = _worked_on.get(measure, ("", ""))
        key = before if after == key else key
    return MeasureName(key, origins)


def note_work(measure: Callable[..., object], name: MeasureName) -> None:
    """Keep in mind that a function has become another by its own work, such as filling a list."""
    with contextlib.suppress(Nameless, TypeError):
        after = _key(measure)
        if after != name.key:
            _worked_on[measure] = (name.key, after)


def check_measure(measure: Callable[..., object], name: MeasureName) -> None:
    """Refuse a function that a process has imported from a text that was edited meanwhile.

    Raises:
        InputError: neither its code nor its text is that of when the sweep began.
    """
    codes = [code for code, _ in _origins(measure, with_texts=False)]
    if codes == [code for code, _ in name.origins]:
        return
    # a process may have other code of the same text: of another Python, or with pytest's assertions
    texts = [text for _, text in _origins(measure)]
    if "" in texts or texts != [text for _, text in name.origins]:
        raise InputError(
            "The function that measures is another one than when the sweep began.",
            hint="Leave its file as it is until the sweep ends, on each machine the same.",
        )


def _key(measure: object) -> str:
    return _hash(described(measure))


def _origins(measure: object, *, with_texts: bool = True) -> Iterator[tuple[str, str]]:
    """Code and text of the functions that a callable is, from outside inwards."""
    one: Any = measure
    for _ in range(99):  # one may wrap itself
        if isinstance(one, MethodType):
            one = one.__func__
        elif isinstance(one, FunctionType):
            text = _hash(text_of(one)) if with_texts and text_of(one) else ""
            yield _hash(code_of(one.__code__)), text
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
