"""The picture of a comparison: both runs above, their difference below, on an axis of ticks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final, Protocol

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from speckhal.leak.channel_verdict import Answer
from speckhal.runs.pictures.wording import date_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from speckhal.leak.step_inference import Flags, Integers
    from speckhal.runs.comparison.layer_comparison import LayerComparison
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tolerance import Tolerance

MOST_NEURONS: Final = 6
"""Of more ways in which neurons moved than this, those that differ most are drawn."""

MOST_LAYERS: Final = 4
"""Of more layers than this, as many are drawn, those that differ first."""

_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of Okabe and Ito, which the colour-blind distinguish."""

_WIDTH: Final = 84
_MOST_MARKERS: Final = 40
_MOST_CANDIDATES: Final = 2048
_AT_ONCE: Final = 2_000_000
_SAID: Final = {
    Answer.AGREES: "\N{CHECK MARK} a and b agree",
    Answer.DISAGREES: "\N{BALLOT X} a and b disagree",
    Answer.CANNOT_TELL: "? cannot tell whether a and b agree",
}


class DrawnComparison(Protocol):
    """What is drawn of a `speckhal.RunComparison` besides its layers."""

    @property
    def answer(self) -> Answer:
        """Of the three."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What differs and what is not clear, as sentences."""

    @property
    def clocks(self) -> tuple[str, ...]:
        """What differs between the clocks, as sentences."""

    @property
    def tolerance(self) -> Tolerance:
        """How far the two may be apart."""

    @property
    def sides(self) -> tuple[Side, Side]:
        """What was compared."""


def comparison_figure(comparison: DrawnComparison, layers: Sequence[LayerComparison]) -> Figure:
    """A figure with two axes for each layer, one pair above the other.

    Args:
        comparison: of two runs.
        layers: that are drawn; at most `MOST_LAYERS`.

    Returns:
        A figure of matplotlib that belongs to no window.
    """
    order = sorted(layers, key=_part_first)[:MOST_LAYERS]
    drawn = [one for one in layers if one in order]
    figure = Figure(figsize=(7.6, max(1, len(drawn)) * 5.6 + 0.5), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    if not drawn:
        figure.suptitle(_wrapped([_SAID[comparison.answer], *comparison.problems]))
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
        "\n".join(textwrap.fill(_who(side), _WIDTH + 36) for side in comparison.sides),
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
    neurons, shown = _chosen(layer, v_mem)
    upper.set_title(
        _title(comparison, layer, len(neurons), shown),
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
        entries.append(Line2D([], [], color=colour, linewidth=3, label=_name(layer, neuron, v_mem)))
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


def _chosen(
    layer: LayerComparison, v_mem: tuple[npt.NDArray[np.int16], ...]
) -> tuple[list[int], int]:
    """The neurons that are drawn, each for those that move as it does, and how many these are.

    Where some differ, only they are drawn: those that differ most, and the first that does. Else
    those come first that are furthest apart, such as those that are open.
    """
    largest = layer.largest.reshape(-1)
    parted = layer.divergence
    wanted: list[int] = []
    if parted is not None:
        wanted.append(int(np.ravel_multi_index((parted.channel, parted.y, parted.x), layer.shape)))
    # equal differences keep the order of neurons
    if largest.any():
        order = np.argsort(-largest, kind="stable")
        order = order[largest[order] > 0]
    else:
        order = np.argsort(-_furthest(layer, v_mem), kind="stable")
    most = np.array(wanted + order[:_MOST_CANDIDATES].tolist())
    both = np.concatenate([v_mem[0][layer.pairs.a][:, most], v_mem[1][layer.pairs.b][:, most]])
    _, firsts = np.unique(both, axis=1, return_index=True)
    drawn = sorted(most[np.sort(firsts)].tolist()[:MOST_NEURONS])
    return drawn, sum(int(_like(layer, neuron, v_mem).sum()) for neuron in drawn)


def _furthest(layer: LayerComparison, v_mem: tuple[npt.NDArray[np.int16], ...]) -> Integers:
    """By how much each neuron is apart at most, whether that is a difference or not, (neurons,)."""
    most = np.zeros(v_mem[0].shape[1], np.int64)
    for a, b in zip(layer.pairs.a.tolist(), layer.pairs.b.tolist(), strict=True):
        most = np.maximum(most, np.abs(v_mem[0][a].astype(np.int64) - v_mem[1][b]))
    return most


def _like(layer: LayerComparison, neuron: int, v_mem: tuple[npt.NDArray[np.int16], ...]) -> Flags:
    """Which neurons read as this one in both, (neurons,)."""
    alike = np.ones(v_mem[0].shape[1], np.bool_)
    for values, readings in zip(v_mem, (layer.pairs.a, layer.pairs.b), strict=True):
        for reading in readings.tolist():
            alike &= values[reading] == values[reading, neuron]
    return alike


def _name(layer: LayerComparison, neuron: int, v_mem: tuple[npt.NDArray[np.int16], ...]) -> str:
    c, y, x = np.unravel_index(neuron, layer.shape)
    alike = _like(layer, neuron, v_mem)
    others = int(alike.sum()) - 1
    if not others:
        return f"c{c} y{y} x{x}"
    return f"all {others + 1} neurons" if alike.all() else f"c{c} y{y} x{x} and {others} like it"


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


def _title(comparison: DrawnComparison, layer: LayerComparison, lines: int, shown: int) -> str:
    """The verdict on the layer, how much was compared, and how many neurons are drawn."""
    neurons = int(np.prod(layer.shape))
    answer = layer.answer
    said = [
        (
            f"Layer {layer.layer}: {_SAID[answer]} "
            f"({layer.ticks} tick{'s' * (layer.ticks != 1)} compared)"
        )
    ]
    differing = layer.differing_neurons
    if differing:
        said.append(
            f"{differing} of {neurons} neurons differ{'s' * (differing == 1)}, by up to "
            f"{int(layer.largest.max())}"
        )
    said += comparison.clocks
    if answer is Answer.CANNOT_TELL:
        said.append(layer.reason)
    wanted = differing or neurons
    if shown < wanted:
        drawn = f"{lines} line{'s' * (lines != 1)}"
        of_those = "that differ" if differing else "of the layer"
        said.append(f"{drawn} for {shown} of the {wanted} neurons {of_those}")
    elif differing and shown < neurons:
        what = "the one that differs" if differing == 1 else "those that differ"
        said.append(f"drawn: {what}; below, in grey, the range of all")
    return _wrapped(said)


def _wrapped(said: Sequence[str]) -> str:
    return "\n".join(_balanced(one) for one in said)


def _balanced(text: str) -> str:
    """On as few lines as fit, about equally long, so that no word stands alone on the last."""
    lines = len(textwrap.wrap(text, _WIDTH))
    narrow, wide = min(_WIDTH, len(text) // max(lines, 1) or 1), _WIDTH
    for width in range(narrow, wide):
        if len(textwrap.wrap(text, width)) <= lines:
            return textwrap.fill(text, width)
    return textwrap.fill(text, wide)


def _who(side: Side) -> str:
    """What was compared, in a few words."""
    if side.run is None:
        return f"{side.name}: a trace"
    info, provenance = side.run.info, side.run.provenance
    said = [
        f"{side.name}: {info.board}{' (emulated)' * info.emulated}",
        info.chip.name,
        f"serial number {info.serial_number}" if info.serial_number else "no serial number",
        date_of(info.recorded_at or provenance.started_at) or "date unknown",
    ]
    return " \N{MIDDLE DOT} ".join(said)
