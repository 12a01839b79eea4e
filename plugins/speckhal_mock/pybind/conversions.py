"""What pybind11 makes of Python values: measured, and the same from version 2.9.2 to 3.1.0.

`tests/data/pybind11_casters.json` is the table, and its test holds this to it. pybind11 asks the
type of a value what it can do, so that much counts as a number that looks like none: to a C++
integer, numpy's float32(3.7) is 3, and only what is a Python float is refused.

Where the versions differ, which is in what they take for a list, this keeps to the older ones: 3.0
and later take sets, views of a dict's keys and generators too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import SupportsFloat, SupportsIndex, SupportsInt, cast

import numpy as np

from speckhal.contract.warn import warn_user

_TEXTS = (str, bytes)


def whole_number(value: object) -> int | None:
    """The integer that C++ gets, of any size, or None: a TypeError.

    An int, and what Python can make an int of: numpy's numbers and arrays of one, torch's, a
    Decimal, all without what is behind the point. No float, of which numpy's float64 is one.
    """
    if isinstance(value, (float, *_TEXTS)) or not _offers(value, "__int__", "__index__"):
        return None
    try:
        return int(cast("SupportsInt | SupportsIndex", _real_part(value)))
    except Exception:  # noqa: BLE001  # pybind11 drops whatever error this gives
        return None


def real_number(value: object) -> float | None:
    """The double that C++ gets, or None: a TypeError.

    Whatever Python can make a float of, but no text.
    """
    if isinstance(value, _TEXTS) or not _offers(value, "__float__", "__index__"):
        return None
    try:
        return float(cast("SupportsFloat | SupportsIndex", _real_part(value)))
    except Exception:  # noqa: BLE001  # pybind11 drops whatever error this gives
        return None


def truth(value: object) -> bool | None:
    """The bool that C++ gets, or None: a TypeError.

    None is False. Else it is the truth value, if the type defines one: lists and texts, which have
    a length instead, do not.
    """
    if value is None:
        return False
    if isinstance(value, _TEXTS) or not _offers(value, "__bool__"):
        return None
    try:
        return bool(value)
    except Exception:  # noqa: BLE001  # pybind11 drops whatever error this gives
        return None


def text(value: object) -> str | None:
    """The text that C++ gets, as Python reads it back, or None: a TypeError."""
    if not isinstance(value, _TEXTS):
        return None
    try:
        return value.decode() if isinstance(value, bytes) else value.encode().decode()
    except UnicodeError:
        return None


def items(value: object) -> Sequence[object] | None:
    """The items of what C++ takes for a list, or None: a TypeError.

    Whatever has items by number: lists, tuples, numpy's arrays, deques, ranges. No text, no bytes
    and no dict; no torch tensor either, which is none of these to C Python.
    """
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else None
    if isinstance(value, (*_TEXTS, Mapping)) or _is_tensor(value):
        return None
    if not _offers(value, "__getitem__") or not _offers(value, "__len__"):
        return None
    try:
        return list(cast("Sequence[object]", value))
    except Exception:  # noqa: BLE001  # pybind11 drops whatever error this gives
        return None


def _real_part(value: object) -> object:
    """What numpy takes of its complex numbers, with its warning, at the line of the program."""
    if not isinstance(value, np.complexfloating):
        return value
    warn_user(
        "Casting complex values to real discards the imaginary part", np.exceptions.ComplexWarning
    )
    return value.real


def _offers(value: object, *names: str) -> bool:
    """Whether the type of `value` defines one of these methods, as C Python looks for it."""
    return any(name in vars(kind) for kind in type(value).__mro__ for name in names)


def _is_tensor(value: object) -> bool:
    return any(
        kind.__module__.partition(".")[0] == "torch" and kind.__name__ == "Tensor"
        for kind in type(value).__mro__
    )
