"""Threshold and floor in a picture of curves, with a second axis that counts in thresholds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from speckhal.runs.record import LeakRecord

_FAR = 10.0
"""A threshold that is further from what was read than this times its extent is not in sight."""


def draw_limits(axes: Axes, record: LeakRecord) -> None:
    """Threshold and floor, with their names, and a second axis in thresholds."""
    layer, v_mem = record.layer, record.trace.v_mem
    lowest, highest = int(v_mem.min()), int(v_mem.max())
    whole = layer.threshold_high - layer.threshold_low
    extent = highest - lowest if len(v_mem) > 1 and highest > lowest else whole
    grey = {"color": mpl.rcParams["text.color"], "alpha": 0.75}
    outside: list[str] = []
    limits = [lowest, highest]
    for value, said, side, va in (
        (layer.threshold_high, f"fires at {layer.threshold_high}", 1, "bottom"),
        (layer.threshold_low, f"floor at {layer.threshold_low}", -1, "top"),
    ):
        away = value - highest if side > 0 else lowest - value
        if away > _FAR * extent:
            outside.append(said)
            continue
        limits.append(value)
        axes.axhline(value, linewidth=0.9, linestyle=":", **grey)
        # where leak from above does not get at once
        at, ha = (0.995, "right") if side > 0 else (0.005, "left")
        axes.annotate(
            said,
            (at, value),
            xycoords=("axes fraction", "data"),
            xytext=(0, 4 * side),
            textcoords="offset points",
            ha=ha,
            va=va,
            fontsize="small",
            **grey,
        )
    if outside:
        axes.annotate(
            f"{' and '.join(outside)}: not in sight",
            (0.995, 0),
            xycoords="axes fraction",
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize="small",
            **grey,
        )
    room = 0.11 * (max(limits) - min(limits) or 1)
    axes.set_ylim(min(limits) - room, max(limits) + room)
    high = layer.threshold_high
    if high > 0:
        second = axes.secondary_yaxis(
            "right",
            functions=(
                lambda v_mem: np.asarray(v_mem) / high,
                lambda part: np.asarray(part) * high,
            ),
        )
        second.set_ylabel("in spike thresholds")
