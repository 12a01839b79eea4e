"""Pictures of a leak: into axes of the caller's, as a figure of all layers, or into a file."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from speckhal.runs.picture_files import write_picture
from speckhal.runs.pictures.expected import TickMoments, moments_of
from speckhal.runs.pictures.trajectories import trajectories_of
from speckhal.runs.pictures.wording import footer_of, title_of

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.runs.record import LeakRecord

MOST_CURVES = 12
"""More distinct trajectories than this are drawn as a heat map of neurons against time."""

MOST_LAYERS = 9
"""Of more layers than this, as many are drawn."""


def draw_leak(axes: Axes, record: LeakRecord) -> None:
    """Draw one layer into axes, with the verdict in the title.

    Up to `MOST_CURVES` distinct trajectories are curves over the staircase that was expected of
    each, with a second axis in spike thresholds. More are a heat map of neurons, grouped by
    channel, against time: of measured minus expected where they differ, with a colour bar.

    Args:
        axes: of matplotlib, empty. A legend is put below, a heat map's colour bar beside them.
        record: the layer as it was deployed, what was read of it, and the device.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # slow import

    from speckhal.runs.pictures.curves import draw_curves  # noqa: PLC0415  # imports matplotlib
    from speckhal.runs.pictures.heat_map import draw_heat_map  # noqa: PLC0415  # as above

    trace, layer = record.trace, record.layer
    axes.set_title(title_of(record), fontsize="medium", loc="left", parse_math=False)
    if not len(trace):
        axes.text(0.5, 0.5, "no reading", transform=axes.transAxes, ha="center", va="center")
        axes.set_axis_off()
        return
    ticks = TickMoments.of(trace, layer)
    trajectories = trajectories_of(trace, layer, MOST_CURVES)
    stepped = trace.ticks is not None
    axes.set_xlabel("slow-clock ticks" if stepped else "time since the slow clock started (s)")
    if stepped and len(moments_of(trace)) > 1:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if trajectories is None:
        draw_heat_map(axes, record, ticks)
        return
    axes.margins(x=0.02)
    axes.set_ylabel("membrane potential (chip units)")
    _legend_below(axes, draw_curves(axes, record, trajectories, ticks))


def leak_figure(
    records: Sequence[LeakRecord], *, started_at: str = "", warning: str = ""
) -> Figure:
    """A figure with axes for each layer, one above the other, along one time.

    Args:
        records: of the layers of one run; at most `MOST_LAYERS` are drawn.
        started_at: when the run started, as ISO 8601 writes it; empty where nobody knows.
        warning: what is to be known of all of it, such as that it ended early.

    Returns:
        A figure of matplotlib that belongs to no window, and that notebooks show.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # slow import

    from speckhal.leak.shown_figure import ShownFigure  # noqa: PLC0415  # imports matplotlib

    drawn = records[:MOST_LAYERS]
    size = 7.6, max(1, len(drawn)) * 4.6 + 0.4
    figure = ShownFigure(figsize=size, layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    alike = len({record.trace.ticks is None for record in drawn}) == 1
    all_axes = figure.subplots(max(1, len(drawn)), sharex=alike, squeeze=False)[:, 0]
    for axes, record in zip(all_axes, drawn, strict=False):
        draw_leak(axes, record)
        axes.xaxis.set_tick_params(labelbottom=True)
    if len(drawn) < len(records):
        cut = (
            f"Layers {', '.join(str(one.layer.index) for one in records[MOST_LAYERS:])} not drawn."
        )
        warning = f"{warning} {cut}".strip()
    if warning:
        figure.suptitle(textwrap.fill(warning, 84), fontsize="medium", weight="bold")
    if drawn:
        figure.supxlabel(footer_of(drawn[0], started_at), fontsize="x-small", alpha=0.8)
    for text in figure.texts:
        text.set_parse_math(False)
    return figure


def plot_leak(
    record: LeakRecord | Sequence[LeakRecord],
    path: str | os.PathLike[str],
    *,
    started_at: str = "",
    warning: str = "",
) -> None:
    """Draw a layer, or several, into an image file; its ending (.png, .pdf, .svg) says which kind.

    Args:
        record: a layer, or those of one run.
        path: of the file, which is written whole.
        started_at: when the run started, as ISO 8601 writes it.
        warning: what is to be known of all of it.

    Raises:
        InputError: the path is of no picture, or nothing can be written there.
    """
    from speckhal.runs.record import LeakRecord  # noqa: PLC0415  # only types at the top

    records = [record] if isinstance(record, LeakRecord) else record
    figure = leak_figure(records, started_at=started_at, warning=warning)
    write_picture(figure, path)


def _legend_below(axes: Axes, entries: list[Artist]) -> None:
    """A legend below the axes and their label, where it hides nothing."""
    from matplotlib.transforms import ScaledTranslation  # noqa: PLC0415  # slow import

    figure = axes.figure
    below = ScaledTranslation(0, -38 / 72, figure.dpi_scale_trans)
    legend = axes.legend(
        handles=entries,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=axes.transAxes + below,
        ncols=2 if len(entries) != 3 else 3,
        fontsize="small",
        frameon=False,
        borderaxespad=0,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
