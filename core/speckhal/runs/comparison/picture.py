"""The picture of a comparison: both runs above, their difference below, on an axis of ticks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from speckhal.leak.shown_figure import ShownFigure
from speckhal.runs.comparison.drawn_neurons import chosen, name_of
from speckhal.runs.comparison.picture_words import SAID, WIDTH, title, who, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.leak.step_inference import Integers
    from speckhal.runs.comparison.layer_comparison import LayerComparison
    from speckhal.runs.comparison.picture_words import DrawnComparison

MOST_LAYERS: Final = 4
"""Of more layers than this, as many are drawn, those that differ first."""

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of Okabe and Ito, which the colour-blind distinguish."""

_MOST_MARKERS: Final = 40
_AT_ONCE: Final = 2_000_000


def comparison_figure(comparison: DrawnComparison, layers: Sequence[LayerComparison]) -> Figure:
    """A figure with two axes for each layer, one pair above the other.

    Args:
        comparison: of two runs.
        layers: that are drawn; at most `MOST_LAYERS`.

    Returns:
        A figure of matplotlib that belongs to no window, and that notebooks show.
    """
    order = sorted(layers, key=_part_first)[:MOST_LAYERS]
    drawn = [one for one in layers if one in order]
    figure = ShownFigure(
        figsize=(7.6, max(1, len(drawn)) * 5.6 + 0.5), layout="constrained", dpi=150
    )
    FigureCanvasAgg(figure)
    if not drawn:
        figure.suptitle(wrapped([SAID[comparison.answer], *comparison.problems]))
    else:
        rows = figure.subplots(2 * len(drawn), squeeze=False, height_ratios=[3, 2] * len(drawn))
        for number, one in enumerate(drawn):
            upper, lower = rows[2 * number, 0], rows[2 * number + 1, 0]
            lower.sharex(upper)
            draw_layer(comparison, one, upper, lower)
    left_out = [str(one.layer) for one in layers if one not in drawn]
    if left_out:
        figure.suptitle(f"Layers {', '.join(left_out)} not drawn.", fontsize="medium")
    figure.supxlabel(
        "\n".join(textwrap.fill(who(side), WIDTH + 36) for side in comparison.sides),
        fontsize="x-small",
        alpha=0.8,
    )
    for text in figure.texts:
        text.set_parse_math(False)
    return figure


def draw_layer(
    comparison: DrawnComparison, layer: LayerComparison, upper: Axes, lower: Axes
) -> None:
    """Draw one layer: the neurons that differ most above, all differences below."""
    v_mem = tuple(
        side.traces[layer.layer].v_mem.reshape(layer.readings[number], -1)
        for number, side in enumerate(comparison.sides)
    )
    neurons, shown = chosen(layer, v_mem)
    upper.set_title(
        title(comparison, layer, len(neurons), shown),
        fontsize="medium",
        loc="left",
        parse_math=False,
    )
    upper.set_ylabel("membrane potential\n(chip units)")
    lower.set_ylabel("a - b\n(chip units)")
    lower.set_xlabel("slow-clock ticks since the first reading")
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    upper.xaxis.set_tick_params(labelbottom=False)
    ink = mpl.rcParams["text.color"]
    lower.axhline(0, color=ink, linewidth=0.8, alpha=0.6)
    pairs = layer.pairs
    if not len(pairs):
        for axes in (upper, lower):
            axes.text(
                0.5, 0.5, "nothing to compare", transform=axes.transAxes, ha="center", alpha=0.8
            )
        return
    entries: list[Artist] = [
        Line2D([], [], color=ink, linewidth=3.2, alpha=0.4, label="a"),
        Line2D([], [], color=ink, linewidth=1.2, linestyle="--", label="b"),
    ]
    entries += _draw_allowed(comparison, layer, lower)
    entries += _draw_range(layer, v_mem, lower)
    every = max(1, len(pairs) // _MOST_MARKERS)
    for neuron, colour in zip(neurons, _COLOURS, strict=False):
        a = v_mem[0][pairs.a, neuron].astype(np.int64)
        b = v_mem[1][pairs.b, neuron].astype(np.int64)
        upper.plot(pairs.ticks, a, color=colour, linewidth=3.2, alpha=0.4, drawstyle="steps-post")
        upper.plot(
            pairs.ticks, b, color=colour, linewidth=1.2, linestyle="--", drawstyle="steps-post"
        )
        lower.plot(
            pairs.ticks,
            a - b,
            color=colour,
            linewidth=1.2,
            marker="o",
            markersize=3.5,
            markevery=every,
            drawstyle="steps-post",
        )
        entries.append(
            Line2D([], [], color=colour, linewidth=3, label=name_of(layer, neuron, v_mem))
        )
    _mark_divergence(layer, upper, lower)
    upper.margins(x=0.02, y=0.1)
    legend = lower.legend(
        handles=entries,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.32),
        ncols=min(len(entries), 4),
        fontsize="small",
        frameon=False,
        borderaxespad=0,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _part_first(layer: LayerComparison) -> tuple[bool, int, int]:
    parted = layer.divergence
    return (parted is None, 0 if parted is None else parted.tick, layer.layer)


def _draw_range(
    layer: LayerComparison, v_mem: tuple[npt.NDArray[np.int16], ...], lower: Axes
) -> list[Artist]:
    """The range of the differences of all neurons, in grey, so that none is hidden."""
    pairs = layer.pairs
    low, high = np.zeros(len(pairs), np.int64), np.zeros(len(pairs), np.int64)
    rows = max(1, _AT_ONCE // v_mem[0].shape[1])
    for start in range(0, len(pairs), rows):
        part = slice(start, start + rows)
        apart = v_mem[0][pairs.a[part]].astype(np.int64) - v_mem[1][pairs.b[part]]
        low[part], high[part] = apart.min(axis=1), apart.max(axis=1)
    # a difference of one unit never looks like a large one, nor does none
    most = 1.15 * max(1, int(np.abs(low).max()), int(np.abs(high).max()))
    lower.set_ylim(-most, most)
    lower.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    if (low == high).all():
        return []
    ink = mpl.rcParams["text.color"]
    lower.fill_between(pairs.ticks, low, high, step="post", color=ink, alpha=0.12, linewidth=0)
    return [Patch(color=ink, alpha=0.2, label="range of all neurons")]


def _draw_allowed(comparison: DrawnComparison, layer: LayerComparison, lower: Axes) -> list[Artist]:
    """How far the two may be apart, where they may."""
    tolerance, ticks = comparison.tolerance, layer.pairs.ticks
    if tolerance.thresholds is not None or not (tolerance.v_mem or tolerance.step):
        return []
    ends: Integers = np.array([ticks.min(), ticks.max()])
    allowed = tolerance.v_mem + tolerance.step * ends
    lower.fill_between(ends, -allowed, allowed, color="#009E73", alpha=0.15, linewidth=0)
    return [Patch(color="#009E73", alpha=0.3, label="tolerance")]


def _mark_divergence(layer: LayerComparison, upper: Axes, lower: Axes) -> None:
    parted = layer.divergence
    if parted is None:
        return
    ink = mpl.rcParams["text.color"]
    for axes in (upper, lower):
        axes.axvline(parted.tick, color=ink, linewidth=1, linestyle=":")
    last = int(layer.pairs.ticks.max())
    left = parted.tick > last / 2
    upper.annotate(
        f"first divergence: tick {parted.tick}{parted.at_the_latest}, "
        f"c{parted.channel} y{parted.y} x{parted.x}, "
        f"{parted.values[0]} and {parted.values[1]}",
        (parted.tick, 1),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if left else 5, -4),
        textcoords="offset points",
        ha="right" if left else "left",
        va="top",
        fontsize="small",
        bbox={"boxstyle": "square,pad=0.15", "color": mpl.rcParams["axes.facecolor"], "alpha": 0.8},
    )
