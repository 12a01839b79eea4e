"""Few trajectories: a curve for each in a colour of its own, over the staircase expected of it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.picture_colours import qualitative
from speckhal.runs.pictures.expected import expected_values, moments_of
from speckhal.runs.pictures.limits import draw_limits
from speckhal.runs.pictures.trajectories import floor_hit, spikes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from speckhal.leak.step_inference import Floats, Integers
    from speckhal.runs.pictures.expected import TickMoments
    from speckhal.runs.pictures.trajectories import DrawnTrajectory
    from speckhal.runs.record import LeakRecord

    Numbers = npt.NDArray[np.number]

_MARKERS = "osD^vP*X<>ph"
_MOST_MARKERS = 40
_MOST_POINTS = 20_000
"""More points than this are pixels in files of vectors, which would else grow with the run."""

_MOST_STAIRS = 2000
"""More ticks than this in one picture are finer than its pixels, and are drawn as a ramp."""


def draw_curves(
    axes: Axes,
    record: LeakRecord,
    trajectories: Sequence[DrawnTrajectory],
    ticks: TickMoments | None,
) -> list[Artist]:
    """Draw them, and return what a legend should explain."""
    trace, moments = record.trace, moments_of(record.trace)
    rate = None if ticks is None else 1 / ticks.period
    between = np.diff(moments) * (rate or 0)
    stairs = (
        rate is not None
        and bool(between.size)
        and float(np.median(between)) <= 1 + 1e-6
        and float(np.ptp(moments)) * rate <= _MOST_STAIRS
    )
    explained: list[Artist] = []
    spikes = spikes_of(trace, record.layer)
    flat = trace.v_mem.reshape(len(trace), -1)
    wrong = {
        one.channel
        for one in (record.verdict.channels if record.verdict else ())
        if one.answer is Answer.DISAGREES
    }
    looks = zip(itertools.cycle(qualitative()), itertools.cycle(_MARKERS), strict=False)
    for trajectory, (colour, marker) in zip(trajectories, looks, strict=False):
        at, v_mem = (
            _with_breaks(moments, trajectory.v_mem, between)
            if stairs
            else (moments, trajectory.v_mem.astype(np.float64))
        )
        (line,) = axes.plot(
            at,
            v_mem,
            drawstyle="steps-post" if stairs else "default",
            color=to_rgba(colour, 0.55),  # what was expected is drawn over it
            linewidth=3.2 if stairs else 0.8,
            marker=marker,
            markersize=4,
            markerfacecolor=colour,
            markeredgecolor=colour,
            markevery=max(1, -(-len(at) // _MOST_MARKERS)),
            rasterized=len(at) * len(trajectories) > _MOST_POINTS,
            label=f"{trajectory.name} ({trajectory.step:+d} a tick)"
            + " \N{BALLOT X}" * bool(wrong & set(trajectory.channels)),
        )
        explained.append(line)
        if ticks is not None and len(moments) > 1:
            _draw_expected(axes, record, trajectory, ticks, stairs=stairs, colour=colour)
        neuron = int((flat == trajectory.v_mem[:, None]).all(axis=0).argmax())
        fired = moments[spikes[:, neuron]]
        _mark(axes, fired, np.full(len(fired), record.layer.threshold_high), "spike", colour)
        hit = floor_hit(trajectory, record.layer)
        if hit is not None:
            _mark(axes, moments[[hit]], trajectory.v_mem[[hit]], "floor")
    explained += _explanations(axes, stairs=stairs)
    draw_limits(axes, record)
    return explained


def _with_breaks(moments: Floats, v_mem: Integers, between: Floats) -> tuple[Floats, Floats]:
    """Without a line over gaps in which more than one tick can have passed."""
    gaps = np.flatnonzero(between > 1.5) + 1
    # each value holds for a moment, and then nobody knows
    return (
        np.insert(moments, gaps, moments[gaps - 1]),
        np.insert(v_mem.astype(np.float64), gaps, np.nan),
    )


def _draw_expected(
    axes: Axes,
    record: LeakRecord,
    trajectory: DrawnTrajectory,
    ticks: TickMoments,
    *,
    stairs: bool,
    colour: str,
) -> None:
    moments = moments_of(record.trace)
    first, last = float(moments[0]), float(moments[-1])
    start, step = trajectory.v_mem[:1], np.array([trajectory.step])
    if stairs:
        numbers = np.arange(1, int(ticks.passed(moments)[-1]) + 1)
        came = np.maximum(ticks.offset + numbers * ticks.period, first)
        counts = np.concatenate([[0], numbers, numbers[-1:]])
        at = np.concatenate([[first], came, [last] * bool(numbers.size)])
        values = expected_values(record.layer, start, step, counts)[:, 0]
        style = "steps-post"
    else:
        at = np.linspace(first, last, 400)
        whole = ticks.passed(at)
        rest = (at - ticks.offset) / ticks.period - whole
        lower, upper = (
            expected_values(record.layer, start, step, whole + more)[:, 0] for more in (0, 1)
        )
        values = lower + (upper - lower) * np.clip(rest, 0, 1)
        around = abs(trajectory.step)
        low = np.maximum(values - around, min(record.layer.threshold_low, int(start[0])))
        axes.fill_between(at, low, values + around, color=colour, alpha=0.15, linewidth=0)
        style = "default"
    if np.isfinite(values[1:]).any():
        axes.plot(
            at,
            values,
            color=colour,
            linewidth=1.3,
            linestyle="--",
            label="_expected",
            drawstyle=style,
        )


def _mark(
    axes: Axes, moments: Floats, v_mem: Numbers, what: str, colour: str | None = None
) -> None:
    """Mark what happened, at those moments and heights."""
    marker, size = {"spike": ("|", 15), "floor": ("v", 9)}[what]
    if len(moments):
        axes.plot(
            moments,
            v_mem,
            linestyle="none",
            marker=marker,
            markersize=size,
            markerfacecolor="none",
            markeredgecolor=colour or mpl.rcParams["text.color"],
            markeredgewidth=1.8,
            label=f"_{what}",
            zorder=4,
        )


def _explanations(axes: Axes, *, stairs: bool) -> list[Artist]:
    """Entries for what is drawn in every colour."""
    ink = mpl.rcParams["text.color"]
    drawn = {str(line.get_label()) for line in axes.lines}
    entries: list[Artist] = []
    if "_expected" in drawn:
        said = "expected" if stairs else "expected ramp (more than one tick between readings)"
        entries.append(Line2D([], [], color=ink, linestyle="--", linewidth=1.3, label=said))
        if not stairs:
            entries.append(Patch(color=ink, alpha=0.2, label="a tick more or less"))
    for name, marker, said in (
        ("_spike", "|", "has fired before this reading"),
        ("_floor", "v", "reaches the floor"),
    ):
        if name in drawn:
            entries.append(
                Line2D(
                    [],
                    [],
                    color=ink,
                    linestyle="none",
                    marker=marker,
                    markersize=9,
                    markerfacecolor="none",
                    label=said,
                )
            )
    return entries
