"""The event loop as it is where numba is not installed, beside the compiled one."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOM: Final = "speckhal_mock.emulation.spikes"


@contextlib.contextmanager
def no_numba() -> Iterator[None]:
    """In the body, boards whose first spike comes there follow it without compiled code."""
    kept = {name: module for name, module in sys.modules.items() if name.startswith(_ROOM)}
    numba = sys.modules.get("numba")
    for name in kept:
        del sys.modules[name]
    sys.modules["numba"] = None  # type: ignore[assignment]  # which makes its import fail
    try:
        importlib.import_module(f"{_ROOM}.traffic")
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith(_ROOM)]:
            del sys.modules[name]
        sys.modules |= kept
        del sys.modules["numba"]
        if numba is not None:
            sys.modules["numba"] = numba
