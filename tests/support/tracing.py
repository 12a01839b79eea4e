"""A trace function for a block of a test, which the garbage collector does not interfere with.

Python calls callbacks of the collector, such as those of hypothesis, in the middle of whatever
allocates, and ignores what they raise. A trace function that raises there would be lost.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


@contextlib.contextmanager
def traced_by(function: Callable[..., Any] | None) -> Iterator[None]:
    """Trace the body, and what it sets itself, until it ends; nothing is collected meanwhile."""
    before, collected = sys.gettrace(), gc.isenabled()
    gc.disable()
    sys.settrace(function)
    try:
        yield
    finally:
        sys.settrace(before)
        if collected:
            gc.enable()
