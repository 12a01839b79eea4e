"""What is counted of a run in one of several orders, so that its spikes need not be kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.runs.spiking.order_spread import OrderSpread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal.contract.spikes import Spikes
    from speckhal.runs.spiking.spike_run import SpikeRun


@attrs.frozen(eq=False)
class CountedOrder:
    """What one order gave.

    Attributes:
        counts: spikes of each monitored layer.
        channels: of each channel of the last of them, int64, (channels,).
        shared: of the spikes of each layer in the first run, the share that came again from the
            same neuron in the same microsecond; nan where the first run has none.
    """

    counts: tuple[int, ...]
    channels: npt.NDArray[np.int64]
    shared: tuple[float, ...]


def count_order(first: SpikeRun, run: SpikeRun) -> CountedOrder:
    """What `run` gave, beside the run that it repeats in another order."""
    return CountedOrder(
        tuple(run.counts[layer] for layer in first.monitored),
        _channels(run, max(first.monitored)),
        tuple(shared_of(first.sent, run.sent, layer) for layer in first.monitored),
    )


def spread_over(first: SpikeRun, counted: Sequence[CountedOrder]) -> OrderSpread:
    """What differs among orders 1, 2 and so on, as they were counted."""
    return OrderSpread(
        orders=tuple(range(1, len(counted) + 1)),
        layers=tuple(first.monitored),
        counts=np.array([one.counts for one in counted], np.int64),
        last_layer=max(first.monitored),
        channel_counts=np.array([one.channels for one in counted], np.int64),
        shared=np.array([one.shared for one in counted], np.float64),
    )


def _channels(run: SpikeRun, layer: int) -> npt.NDArray[np.int64]:
    if layer in {one.index for one in run.deployment.layers}:
        return run.counts_of_channels(layer)
    return np.bincount(run.sent.of_layer(layer).channel, minlength=2).astype(np.int64)


def shared_of(one: Spikes, other: Spikes, layer: int) -> float:
    """Share of the spikes of a layer in `one` that `other` has, too, each at most once.

    It is nan where `one` has none.
    """
    parts = [one.of_layer(layer), other.of_layer(layer)]
    sizes = [
        max(int(getattr(part, name).max(initial=0)) for part in parts) + 1
        for name in ("channel", "y", "x")
    ]
    # one number for each: a time of a board has 32 bits, a place of a chip at most 22
    mine, theirs = (
        np.unique(
            part.time_us * math.prod(sizes)
            + np.ravel_multi_index((part.channel, part.y, part.x), sizes),
            return_counts=True,
        )
        for part in parts
    )
    if not len(parts[0]):
        return float("nan")
    _, of_mine, of_theirs = np.intersect1d(
        mine[0], theirs[0], assume_unique=True, return_indices=True
    )
    both = np.minimum(mine[1][of_mine], theirs[1][of_theirs])
    return float(both.sum()) / len(parts[0])
