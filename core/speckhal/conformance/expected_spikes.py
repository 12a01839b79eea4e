"""What input spikes must do to layers of `LayerSpec`: their states, and the spikes they send."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from speckhal.contract.network_spec import SPIKE_WEIGHT, Reset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.network_spec import LayerSpec

Neuron: TypeAlias = tuple[int, int, int, int]
"""(layer, channel, y, x)."""


class ExpectedLayers:
    """Layers of a network, one after another, whose neurons hold what those of a chip must hold.

    All weights are alike, so that a neuron's state depends on how often it is reached and not on
    the order in which spikes come to it.

    Args:
        specs: from the input on, as a chip has them.

    Attributes:
        v_mem: of each layer, int64, (channels, height, width).
    """

    def __init__(self, specs: Sequence[LayerSpec]) -> None:
        self._specs = list(specs)
        self.v_mem = [np.full(spec.shape, spec.initial, np.int64) for spec in specs]
        first = specs[0].shape
        self._inputs = [(1, *first[1:]), *(spec.shape for spec in specs[:-1])]

    def play(self, layer: int, channel: int, y: int, x: int) -> list[Neuron]:
        """One spike into the input of a layer; the neurons that fire, here and further on."""
        waiting = collections.deque([(layer, channel, y, x)])
        fired: list[Neuron] = []
        while waiting:
            to, _, row, column = waiting.popleft()
            spikes = self._update(to, row, column)
            fired += spikes
            if to + 1 < len(self._specs):
                waiting += [(to + 1, *neuron) for _, *neuron in spikes]  # type: ignore[misc]
        return fired

    def _update(self, layer: int, y: int, x: int) -> list[Neuron]:
        """The neurons of a layer that fire when a spike at y and x of its input reaches them."""
        spec, v_mem = self._specs[layer], self.v_mem[layer]
        rows = self._reached(layer, 1, y)
        columns = self._reached(layer, 2, x)
        fired: list[Neuron] = []
        for neuron in np.ndindex(spec.shape):
            if neuron[1] in rows and neuron[2] in columns:
                v_mem[neuron] = max(int(v_mem[neuron]) + SPIKE_WEIGHT, round(spec.threshold_low))
                if v_mem[neuron] >= round(spec.threshold_high):
                    after = v_mem[neuron] - round(spec.threshold_high)
                    v_mem[neuron] = 0 if spec.reset is Reset.ZERO else after
                    fired.append((layer, *neuron))
        return fired

    def _reached(self, layer: int, axis: int, place: int) -> range:
        """Rows or columns of a layer that a place of its input is within the kernel of."""
        size = self._specs[layer].shape[axis]
        kernel = self._inputs[layer][axis] - size + 1
        return range(max(0, place - kernel + 1), min(size, place + 1))
