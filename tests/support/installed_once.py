"""`installed_once`: let what is installed beside the tests be looked at once, and not in each test.

speckhal looks whether the files of every distribution have changed whenever it looks for a plugin.
Those of the environment that runs the tests do not, and they are many. Distributions that a test
puts elsewhere on `sys.path` are looked at as ever.
"""

from __future__ import annotations

import contextlib
import functools
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from speckhal.discovery import entry_points

if TYPE_CHECKING:
    from collections.abc import Iterator

_BESIDE = {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}


@contextlib.contextmanager
def installed_once() -> Iterator[None]:
    """Remember in which state the files of these distributions are."""
    look = entry_points._stamp
    remembered = functools.cache(look)

    def stamp(folder: Path) -> Any:
        return (remembered if folder.parent in _BESIDE else look)(folder)

    with mock.patch.object(entry_points, "_stamp", stamp):
        yield
