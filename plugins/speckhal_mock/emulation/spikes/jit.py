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

IS_COMPILED: Final = numba is not None
"""Whether spikes are followed by compiled code."""


def compiled(function: FunctionT) -> FunctionT:
    """The function, compiled when it is first called; it lets other threads run meanwhile."""
    if numba is None:
        return function
    try:
        made: FunctionT = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no place for the cache can be written
        made = numba.njit(nogil=True)(function)
    return made
