"""A picture of a leak plan: obtained leak against wanted leak, and its error below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.leak.planning.clock_rates import Floats
    from speckhal.leak.planning.planned_layer import PlannedLayer

_NAMED: Final = 9
"""Layers that a legend names: as many as a Speck has cores."""

_MARKERS: Final = "osD^vP*X<"
"""A marker for each layer, by which they differ in grey."""

_MANY: Final = 64
"""Of more channels than this, the dots are small."""

_GREY: Final = "0.6"

_DIGITS: Final = 9
"""Of an error in percent; what is smaller comes of floating-point numbers."""


def draw_plan(
    layers: Sequence[PlannedLayer], title: str, leaks: Axes, errors: Axes | None = None
) -> None:
    """Draw the layers of a plan.

    Args:
        layers: of the plan.
        title: of the picture.
        leaks: where to draw the leaks.
        errors: where to draw how far they are off, below the leaks; None to leave that out.
    """
    _draw_leaks(leaks, layers, title)
    if errors is not None:
        _draw_errors(errors, layers)
        errors.set_xlim(leaks.get_xlim())
    (errors or leaks).set_xlabel("wanted leak (thresholds/s)")


def plan_figure(layers: Sequence[PlannedLayer], title: str) -> Figure:
    """The leaks and below them the errors, as a figure that belongs to no window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # slow import

    from speckhal.leak.shown_figure import ShownFigure  # noqa: PLC0415  # imports matplotlib

    figure = ShownFigure(figsize=(6.4, 5.6), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    draw_plan(layers, title, *figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.3)))
    return figure


def _draw_leaks(leaks: Axes, layers: Sequence[PlannedLayer], title: str) -> None:
    both = np.concatenate(
        [values for layer in layers for values in (layer.wanted_per_s, layer.obtained_per_s)]
    )
    lowest, highest = float(both.min()), float(both.max())
    # wide enough that a small error of equal leaks looks small
    room = max(0.08 * (highest - lowest), 0.1 * max(abs(lowest), abs(highest))) or 1.0
    ends = np.array([lowest - room, highest + room])
    leaks.plot(ends, ends, color=_GREY, linewidth=0.9, label="as wanted", zorder=1)
    for number, layer in enumerate(layers):
        label = f"layer {layer.index}, {layer.shape[0]} channel{'s' * (layer.shape[0] != 1)}"
        named = label if number < _NAMED else "_nolegend_"
        _dots(leaks, layers, number, layer.wanted_per_s, layer.obtained_per_s, named)
    leaks.set_xlim(*ends)
    leaks.set_ylim(*ends)
    leaks.set_ylabel("obtained leak (thresholds/s)")
    leaks.set_title(title.replace(": ", ":\n", 1), fontsize="medium", loc="left", parse_math=False)
    leaks.legend(loc="upper left", fontsize="small", frameon=False)


def _draw_errors(errors: Axes, layers: Sequence[PlannedLayer]) -> None:
    most = 0.0
    for number, layer in enumerate(layers):
        finite = np.isfinite(layer.errors)
        percents = np.round(100 * layer.errors[finite], _DIGITS)
        most = max(most, float(np.abs(percents).max(initial=0)))
        _dots(errors, layers, number, layer.wanted_per_s[finite], percents, "_nolegend_")
    errors.axhline(0, color=_GREY, linewidth=0.9, zorder=1)
    if most:
        for end in (-most, most):
            errors.axhline(end, color=_GREY, linewidth=0.9, linestyle=":", zorder=1)
    errors.set_ylim(-1.3 * most or -1, 1.3 * most or 1)
    errors.set_ylabel("error (%)")


def _dots(
    axes: Axes,
    layers: Sequence[PlannedLayer],
    number: int,
    across: Floats,
    up: Floats,
    label: str,
) -> None:
    from speckhal.leak.picture_colours import qualitative  # noqa: PLC0415  # imports matplotlib

    many, colours = sum(layer.shape[0] for layer in layers) > _MANY, qualitative()
    axes.plot(
        across,
        up,
        linestyle="none",
        marker=_MARKERS[number % len(_MARKERS)],
        markersize=3 if many else 5,
        alpha=0.6 if many else 0.9,
        color=colours[number % len(colours)],
        label=label,
        zorder=2,
    )
