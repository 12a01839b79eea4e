"""Pictures of a report: each twice, for light and dark screens, as SVG inside the page."""

from __future__ import annotations

import base64
import io
import warnings
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.runs.pictures.trajectories import trajectories_of
from speckhal.runs.pictures.wording import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from speckhal.runs.record import LeakRecord
    from speckhal.runs.run import Run

MOST_PICTURES: Final = 16
"""Of more layers than this, as many are drawn."""

_SALT: Final = "speckhal"
"""Names inside an SVG are made of it, not of chance: the same run gives the same page."""

_INK: Final = "#e6e8eb"
"""Of dark screens, as in the style of the page."""

_PLAIN: Final = {
    "svg.hashsalt": _SALT,
    "svg.fonttype": "path",
    "savefig.facecolor": "none",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
_DARK: Final = {
    **_PLAIN,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.titlecolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


@attrs.frozen
class Picture:
    """A picture, as URIs that have it inside.

    Attributes:
        light: for paper and light screens.
        dark: for dark screens.
        width: in CSS pixels.
        height: in CSS pixels.
        alt: what it shows, for whoever does not see it.
        caption: what is to be known to read it.
        name: above it; empty where nothing else is drawn.
    """

    light: str
    dark: str
    width: int
    height: int
    alt: str
    caption: str
    name: str = ""


def pictures_of(run: Run) -> list[Picture]:
    """One for each layer that was read, of as many as are drawn."""
    return [
        _of_layer(record, run.provenance.started_at)
        for record in run.records[:MOST_PICTURES]
        if len(record.trace)
    ]


def picture_of(draw: Callable[[], Figure], *, alt: str, caption: str, name: str = "") -> Picture:
    """What `draw` draws, with the colours of each kind of screen in force while it does."""
    light, width, height = _svg(draw, _PLAIN)
    dark, _, _ = _svg(draw, _DARK)
    return Picture(light, dark, width, height, alt, caption, name)


def _of_layer(record: LeakRecord, started_at: str) -> Picture:
    from speckhal.runs.plotting import MOST_CURVES, leak_figure  # noqa: PLC0415  # slow import

    trajectories = trajectories_of(record.trace, record.layer, MOST_CURVES)
    if trajectories is None:
        shown = "a heat map of neurons, by channel, against time"
        caption = (
            "Each row is a neuron, or several where there are many: then it shows the one that "
            "differs most. Colours show measured minus expected where those differ, and else the "
            "membrane potential."
        )
    else:
        shown = "a curve for each of " + "; ".join(
            f"{one.name}, from {one.v_mem[0]} to {one.v_mem[-1]}" for one in trajectories
        )
        caption = (
            "Neurons that read the same all the time share a line; dashed is what was expected of "
            "them after the first reading."
        )
    verdict = verdict_of(record).partition(" ")[2]
    return picture_of(
        lambda: leak_figure([record], started_at=started_at),
        alt=f"Membrane potentials of layer {record.layer.index} over time: {shown}. "
        f"Verdict: {verdict}.",
        caption=caption,
        name=f"Layer {record.layer.index}",
    )


def _svg(draw: Callable[[], Figure], style: dict[str, str]) -> tuple[str, int, int]:
    import matplotlib as mpl  # noqa: PLC0415  # slow import

    with mpl.rc_context(style), warnings.catch_warnings():  # type: ignore[arg-type]  # matplotlib names its keys one by one
        # of names in a script that the font lacks; the page has them as text
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = draw()
        text = io.BytesIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    inches = figure.get_size_inches()
    width, height = (round(float(size) * 96) for size in inches)
    encoded = base64.b64encode(text.getvalue()).decode("ascii")
    return f"data:image/svg+xml;base64,{encoded}", width, height
