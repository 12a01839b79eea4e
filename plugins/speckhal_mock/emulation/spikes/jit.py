"""Compiles what follows each single spike, with numba where it is there.

Compiled code is kept beside the sources, or where the environment variable NUMBA_CACHE_DIR says, or
in the user's cache directory, so that only the first process that meets a spike compiles. Where
none of these can be written, each process compiles anew. Without numba the same functions run as
they stand, in Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import numba
except ImportError:  # an installation without it, or one that is broken
    numba = None

FunctionT = TypeVar("FunctionT", bound="Callable[..., object]")

# numba has no public name for it, and compiles functions of its own with it
_UNCOUNTED: Final = {} if numba is None else {"_nrt": False}

IS_COMPILED: Final = numba is not None
"""Whether spikes are followed by compiled code."""


def compiled(function: FunctionT) -> FunctionT:
    """The function, compiled when it is first called; it lets other threads run meanwhile."""
    return _compiled(function, {})


def compiled_leaf(function: FunctionT) -> FunctionT:
    """The same, for a function that makes no array and keeps none, as those that each spike calls.

    It does not count references to its arrays: with the eight of a kernel, that takes longer than
    the work of a spike.
    """
    return _compiled(function, _UNCOUNTED)


def _compiled(function: FunctionT, options: dict[str, bool]) -> FunctionT:
    if numba is None:
        return function
    try:
        made: FunctionT = numba.njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # no place for the cache can be written
        made = numba.njit(nogil=True, **options)(function)
    return made
