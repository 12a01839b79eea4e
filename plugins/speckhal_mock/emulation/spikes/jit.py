"""Compiles what follows each single spike, with numba where it is there.

Only what Python calls is kept in a cache: beside the sources, or where the environment variable
NUMBA_CACHE_DIR says, or in the user's cache directory. So only the first process that meets a spike
compiles, and again where a source has changed. Where none of these can be written, each process
compiles anew. Without numba the same functions run as they stand, in Python.

Compiled functions make no arrays, not even views, so that references to them need not be counted:
that would take most of the time of an event. numba has an option for that, which it does not
document; where it knows it no longer, all this works on, slower.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import numba
except ImportError:  # an installation without it, or one that is broken
    numba = None

FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")

IS_COMPILED: Final = numba is not None
"""Whether spikes are followed by compiled code."""

_WITHOUT_WRAPPERS: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def _sources() -> int:
    """A number that is another one when any file of this room has changed."""
    digest = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest = zlib.crc32(path.read_bytes(), digest)
    return digest or 1


SOURCES: Final = _sources()
"""Not 0. A function that Python calls has it in its closure, which is in the key of numba's cache:
numba itself looks only at the file that the function stands in."""


def compiled(function: FunctionT) -> FunctionT:
    """The function, compiled when it is first called; it lets other threads run meanwhile."""
    return function if numba is None else _made(function)


def inlined(function: FunctionT) -> FunctionT:
    """The function, put into each compiled one that calls it. Python cannot call it."""
    return function if numba is None else _made(function, forceinline=True, **_WITHOUT_WRAPPERS)


def kept(function: FunctionT) -> FunctionT:
    """The function, compiled once for all processes; it must have `SOURCES` in its closure."""
    if numba is None:
        return function
    try:
        return _made(function, cache=True)
    except RuntimeError:  # no place for the cache can be written
        return _made(function)


def _made(function: FunctionT, **options: Any) -> FunctionT:
    from numba.core.options import DefaultOptions  # noqa: PLC0415 - numba may not be there

    counts = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    made: FunctionT = numba.njit(nogil=True, **counts, **options)(function)
    return made
