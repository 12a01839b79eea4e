"""Keeps elsewhere what a command gathered and could not write where it should be."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def rescue(name: str, save: Callable[[Path], object]) -> Path | None:
    """Save it where files of nobody in particular may be, at home or here; None if that fails too.

    Args:
        name: of the file, with its ending, such as "leak.npz"; it gets a part that is its own.
        save: writes the file whole, or raises.
    """
    stem, dot, ending = name.partition(".")
    name = f"speckhal-{stem}-{secrets.token_hex(4)}{dot}{ending}"
    for folder in (tempfile.gettempdir, Path.home, Path.cwd):
        with contextlib.suppress(BaseException):  # a request to stop is raised again by itself
            path = Path(folder()) / name
            save(path)
            return path
    return None


def where_rescued(kept: Path | None, what: str = "What was measured") -> str:
    """Where to find it, as a sentence."""
    if kept is None:
        return f"{what} could be kept nowhere else."
    return f"{what} is in {kept}."
