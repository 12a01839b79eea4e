"""What differs among the permitted orders of the same spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@attrs.frozen(eq=False)
class OrderSpread:
    """What layers sent in several permitted orders.

    Attributes:
        orders: the numbers of the orders.
        layers: indices of the layers, as in `counts`.
        counts: spikes of each layer in each order, int64, (orders, layers).
        last_layer: index of the last layer, whose channels are counted, too.
        channel_counts: spikes of each of its channels in each order, int64, (orders, channels).
        shared: of the spikes of each layer in the first run, the share that came in each order
            from the same neuron in the same microsecond, float64, (orders, layers); nan where the
            first run has none.
        asked: how many orders were to be tried, where that was ended early; None where all were.
    """

    orders: tuple[int, ...]
    layers: tuple[int, ...]
    counts: npt.NDArray[np.int64]
    last_layer: int
    channel_counts: npt.NDArray[np.int64]
    shared: Floats
    asked: int | None = None

    @property
    def mean(self) -> Floats:
        """Spikes of each layer, the mean over the orders, (layers,)."""
        return np.asarray(self.counts.mean(axis=0), np.float64)

    @property
    def deviation(self) -> Floats:
        """Standard deviation of the spikes of each layer over the orders, (layers,)."""
        return np.asarray(self.counts.std(axis=0, ddof=1), np.float64)

    @property
    def channel_mean(self) -> Floats:
        """The same of the channels of the last layer, (channels,)."""
        return np.asarray(self.channel_counts.mean(axis=0), np.float64)

    @property
    def channel_deviation(self) -> Floats:
        """The same of the channels of the last layer, (channels,)."""
        return np.asarray(self.channel_counts.std(axis=0, ddof=1), np.float64)
