"""A picture of a leak: one curve for each distinct trajectory, over what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from speckhal.contract.reading import VMem
    from speckhal.runs.record import LeakRecord

    Numbers = npt.NDArray[np.number]

MOST_NAMED = 8
"""More distinct trajectories than this are drawn thin, in the colours of their channels, and
without a name for each."""

MOST_DRAWN = 300
"""Of more distinct trajectories than this, as many are drawn."""

MOST_EXPECTED = 5
"""With more expected lines than this, as many are drawn: the extremes and some between."""

_MOST_CHANNELS = 8
"""Of more channels that disagree than this, as many are named."""

_GREY = "0.35"


def plot_leak(record: LeakRecord, path: Path) -> None:
    """Draw the record into an image file; its ending (.png, .pdf, .svg) says which kind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # slow import
    from matplotlib.figure import Figure  # noqa: PLC0415  # slow import
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # slow import

    figure = Figure(figsize=(7.2, 4.6), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    trace, layer = record.trace, record.layer
    stepped = trace.ticks is not None
    moments: Numbers = trace.ticks if trace.ticks is not None else trace.time_s
    _draw_thresholds(axes, record)
    distinct, firsts, counts = np.unique(
        trace.v_mem.reshape(len(trace), -1), axis=1, return_index=True, return_counts=True
    )
    order = firsts.argsort()
    curves, firsts, counts = distinct.T[order], firsts[order], counts[order]
    if len(curves) > MOST_NAMED:
        _draw_many(figure, axes, record, moments, curves, firsts)
    else:
        _draw_named(axes, record, moments, curves, firsts, counts)
    _draw_expected(axes, record, moments)
    axes.set_xlabel("slow-clock ticks" if stepped else "time since the slow clock started (s)")
    axes.set_ylabel("membrane potential (chip units)")
    if stepped:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    where = "emulated" if record.info.emulated else "measured"
    rate = "stepped clock" if stepped or layer.rate_hz is None else f"{layer.rate_hz} Hz slow clock"
    axes.set_title(
        f"Leak of layer {layer.index} on {record.info.board} ({where}), {rate}\n{_answer(record)}",
        fontsize="medium",
    )
    axes.margins(x=0.02)
    # below the axes, where it hides nothing
    figure.legend(loc="outside lower center", ncols=3, fontsize="small", frameon=False)
    with whole_file(path) as file:
        figure.savefig(file, format=path.suffix.removeprefix(".").lower())


def _answer(record: LeakRecord) -> str:
    """Whether it agrees with what was deployed, and which channels decide that, in a few words."""
    said = {
        Answer.AGREES: "agrees with what was deployed",
        Answer.DISAGREES: "disagrees with what was deployed",
        Answer.CANNOT_TELL: "cannot tell whether it agrees with what was deployed",
    }[record.answer]
    channels = () if record.verdict is None else record.verdict.channels
    deciding = [str(channel.channel) for channel in channels if channel.answer is record.answer]
    if len(deciding) == len(channels):
        return said
    named = ", ".join(deciding[:_MOST_CHANNELS]) + ", ..." * (len(deciding) > _MOST_CHANNELS)
    return f"{said} (channel{'s' * (len(deciding) > 1)} {named})"


def _draw_thresholds(axes: Axes, record: LeakRecord) -> None:
    layer = record.layer
    for name, threshold in (("high", layer.threshold_high), ("low", layer.threshold_low)):
        axes.axhline(threshold, color=_GREY, linewidth=0.9, linestyle=":")
        axes.annotate(
            f"threshold\n{name} {threshold}",
            (1, threshold),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            color=_GREY,
        )


def _draw_named(
    axes: Axes,
    record: LeakRecord,
    moments: Numbers,
    curves: VMem,
    firsts: npt.NDArray[np.intp],
    counts: npt.NDArray[np.intp],
) -> None:
    """A step curve with a name for each trajectory."""
    for curve, first, count in zip(curves, firsts.tolist(), counts.tolist(), strict=True):
        c, y, x = np.unravel_index(first, record.trace.shape)
        others = f" and {count - 1} like it" if count > 1 else ""
        everyone = count == record.trace.v_mem[0].size
        axes.step(
            moments,
            curve,
            where="post",
            linewidth=1.8,
            marker="o",
            markersize=3,
            label=f"all {count} neurons" if everyone else f"c{c} y{y} x{x}{others}",
        )


def _draw_many(
    figure: Figure,
    axes: Axes,
    record: LeakRecord,
    moments: Numbers,
    curves: VMem,
    firsts: npt.NDArray[np.intp],
) -> None:
    """Thin lines, in the colours of their channels."""
    from matplotlib.cm import ScalarMappable  # noqa: PLC0415  # slow import
    from matplotlib.colors import Normalize  # noqa: PLC0415  # slow import
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415  # slow import

    channels, height, width = record.trace.shape
    colours = ScalarMappable(Normalize(0, max(channels - 1, 1)), "viridis")
    colour_of = colours.to_rgba(np.arange(channels))
    drawn = _spread(len(curves), MOST_DRAWN)
    some = "" if len(drawn) == len(curves) else f"{len(drawn)} of "
    label = f"{some}{len(curves)} trajectories of {record.trace.v_mem[0].size} neurons"
    for number in drawn:
        axes.plot(
            moments,
            curves[number],
            drawstyle="steps-post",  # as a tick is
            linewidth=0.8,
            alpha=0.8,
            color=colour_of[firsts[number] // (height * width)],
            label=label,
        )
        label = "_nolegend_"
    if channels > 1:
        whole = MaxNLocator(integer=True)
        figure.colorbar(colours, ax=axes, label="channel", pad=0.02, ticks=whole)


def _draw_expected(axes: Axes, record: LeakRecord, moments: Numbers) -> None:
    lines = list(_expected(record, moments))
    if not lines:
        return
    steps = sorted({step for step, _, _ in lines})
    added = str(steps[0]) if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    label = f"expected, {added} per tick"
    for number in _spread(len(lines), MOST_EXPECTED):
        _, fine, line = lines[number]
        axes.plot(fine, line, color="k", linewidth=0.9, linestyle="--", label=label)
        label = "_nolegend_"


def _expected(record: LeakRecord, moments: Numbers) -> Iterator[tuple[int, Numbers, Numbers]]:
    """Step, moments and values of a straight line for each channel, down to the floor.

    A line that rises ends where the neuron should fire: when it does so depends on its reset.
    Where neurons of a channel start apart, its lowest and highest stand for all between.
    """
    layer, trace = record.layer, record.trace
    if trace.ticks is None and layer.rate_hz is None:
        return
    per_moment = 1 if trace.ticks is not None else layer.rate_hz or 1
    fine = np.linspace(float(moments[0]), float(moments[-1]), 400)
    starts = {
        (int(step), int(start))
        for step, sample in zip(layer.biases, trace.v_mem[0], strict=True)
        for start in (sample.min(), sample.max())
    }
    for step, start in sorted(starts):
        line = np.maximum(start + step * per_moment * fine, layer.threshold_low)
        if start + min(step, 0) >= layer.threshold_high:
            continue
        stays = line < layer.threshold_high if step > 0 else np.full(line.shape, fill_value=True)
        yield step, fine[stays], line[stays]


def _spread(count: int, most: int) -> list[int]:
    """Numbers below `count`, evenly spread with both ends, at most `most` of them."""
    drawn = min(count, most)
    return [number * (count - 1) // max(drawn - 1, 1) for number in range(drawn)]
