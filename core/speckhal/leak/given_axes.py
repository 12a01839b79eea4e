"""The axes of matplotlib that a picture is to be drawn into, or a sentence on what was given."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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


def one_axes(given: object) -> Axes:
    """The only axes that were given.

    Raises:
        InputError: it is something else, or there are several.
    """
    axes = given_axes(given)
    if len(axes) != 1:
        raise InputError(
            f"Asked to draw one picture, and {len(axes)} axes were given.", hint="Give one of them."
        )
    return axes[0]
