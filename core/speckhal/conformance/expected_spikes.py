"""What input spikes must do to layers of `LayerSpec`: their states, and the spikes they send."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from speckhal.contract.layer_geometry import layer_inputs
from speckhal.contract.network_spec import SPIKE_WEIGHT, Reset
from speckhal.contract.spikes import SENSOR_INPUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.network_spec import LayerSpec

Neuron: TypeAlias = tuple[int, int, int, int]
"""(layer, channel, y, x)."""


class ExpectedLayers:
    """Layers of a network, one after another, whose neurons hold what those of a chip must hold.

    The order in which spikes of one moment come to a layer is not a chip's to promise. So what
    follows a layer that sends several at once is for layers whose weights are all alike, or all
    positive and no larger than the threshold: of these, states do not depend on that order.

    Args:
        specs: from the input on, as a chip has them.

    Attributes:
        v_mem: of each layer, int64, (channels, height, width).
    """

    def __init__(self, specs: Sequence[LayerSpec]) -> None:
        self._specs = list(specs)
        self.v_mem = [np.full(spec.shape, spec.initial, np.int64) for spec in specs]
        self._inputs = layer_inputs(specs)

    def play(self, layer: int, channel: int, y: int, x: int) -> list[Neuron]:
        """One spike into the input of a layer; the neurons that fire, here and further on."""
        waiting: collections.deque[Neuron] = collections.deque()
        if layer == SENSOR_INPUT:
            channel = min(channel, self._inputs[0][0] - 1)  # one channel is of both polarities
            waiting.extend(self._pooled(0, channel, y, x))
        else:
            waiting.append((layer, channel, y, x))
        fired: list[Neuron] = []
        while waiting:
            to, *place = waiting.popleft()
            for neuron in self._reached(to, *place):
                fired.append(neuron)
                inputs = self._specs[to].inputs
                if inputs is not None and inputs.from_itself:
                    waiting.append(neuron)
                if to + 1 < len(self._specs):
                    waiting.extend(self._pooled(to + 1, *neuron[1:]))
        return fired

    def _pooled(self, layer: int, channel: int, y: int, x: int) -> Iterator[Neuron]:
        """Where a spike comes to in the input of a layer, if there is such a place."""
        inputs = self._specs[layer].inputs
        pooling = 1 if inputs is None else inputs.pooling
        _, height, width = self._inputs[layer]
        if y // pooling < height and x // pooling < width:
            yield layer, channel, y // pooling, x // pooling

    def _reached(self, layer: int, channel: int, y: int, x: int) -> list[Neuron]:
        """The neurons of a layer that fire when a spike of its input reaches them."""
        fired: list[Neuron] = []
        for (place_y, place_x), weights in self._kernel(layer, channel, y, x):
            for feature, weight in enumerate(weights.tolist()):
                if weight and self._fires(layer, (feature, place_y, place_x), weight):
                    fired.append((layer, feature, place_y, place_x))
        return fired

    def _fires(self, layer: int, neuron: tuple[int, int, int], weight: int) -> bool:
        spec, v_mem = self._specs[layer], self.v_mem[layer]
        high = round(spec.threshold_high)
        v_mem[neuron] = max(int(v_mem[neuron]) + weight, round(spec.threshold_low))
        fires = bool(v_mem[neuron] >= high)
        if fires:
            v_mem[neuron] = 0 if spec.reset is Reset.ZERO else v_mem[neuron] - high
        return fires

    def _kernel(
        self, layer: int, channel: int, y: int, x: int
    ) -> Iterator[tuple[tuple[int, int], np.ndarray[tuple[int], np.dtype[np.int64]]]]:
        """The places of a layer that a spike reaches, and what it adds there, (channels,)."""
        spec, before = self._specs[layer], self._inputs[layer]
        channels, height, width = spec.shape
        if spec.inputs is None:
            kernel = (before[1] - height + 1, before[2] - width + 1)
            weights = np.full((channels, before[0], *kernel), SPIKE_WEIGHT)
            stride, padding = 1, 0
        else:
            weights = np.asarray(spec.inputs.weights, np.int64)
            stride, padding = spec.inputs.stride, spec.inputs.padding
        for row, column in np.ndindex(height, width):
            at = y + padding - row * stride, x + padding - column * stride
            if all(0 <= one < size for one, size in zip(at, weights.shape[2:], strict=True)):
                yield (row, column), weights[:, channel, at[0], at[1]]
