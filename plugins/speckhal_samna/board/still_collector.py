"""Keeps Python's garbage collector still while tens of thousands of events come and go."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Let the collector find nothing in the body.

    Events hold nothing but numbers, so it would find nothing in them, yet their number makes it
    walk everything that torch has allocated: two thirds of the time of reading a full core.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
