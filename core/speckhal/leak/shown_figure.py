"""A figure that a notebook shows, whether or not matplotlib's pyplot was imported there."""

from __future__ import annotations

import io
from typing import Final

from matplotlib.figure import Figure

_SCREEN_DPI: Final = 96
"""Pixels of a web page in an inch."""


class ShownFigure(Figure):
    """A figure that is its own picture in Jupyter.

    Jupyter shows figures of matplotlib only once pyplot was imported, and else prints
    `<Figure size ...>`. Where it was, its own way of showing them goes first.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """The picture as PNG, and its size on a page: sharp on screens of fine pixels too."""
        file = io.BytesIO()
        self.savefig(file, format="png")
        width, height = self.get_size_inches() * _SCREEN_DPI
        return file.getvalue(), {"width": round(width), "height": round(height)}
