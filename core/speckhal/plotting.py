"""A picture of a leak: one step curve for each distinct trajectory, over what was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from matplotlib.axes import Axes

    from speckhal.record import LeakRecord

MOST_CURVES = 12
"""More distinct trajectories than this are drawn thin, and without a name for each."""


def plot_leak(record: LeakRecord, path: Path) -> None:
    """Draw the record into an image file; its ending (.png, .pdf, .svg) says which kind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # slow import
    from matplotlib.figure import Figure  # noqa: PLC0415  # likewise

    figure = Figure(figsize=(7.2, 4.2), layout="constrained", dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    trace, layer = record.trace, record.layer
    stepped = trace.ticks is not None
    moments = trace.ticks if trace.ticks is not None else trace.time_s
    _draw_trajectories(axes, record, moments)
    _draw_expected(axes, record, moments)
    for threshold, name in ((layer.threshold_high, "high"), (layer.threshold_low, "low")):
        axes.axhline(threshold, color="0.45", linewidth=0.9, linestyle=":")
        axes.annotate(
            f"threshold_{name} {threshold}",
            (1, threshold),
            xycoords=("axes fraction", "data"),
            xytext=(-4, -3 if name == "high" else 3),
            textcoords="offset points",
            ha="right",
            va="top" if name == "high" else "bottom",
            fontsize="small",
            color="0.35",
        )
    axes.set_xlabel("slow-clock ticks" if stepped else "time since the slow clock started (s)")
    axes.set_ylabel("membrane potential (chip units)")
    where = "emulated" if record.info.emulated else "measured"
    rate = "stepped clock" if stepped or layer.rate_hz is None else f"{layer.rate_hz} Hz slow clock"
    axes.set_title(
        f"Leak of layer {layer.index} on {record.info.board} ({where}), {rate}", fontsize="medium"
    )
    axes.margins(x=0.02)
    axes.legend(loc="best", fontsize="small", framealpha=0.9, edgecolor="none")
    figure.savefig(path)


def _draw_trajectories(axes: Axes, record: LeakRecord, moments: npt.NDArray[np.number]) -> None:
    trace = record.trace
    flat = trace.v_mem.reshape(len(trace), -1)
    distinct, firsts, counts = np.unique(flat, axis=1, return_index=True, return_counts=True)
    if distinct.shape[1] > MOST_CURVES:
        axes.step(
            moments, distinct, where="post", linewidth=0.6, alpha=0.5, color="tab:blue",
            label=[f"{distinct.shape[1]} trajectories of {flat.shape[1]} neurons"]
            + ["_nolegend_"] * (distinct.shape[1] - 1),
        )  # fmt: skip
        return
    for curve, first, count in zip(distinct.T, firsts.tolist(), counts.tolist(), strict=True):
        c, y, x = np.unravel_index(first, trace.shape)
        others = f" and {count - 1} like it" if count > 1 else ""
        label = f"all {count} neurons" if count == flat.shape[1] else f"c{c} y{y} x{x}{others}"
        axes.step(
            moments, curve, where="post", linewidth=1.8, marker="o", markersize=3, label=label
        )


def _draw_expected(axes: Axes, record: LeakRecord, moments: npt.NDArray[np.number]) -> None:
    """Straight lines for each channel, from where its neurons start to the floor."""
    layer, trace = record.layer, record.trace
    if trace.ticks is None and layer.rate_hz is None:
        return
    per_moment = 1 if trace.ticks is not None else layer.rate_hz or 1
    fine = np.linspace(float(moments[0]), float(moments[-1]), 200)
    # where neurons of a channel start apart, its lowest and highest stand for all between
    starts = {
        (int(step), int(start))
        for step, sample in zip(layer.biases, trace.v_mem[0], strict=True)
        for start in (sample.min(), sample.max())
    }
    steps = sorted({step for step, _ in starts})
    told = str(steps[0]) if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    label = f"expected, {told} per tick"
    for number, (step, start) in enumerate(sorted(starts)[:MOST_CURVES]):
        line = np.clip(start + step * per_moment * fine, layer.threshold_low, layer.threshold_high)
        axes.plot(
            fine,
            line,
            color="k",
            linewidth=0.9,
            linestyle="--",
            label=label if number == 0 else "_nolegend_",
        )
