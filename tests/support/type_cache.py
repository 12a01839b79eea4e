"""What mypy found out when it checked the project, for a test that has mypy check a part again."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
KNOWN = ".mypy_cache/3.10"  # by the version of Python that the settings of mypy name


@contextlib.contextmanager
def type_cache_in_use() -> Iterator[None]:
    """Wait for other tests, in any process, that use what mypy keeps in the project."""
    with (PROJECT / "pyproject.toml").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def copy_type_cache(folder: Path) -> None:
    """Copy it into a folder for `--cache-dir`; nothing where mypy has not been run."""
    with type_cache_in_use():
        if (PROJECT / KNOWN).exists():
            shutil.copytree(PROJECT / KNOWN, folder / Path(KNOWN).name)
