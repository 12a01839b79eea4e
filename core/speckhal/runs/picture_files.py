"""Writes a figure into an image file, whole, by the ending of its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.system.paths import is_path, writable_place
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    import os

    from matplotlib.figure import Figure

_HINT: Final = "Give a name that ends in .png, .pdf or .svg."


def check_picture(path: str | os.PathLike[str]) -> Path:
    """Refuse what no picture can be written to, before one is drawn.

    Raises:
        InputError: it is no path, its ending is of no picture, or nothing can be written there.
    """
    from matplotlib.backend_bases import FigureCanvasBase  # noqa: PLC0415  # slow import

    if not is_path(path):
        raise InputError(f"Asked to draw into {path!r}, which is no path.", hint=_HINT)
    path = Path(path)
    if _kind(path) not in FigureCanvasBase.get_supported_filetypes():
        raise InputError(
            f"Asked to draw into {path}, and by its name that is no picture.", hint=_HINT
        )
    writable_place(path, "Asked to draw into")
    return path


def write_picture(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure, whole or not at all.

    Raises:
        InputError: it is no path, its ending is of no picture, or nothing can be written there.
        OSError: it cannot be written, as on a full disk; what was there before stays.
    """
    path = check_picture(path)
    with whole_file(path) as file:
        figure.savefig(file, format=_kind(path))


def _kind(path: Path) -> str:
    return path.suffix.removeprefix(".").lower()
