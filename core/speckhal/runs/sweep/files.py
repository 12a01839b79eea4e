"""Files that a sweep depends on, besides networks and plans: what was in them when it began."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.discovery.selection import parse_selection
from speckhal.runs.open_run import file_of_run
from speckhal.runs.published import PUBLISHED_LEAK

if TYPE_CHECKING:
    from collections.abc import Mapping

_PIECE: Final = 1 << 20


def content_of(value: object) -> str:
    """SHA-256 of the file that a value names; empty where it names none.

    FILE.py:NAME names one too, and so does what names a record without being a file's name.
    """
    for text in (value, value.rpartition(":")[0]) if isinstance(value, str) and value else ():
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # of texts that are no path
            path = file_of_run(Path(text))
            if not path.exists():
                path = file_of_run(path.expanduser())
            if path.is_file():
                return _hash(path)
    return ""


def target_of(selection: str) -> str:
    """What a selection names behind its colon, which may be the file of a record.

    Raises:
        InputError: the text is no selection.
    """
    chosen = parse_selection(selection)
    return chosen.target or (PUBLISHED_LEAK if chosen.backend == "replay" else "")


def check_files(files: Mapping[str, str]) -> None:
    """Refuse files that are others than when the sweep began.

    Args:
        files: by name what `content_of` gave then.

    Raises:
        InputError: one of them is.
    """
    for name, content in files.items():
        if content_of(name) != content:
            raise InputError(
                f"The file {name} is another one than when the sweep began.",
                hint="Leave files as they are until the sweep ends, on each machine the same.",
            )


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
