"""Pictures of spikes: each layer's over time, and how many each channel sent."""

from __future__ import annotations

import functools
import math
import textwrap
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.spikes import SENSOR_INPUT
from speckhal.runs.picture_files import check_picture, write_picture
from speckhal.runs.pictures.wording import date_of
from speckhal.runs.spiking.spike_run import check_run
from speckhal.system.counted import counted
from speckhal.system.printable import printable

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.contract.address import Shape
    from speckhal.contract.spikes import Spikes
    from speckhal.runs.spiking.spike_run import SpikeRun

PICTURE_ENDINGS: Final = (".png", ".pdf", ".svg")

MOST_PANELS: Final = 12
"""Of more inputs and layers than this, as many are drawn."""

MOST_DOTS: Final = 20_000
"""More spikes of a layer than this are drawn as how many came in each small part of time."""

_US_OF: Final = {"ms": 1_000, "s": 1_000_000}
_SECONDS_FROM_US: Final = 2_000_000
_MOST_COLUMNS: Final = 400
_MOST_ROWS: Final = 200
_MOST_MARKS: Final = 6
_MOST_LINES: Final = 16
_FEW_NEURONS: Final = 32
_BLOCK: Final = 1 << 20
"""Spikes that are counted at once."""

_IN_COLOUR, _OUT_COLOUR = "0.5", "C0"
_MANY_COLOURS: Final = ("#9a4fb0", "#e8483b", "#ffb000")
"""Of more and more spikes; all are to be seen on white paper and on dark screens."""
_WIDTH: Final = 100


def spike_figure(run: SpikeRun) -> Figure:
    """A figure of a run: a row for each input and each monitored layer, along one time.

    On the left each spike of a neuron is a dot, or, where there are many, a colour says how many
    came; on the right are bars of how many each channel sent, with the mean and the standard
    deviation over the permitted orders where they were tried.

    Returns:
        A figure of matplotlib that belongs to no window, and that notebooks show.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # slow import

    from speckhal.leak.shown_figure import ShownFigure  # noqa: PLC0415  # imports matplotlib

    panels = _panels(run)
    drawn = panels[:MOST_PANELS]
    figure = ShownFigure(figsize=(9.6, 1.75 * len(drawn) + 1.0), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(drawn), 2, squeeze=False, width_ratios=(4, 1), sharey="row")
    unit = "s" if run.duration_us >= _SECONDS_FROM_US else "ms"
    for (left, right), (name, chosen, known, colour) in zip(grid, drawn, strict=True):
        spikes = chosen()  # of one row at a time: those of all would take as much memory again
        shape = _shape_of(spikes, known)
        _draw_times(left, spikes, shape, run.duration_us, unit, colour)
        _draw_counts(right, spikes, shape, colour)
        left.set_title(_title(name, spikes, shape), loc="left", fontsize="small", parse_math=False)
        left.set_ylabel("neuron" if math.prod(shape) == shape[0] else "channel", fontsize="small")
        for axes in (left, right):
            axes.tick_params(labelsize="x-small")
        left.tick_params(labelbottom=left is grid[-1, 0])
    grid[-1, 0].set_xlabel(f"time ({unit})", fontsize="small")
    grid[-1, 1].set_xlabel("spikes of a channel", fontsize="small")
    _draw_spread(grid[-1, 1], run, drawn[-1][0])
    for right in grid[:, 1]:  # last of all: a limit that is set keeps the other one as it is
        right.set_xlim(left=0)
    said = f"Spikes on {run.info.board} ({'emulated' if run.info.emulated else 'measured'})"
    if run.problem:
        said = f"{said}\nEnded early: {textwrap.shorten(run.problem, _WIDTH, placeholder=' ...')}"
    if len(drawn) < len(panels):
        said = f"{said}\nNot drawn: {', '.join(name for name, *_ in panels[MOST_PANELS:])}"
    figure.suptitle(_printable_lines(said), fontsize="medium", x=0.01, ha="left")
    figure.supxlabel(_footer(run), fontsize="x-small", alpha=0.8)
    for text in figure.texts:
        text.set_parse_math(False)
    return figure


def plot_spikes(run: SpikeRun, path: str | os.PathLike[str]) -> None:
    """Draw a run into an image file; its ending (.png, .pdf, .svg) says which kind.

    Args:
        run: to draw.
        path: of the file, which is written whole.

    Raises:
        InputError: it is no run of spikes, the path is of no picture, or nothing can be written
            there.
    """
    check_picture(path)
    write_picture(spike_figure(check_run(run, "Asked to draw")), path)


def _printable_lines(text: str) -> str:
    """The text with its own line breaks, and nothing else that cannot be printed."""
    return "\n".join(printable(line) for line in text.splitlines())


def _footer(run: SpikeRun) -> str:
    said = [run.info.board, run.info.chip.name]
    if run.info.serial_number:
        said.append(f"serial number {run.info.serial_number}")
    said.append(date_of(run.provenance.started_at) or "date unknown")
    return textwrap.fill(printable(" \N{MIDDLE DOT} ".join(said)), _WIDTH)


Panel = tuple[str, "Callable[[], Spikes]", "Shape | None", str]


def _panels(run: SpikeRun) -> list[Panel]:
    """Name, what gives the spikes, shape of the map and colour of each row: inputs first."""
    shapes = {layer.index: layer for layer in run.deployment.layers}
    panels: list[Panel] = []
    due = run.due
    for index in due.layers:
        known = shapes[index].input_shape if index in shapes else None
        name = "the sensor's input" if index == SENSOR_INPUT else f"input of layer {index}"
        panels.append((name, functools.partial(due.of_layer, index), known, _IN_COLOUR))
    for index in sorted(run.monitored):
        known = shapes[index].shape if index in shapes else None
        name = "events of the sensor's path" if index == SENSOR_INPUT else f"layer {index}"
        panels.append((name, functools.partial(run.sent_by, index), known, _OUT_COLOUR))
    if not panels:
        name = "neither input nor layers that are monitored"
        panels.append((name, lambda: run.given[:0], (1, 1, 1), _IN_COLOUR))
    return panels


def _shape_of(spikes: Spikes, known: Shape | None) -> Shape:
    """Of the map; what nobody knows is as small as the spikes permit."""
    if known is not None:
        channels, height, width = known
        return channels, height, width
    channels, height, width = (
        int(column.max(initial=0)) + 1 for column in (spikes.channel, spikes.y, spikes.x)
    )
    return channels, height, width


def _title(name: str, spikes: Spikes, shape: Shape) -> str:
    sizes = " x ".join(map(str, shape))
    return f"{name}: {sizes} neurons, {counted(len(spikes), 'spike')}"


def _draw_times(
    axes: Axes, spikes: Spikes, shape: Shape, end_us: int, unit: str, colour: str
) -> None:
    """Spikes over time, with a row of its own for each neuron, grouped by channel."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415  # slow import

    neurons = math.prod(shape)
    end = end_us / _US_OF[unit]
    axes.set_xlim(0, end)
    axes.set_ylim(shape[0] - 0.5, -0.5)
    _mark_channels(axes, shape[0])
    if not len(spikes):
        axes.text(0.5, 0.5, "no spikes", transform=axes.transAxes, ha="center", va="center")
        return
    if len(spikes) > MOST_DOTS:
        together = -(-neurons // _MOST_ROWS)  # each row of as many, or it would look like a stripe
        height = -(-neurons // together)
        counts = _counts_in_time(spikes, shape, end_us, together, height)
        edges = np.linspace(0, end, _MOST_COLUMNS + 1)
        # the last row may be short of some
        first = np.minimum(np.arange(height + 1) * together, neurons)
        rows = first * shape[0] / neurons - 0.5
        shown = np.ma.masked_equal(counts, 0)
        # one spike has the colour of a dot, and all are to be seen on white paper and dark screens
        colours = LinearSegmentedColormap.from_list("spikes", [colour, *_MANY_COLOURS])
        axes.pcolormesh(edges, rows, shown, cmap=colours, rasterized=True)
        one = "grey" if colour == _IN_COLOUR else "blue"
        said = (
            f"spikes in {end / _MOST_COLUMNS:.3g} {unit}: 1 ({one}) to {int(counts.max()):,} "
            "(yellow)"
        )
        if together > 1:
            said = f"{said}; {together} neurons a row"
        axes.set_title(said, loc="right", fontsize="x-small")
        return
    flat = np.ravel_multi_index((spikes.channel, spikes.y, spikes.x), shape)
    row = (flat + 0.5) * shape[0] / neurons - 0.5  # a channel has a height of 1
    time = spikes.time_us / _US_OF[unit]
    few = neurons <= _FEW_NEURONS
    marker, size = ("|", 60 / max(4, neurons)) if few else (".", 1.4)
    axes.plot(time, row, marker, color=colour, markersize=size, rasterized=True, clip_on=True)


def _counts_in_time(
    spikes: Spikes, shape: Shape, end_us: int, together: int, height: int
) -> npt.NDArray[np.int64]:
    """How many spikes came in each part of time in each row, int64, (rows, parts)."""
    counts = np.zeros(height * _MOST_COLUMNS, np.int64)
    for first in range(0, len(spikes), _BLOCK):
        part = spikes[first : first + _BLOCK]
        flat = np.ravel_multi_index((part.channel, part.y, part.x), shape)
        column = np.minimum(part.time_us * _MOST_COLUMNS // end_us, _MOST_COLUMNS - 1)
        counts += np.bincount(flat // together * _MOST_COLUMNS + column, minlength=len(counts))
    return counts.reshape(height, _MOST_COLUMNS)


def _mark_channels(axes: Axes, channels: int) -> None:
    """Whole channels beside the rows, few of them; and lines between them, where there is room."""
    step = -(-channels // _MOST_MARKS)
    axes.set_yticks(range(0, channels, step))
    if channels <= _MOST_LINES:
        for border in range(1, channels):
            axes.axhline(border - 0.5, color="0.5", alpha=0.3, linewidth=0.6, zorder=0)


def _counts(spikes: Spikes, shape: Shape) -> npt.NDArray[np.int64]:
    return np.bincount(spikes.channel, minlength=shape[0]).astype(np.int64)


def _draw_counts(axes: Axes, spikes: Spikes, shape: Shape, colour: str) -> None:
    """How many spikes each channel has, beside its rows."""
    from matplotlib.ticker import EngFormatter, MaxNLocator  # noqa: PLC0415  # slow import

    axes.barh(np.arange(shape[0]), _counts(spikes, shape), height=0.8, color=colour)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))


def _draw_spread(axes: Axes, run: SpikeRun, name: str) -> None:
    """Mean and standard deviation over the orders, on the bars of the last layer."""
    import matplotlib as mpl  # noqa: PLC0415  # slow import

    spread = run.spread
    if spread is None or name != f"layer {spread.last_layer}":
        return
    axes.errorbar(
        spread.channel_mean,
        np.arange(len(spread.channel_mean)),
        xerr=spread.channel_deviation,
        fmt=".",
        color=mpl.rcParams["text.color"],  # light on dark screens
        markersize=2,
        linewidth=1,
    )
    axes.set_title(f"{len(spread.orders)} orders: mean, deviation", fontsize="x-small")
