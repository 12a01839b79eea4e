"""Compiles what follows each single spike, with numba where it is there.

Only what Python calls is kept in a cache: beside the sources, or where the environment variable
NUMBA_CACHE_DIR says, or in the user's cache directory. So only the first process that meets a spike
compiles, and again where a source has changed. Where none of these can be written, or what is kept
cannot be read, each process compiles anew. Without numba, or with one that cannot be imported, the
same functions run as they stand, in Python.

Compiled functions make no arrays, not even views, so that references to them need not be counted:
that would take most of the time of an event. numba has an option for that, which it does not
document; where it knows it no longer, all this works on, slower.
"""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from speckhal.contract.warn import warn_user

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import numba
except Exception as error:  # noqa: BLE001 - one that is broken raises anything, such as OSError
    numba = None
    if not isinstance(error, ModuleNotFoundError) or error.name != "numba":
        warn_user(
            f"numba is installed but cannot be imported: {type(error).__name__}: {error}. Spikes "
            f"are followed without it, slowly. Install numba and llvmlite anew.",
            RuntimeWarning,
        )

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
        made: Any = _made(function, cache=True)
    except RuntimeError:  # no place for the cache can be written
        return _made(function)
    if hasattr(made, "_cache"):  # numba does not document it
        made._cache = _SpareCache(made._cache)  # noqa: SLF001 - nothing else lets it fail quietly
    kept_one: FunctionT = made
    return kept_one


class _SpareCache:
    """A cache of numba that can fail, with a full disk or a broken file; then all is compiled."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, *what: Any) -> Any:
        """What is kept, or None; what cannot be read is forgotten, so that it is kept anew."""
        try:
            return self._cache.load_overload(*what)
        except Exception:  # noqa: BLE001 - unpickling raises anything
            with contextlib.suppress(OSError):
                self._cache.flush()
            return None

    def save_overload(self, *what: Any) -> None:
        """Keep what was compiled, if there is room."""
        with contextlib.suppress(Exception):
            self._cache.save_overload(*what)


def _made(function: FunctionT, **options: Any) -> FunctionT:
    from numba.core.options import DefaultOptions  # noqa: PLC0415 - numba may not be there

    counts = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    made: FunctionT = numba.njit(nogil=True, **counts, **options)(function)
    return made
