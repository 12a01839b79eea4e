"""Colours that depend on whether a picture is for light or dark paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.colors import LinearSegmentedColormap, to_rgb

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

_ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7B3F9E", "#6B6B6B")
"""Of Okabe and Ito, which the colour-blind distinguish, and two more; in grey, markers do."""

_ON_DARK = ("#3F9BE0", "#FF8A47", "#2CC9A0", "#E79AC6", "#F5C648", "#9CCBFF", "#B89CFF", "#B8BEC6")
"""The same, as light as a dark page needs them."""

_LIGHT_INK = 0.5  # of brightness

_DARK_BETWEEN = ("#9bd0ff", "#2f7fc1", "#22272e", "#c8553a", "#ffb59c")


def is_on_dark() -> bool:
    """Whether the style that is in use writes in light ink, as on a dark page."""
    red, green, blue = to_rgb(mpl.rcParams["text.color"])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT_INK


def qualitative() -> tuple[str, ...]:
    """Of lines that a reader has to distinguish."""
    return _ON_DARK if is_on_dark() else _ON_LIGHT


def diverging() -> Colormap:
    """From blue, less than expected, by the colour of the paper to red, more than expected."""
    if is_on_dark():
        return LinearSegmentedColormap.from_list("speckhal_dark", _DARK_BETWEEN)
    return mpl.colormaps["RdBu_r"]
