"""The axes of matplotlib that a picture is drawn into and their figure, or a sentence on others."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def given_axes(given: object) -> list[Axes]:
    """The axes: one, or a list or an array of them, in its order.

    Args:
        given: by whoever asks for the picture.

    Raises:
        InputError: it is something else.
    """
    from matplotlib.axes import Axes  # noqa: PLC0415  # slow import

    flat: object = getattr(given, "flat", given)  # of an array of any shape
    each: list[object] = [given]
    if isinstance(flat, Iterable) and not isinstance(flat, str | bytes):
        each = list(flat)
    wrong = [one for one in each if not isinstance(one, Axes)]
    if not wrong:
        return [one for one in each if isinstance(one, Axes)]
    hint = "Give axes, of figure, ax = matplotlib.pyplot.subplots(); or none for a new figure."
    if isinstance(wrong[0], str | os.PathLike):
        hint += f" What is drawn is written by its figure: figure.savefig({str(wrong[0])!r})."
    raise InputError(f"Asked to draw into {wrong[0]!r}, which is no axes of matplotlib.", hint=hint)


def figure_of(axes: Axes) -> Figure:
    """The whole figure, which can be saved, even where the axes are in a part of it."""
    from matplotlib.figure import SubFigure  # noqa: PLC0415  # slow import

    figure = axes.figure
    return figure.figure if isinstance(figure, SubFigure) else figure
