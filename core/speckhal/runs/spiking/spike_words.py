"""Sentences on a run of spikes: what the spread of its orders means, and what ended it early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.spikes import SENSOR_INPUT
from speckhal.system.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.runs.spiking.order_spread import OrderSpread
    from speckhal.runs.spiking.spike_run import SpikeRun

MOST_CHANNELS: Final = 40
"""Counts of channels that are shown; of more, those that sent most."""

_US_PER_S: Final = 1e6
_NO_PROMISE: Final = (
    "That a chip sends exactly these spikes cannot be promised: in which order it takes those that "
    "come together is not published."
)
_SHARED_ALL: Final = 0.9995
"""From here on, a share is 100 % as it is printed."""


def what_orders_mean(run: SpikeRun, spread: OrderSpread) -> str:
    """What the spread of orders means for a chip."""
    all_counts = np.vstack([[run.counts[layer] for layer in spread.layers], spread.counts])
    known = spread.mean > 0
    apart = np.ptp(all_counts, axis=0)[known] / spread.mean[known]
    largest = float(apart.max(initial=0))
    shares = spread.shared[~np.isnan(spread.shared)]
    least = float(shares.min(initial=1.0))
    said = [_NO_PROMISE]
    if largest > 0:
        said.append(
            f"Counts on a chip may differ by as much as these: up to {largest:.2%} of a layer here."
        )
    else:
        said.append("These orders gave the same counts; with inhibition, they may differ.")
    if least < _SHARED_ALL:
        said.append(
            f"Single spikes will not be the same: in one of these orders, only {least:.1%} of the "
            "spikes of a layer came from the same neuron in the same microsecond."
        )
    return " ".join(said)


def said_of_tried(spread: OrderSpread) -> str:
    """How many orders were finished, where not all were; else nothing."""
    if spread.asked is None:
        return ""
    return (
        f"Ended early: {spread.asked} were to be tried, and {len(spread.orders)} of them were "
        "finished."
    )


def spread_by_channel(spread: OrderSpread) -> str:
    """Mean and standard deviation of each channel of the last layer."""
    pairs = zip(spread.channel_mean, spread.channel_deviation, strict=True)
    channels = [f"{mean:.1f}\N{PLUS-MINUS SIGN}{deviation:.1f}" for mean, deviation in pairs]
    shown = ", ".join(channels[:MOST_CHANNELS])
    more = len(channels) - MOST_CHANNELS
    return f"{named(spread.last_layer)} by channel: {shown}{f', and {more} more' * (more > 0)}"


def most_often(spread: OrderSpread) -> str:
    """Which channel of the last layer sent most, as a class is chosen; nothing of one channel."""
    counts = spread.channel_counts
    if counts.shape[1] < 2:
        return ""
    # where two channels sent most, neither did
    alone = (counts == counts.max(axis=1, keepdims=True)).sum(axis=1) == 1
    orders = counted(len(counts), "order")
    if not alone.any():
        return f"No channel sent more than all others in any of {orders}."
    won = np.bincount(counts.argmax(axis=1)[alone])
    return f"Channel {won.argmax()} sent most in {won.max()} of {orders}."


def counts_by_channel(run: SpikeRun) -> str:
    """How many spikes each channel of the last layer that is monitored sent; else nothing."""
    if not run.layers:
        return ""
    last = run.layers[-1]
    return f"layer {last.index} by channel: {_listed(run.counts_of_channels(last.index).tolist())}"


def _listed(counts: Sequence[int]) -> str:
    if len(counts) <= MOST_CHANNELS:
        return ", ".join(map(str, counts))
    order = sorted(range(len(counts)), key=lambda channel: (-counts[channel], channel))
    most = ", ".join(f"{channel}: {counts[channel]}" for channel in order[:MOST_CHANNELS])
    return f"{most}, and {len(counts) - MOST_CHANNELS} that sent less"


def said_of_strays(run: SpikeRun) -> str:
    """How many spikes came from where no monitored neuron is; else nothing."""
    if not run.strays:
        return ""
    return f"{counted(run.strays, 'spike')} came from where no monitored neuron is."


def said_of_end(run: SpikeRun) -> tuple[str, ...]:
    """What ended a run early, and how far it had come then; nothing where it came to its end."""
    if not run.problem:
        return ()
    said = [f"Ended early, and all of this is what came until then. {run.problem}"]
    if run.passed_us is not None and run.duration_us < run.planned_us:
        said.append(
            f"{in_seconds(run.duration_us)} of {in_seconds(run.planned_us)} had passed, in which "
            f"{len(run.due):,} of {counted(len(run.given), 'spike')} were due."
        )
    return tuple(said)


def in_seconds(time_us: int) -> str:
    """Microseconds as seconds, exactly, without an exponent: 0.000002 s."""
    text = f"{time_us / _US_PER_S:.6f}".rstrip("0")
    return f"{text.removesuffix('.')} s"


def named(index: int) -> str:
    """A layer, or the sensor's input, in words."""
    return "the sensor's input" if index == SENSOR_INPUT else f"layer {index}"
