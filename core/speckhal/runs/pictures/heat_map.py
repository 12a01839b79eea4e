"""Many trajectories: neurons against time as colours, so that one that differs is seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.ticker import FuncFormatter, MaxNLocator

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.picture_colours import diverging
from speckhal.runs.pictures.expected import moments_of, residuals

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

    from speckhal.leak.step_inference import Floats
    from speckhal.runs.pictures.expected import TickMoments
    from speckhal.runs.record import LeakRecord

MOST_ROWS = 256
"""Of more neurons than this, several share a row, which shows the one that differs most."""

MOST_COLUMNS = 500
"""Of more readings than this, several share a column, which shows the one that differs most."""

_MOST_NAMED = 12


def draw_heat_map(axes: Axes, record: LeakRecord, ticks: TickMoments | None) -> None:
    """Residuals where something differs from what was expected, else membrane potentials."""
    trace = record.trace
    values = trace.v_mem.reshape(len(trace), -1).astype(np.float64)
    differs = None if ticks is None else residuals(trace, record.layer, ticks)
    high = record.layer.threshold_high
    if differs is not None and np.nan_to_num(differs).any() and np.isfinite(differs[1:]).any():
        shown, largest = differs, float(np.nanmax(np.abs(differs)))
        norm, colours = Normalize(-largest, largest), diverging()
        said = f"measured - expected (chip units)\n{high} units are a spike threshold"
    else:
        shown, norm = values, Normalize(values.min(), values.max())
        colours = mpl.colormaps["viridis"]
        said = f"membrane potential (chip units)\nfires at {high}"
    weight = np.abs(values - values[0]) if differs is None else np.abs(np.nan_to_num(differs))
    edges, rows, together = _reduced(moments_of(trace), shown, weight)
    colour_map = colours.with_extremes(bad="0.6")
    mesh = axes.pcolormesh(
        edges, rows, np.ma.masked_invalid(together), cmap=colour_map, norm=norm, rasterized=True
    )
    axes.figure.colorbar(mesh, ax=axes, label=said, pad=0.06)
    a_channel = values.shape[1] // trace.shape[0]
    axes.set_ylim(values.shape[1], 0)
    axes.yaxis.set_major_locator(_ChannelLocator(a_channel))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda row, _: f"{row / a_channel - 0.5:.0f}"))
    unit = "one neuron" if a_channel == 1 else f"{a_channel} neurons"
    axes.set_ylabel(f"channel ({unit} each)")
    axes.set_facecolor("0.6")
    _point_at_wrong(axes, record, a_channel)


class _ChannelLocator(MaxNLocator):
    """Ticks in the middle of channels."""

    def __init__(self, a_channel: int) -> None:
        super().__init__(integer=True)
        self._a_channel = a_channel

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        low, high = sorted((vmin / self._a_channel, vmax / self._a_channel))
        whole = np.asarray(super().tick_values(low, high))
        inside = whole[(whole >= low) & (whole < high)]
        return [(float(channel) + 0.5) * self._a_channel for channel in inside]


def _reduced(moments: Floats, shown: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Edges of columns, edges of rows, and what each cell shows, (rows, columns).

    Columns are as wide as the readings are apart, and what lies in a gap is not a number.
    """
    samples, neurons = shown.shape
    for_rows = np.linspace(0, neurons, min(neurons, MOST_ROWS) + 1).astype(int)
    for_columns = np.linspace(0, samples, min(samples, MOST_COLUMNS) + 1).astype(int)
    # the one with most weight of each block, first over neurons and then over samples
    cells = np.stack([shown, weight]).transpose(0, 2, 1)
    for axis, bounds in ((1, for_rows), (2, for_columns)):
        cells = _heaviest(cells, bounds, axis)
    first = moments[for_columns[:-1]]
    last = moments[for_columns[1:] - 1]
    apart = np.diff(moments)
    usual = float(np.median(apart)) if apart.size else 1.0
    half = usual / 2
    edges = [float(first[0]) - half]
    columns: list[Floats] = []
    for number in range(len(first)):
        columns.append(cells[0, :, number])
        end = float(last[number]) + half
        if number + 1 == len(first):
            edges.append(end)
        elif float(first[number + 1]) - float(last[number]) > 1.5 * usual:
            edges += [end, float(first[number + 1]) - half]
            columns.append(np.full(cells.shape[1], np.nan))
        else:
            edges.append(float(last[number] + first[number + 1]) / 2)
    return np.array(edges), for_rows.astype(np.float64), np.stack(columns, axis=1)


def _heaviest(cells: Floats, bounds: npt.NDArray[np.int64], axis: int) -> Floats:
    """Of each block between two bounds, what has most weight; cells are values and weights."""
    if len(bounds) - 1 == cells.shape[axis]:
        return cells
    blocks = []
    for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        block = cells[:, low:high] if axis == 1 else cells[:, :, low:high]
        best = block[1].argmax(axis=axis - 1, keepdims=True)
        blocks.append(np.take_along_axis(block, best[None], axis=axis))
    return np.concatenate(blocks, axis=axis)


def _point_at_wrong(axes: Axes, record: LeakRecord, a_channel: int) -> None:
    """A pointer beside each channel that disagrees, and its number where there is room."""
    if record.verdict is None:
        return
    wrong = [one.channel for one in record.verdict.channels if one.answer is Answer.DISAGREES]
    if not wrong:
        return  # the layout would keep ever more room free for a line without points
    at_the_edge = axes.get_yaxis_transform()
    rows = [(channel + 0.5) * a_channel for channel in wrong]
    axes.plot(
        [1.012] * len(rows),
        rows,
        transform=at_the_edge,
        clip_on=False,
        linestyle="none",
        marker="<",
        markersize=5,
        color=mpl.rcParams["text.color"],
        label="_wrong",
    )
    room, above = record.layer.shape[0] * a_channel / 20, -np.inf
    for channel, row in list(zip(wrong, rows, strict=True))[:_MOST_NAMED]:
        if row - above >= room:
            axes.annotate(
                str(channel),
                (1.012, row),
                xycoords=at_the_edge,
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
                annotation_clip=False,
            )
            above = row
