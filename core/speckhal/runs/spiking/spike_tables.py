"""Tables of a run of spikes, as text: what layers sent, what cores had to do, what orders gave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.spikes import SENSOR_INPUT

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal.contract.core_activity import CoreActivity
    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.spike_run import SpikeRun

_US_PER_S: Final = 1e6
_FEW_US: Final = 1_000.0


@attrs.frozen
class SpikeTable:
    """Texts in rows under the names of their columns.

    Attributes:
        columns: their names; a line break in one is where it may be parted.
        rows: a text for each column.
        legend: what a column means, where its name does not say it, as sentences.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[str, ...] = ()


def counts_table(run: SpikeRun) -> SpikeTable:
    """What each monitored layer sent: how much, of how many neurons, and when."""
    span_us = run.planned_us if run.passed_us is None else run.passed_us
    rows = []
    for layer in run.layers:
        sent = run.sent_by(layer.index)
        neurons = math.prod(layer.shape)
        flat = np.ravel_multi_index((sent.channel, sent.y, sent.x), layer.shape)
        fired = np.count_nonzero(np.bincount(flat))
        # what comes of spikes that are all of time 0 has no rate
        rate = f"{len(sent) / neurons / run.duration_us * _US_PER_S:.4g}" if span_us else ""
        ends_us = (sent.time_us.min(), sent.time_us.max()) if len(sent) else ()
        times = [f"{int(time) / _US_PER_S:.6f}" for time in ends_us] or ["", ""]
        rows.append(
            (
                str(layer.index),
                str(layer.core),
                "x".join(map(str, layer.shape)),
                f"{len(sent):,}",
                f"{fired:,}",
                rate,
                *times,
            )
        )
    if SENSOR_INPUT in run.monitored:
        rows.append(("sensor", "", "", f"{run.counts[SENSOR_INPUT]:,}", "", "", "", ""))
    return SpikeTable(
        ("layer", "core", "neurons", "spikes", "fired", "Hz each", "first s", "last s"),
        tuple(rows),
    )


def work_table(run: SpikeRun) -> SpikeTable:
    """What each core had to do, and how long its events waited; no row where nobody knows it."""
    duration_s = run.worked_us / _US_PER_S
    return SpikeTable(
        (
            *("core", "layer", "events", "operations", "busy"),
            *("longest\nqueue", "longest\nwait", "dropped"),
        ),
        tuple(
            (
                str(core.core),
                str(layer),
                f"{core.events:,}",
                f"{core.operations:,}",
                f"{core.busy_s / duration_s:.2%}",
                f"{core.longest_queue:,}",
                _short_time(core.longest_delay_s),
                f"{core.dropped:,}",
            )
            for layer, core in cores_of(run)
        ),
    )


def seldom_table(run: SpikeRun) -> SpikeTable:
    """What happened to the spikes of a core besides, in columns of which one is not 0."""
    cores = cores_of(run)
    columns = [each for each in _SELDOM if any(each[1](core) for _, core in cores)]
    rows = tuple(
        (
            str(core.core),
            str(layer),
            *(
                _short_time(value) if isinstance(value, float) else f"{value:,}"
                for value in (count(core) for _, count, _ in columns)
            ),
        )
        for layer, core in cores
        if any(count(core) for _, count, _ in columns)
    )
    return SpikeTable(
        ("core", "layer", *(name for name, *_ in columns)),
        rows,
        tuple(f"{name}: {what}." for name, _, what in columns),
    )


_SELDOM: Final[tuple[tuple[str, Callable[[CoreActivity], int | float], str], ...]] = (
    ("at floor", lambda core: core.floor_hits, "additions that the lower threshold held up"),
    ("saturated", lambda core: core.saturations, "additions whose sum left 16 bits"),
    ("at ticks", lambda core: core.spikes_of_ticks, "spikes fired at a tick of the slow clock"),
    (
        "residues",
        lambda core: core.residues,
        "spikes that left their neuron at or above the threshold",
    ),
    ("decimated", lambda core: core.decimated, "spikes kept back by the output decimator"),
    ("lost", lambda core: core.lost, "events lost since neurons had just been written"),
    ("outside", lambda core: core.outside, "events outside the core's input map"),
    (
        "stalled",
        lambda core: core.stalled_s,
        "how long its spikes waited for room in the core behind",
    ),
)
"""What need not happen in a run: its column, its count, and what that is."""


def cores_of(run: SpikeRun) -> tuple[tuple[int, CoreActivity], ...]:
    """The cores that the network is on, each with the index of its layer."""
    layers = {layer.core: layer.index for layer in run.deployment.layers}
    return tuple((layers[core.core], core) for core in run.activity if core.core in layers)


def spread_table(run: SpikeRun, spread: OrderSpread) -> SpikeTable:
    """What other orders gave for each layer."""
    rows = []
    for at, layer in enumerate(spread.layers):
        mean, deviation = float(spread.mean[at]), float(spread.deviation[at])
        rows.append(
            (
                "sensor" if layer == SENSOR_INPUT else str(layer),
                f"{run.counts[layer]:,}",
                f"{mean:,.1f}",
                f"{deviation:.2f}",
                f"{deviation / mean:.2%}" if mean else "",
                _shares(spread.shared[:, at]),
            )
        )
    return SpikeTable(
        ("layer", "first run", "mean", "deviation", "of mean", "same spikes"), tuple(rows)
    )


def _short_time(seconds: float) -> str:
    microseconds = seconds * _US_PER_S
    for unit in ("us", "ms"):
        if microseconds < _FEW_US:
            return f"{microseconds:.2f} {unit}"
        microseconds /= _FEW_US
    return f"{microseconds:,.2f} s"


def _shares(shares: npt.NDArray[np.float64]) -> str:
    known = shares[~np.isnan(shares)]
    if not len(known):
        return ""
    low, high = f"{known.min():.1%}", f"{known.max():.1%}"
    return low if low == high else f"{low} to {high}"
