"""What spikes into a described layer are of: the maps and kernels that follow from a network."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from speckhal.contract.input_spec import POLARITIES, InputKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.network_spec import LayerSpec


def input_kinds(layers: Sequence[LayerSpec]) -> frozenset[InputKind]:
    """What the inputs of some layers ask for; empty where they are as every layer has them."""
    kinds = (layer.inputs.kinds for layer in layers if layer.inputs is not None)
    return frozenset[InputKind]().union(*kinds)


def layer_inputs(layers: Sequence[LayerSpec]) -> list[Shape]:
    """(channels, height, width) of the map that the spikes into each layer are of, pooled.

    Of the first it is as large as that layer's maps, or, with `inputs`, no larger than they need.
    """
    maps = [_first_input(layers[0])]
    for before, layer in itertools.pairwise(layers):
        pooling = 1 if layer.inputs is None else layer.inputs.pooling
        channels, height, width = before.shape
        maps.append((channels, height // pooling, width // pooling))
    return maps


def network_input(layers: Sequence[LayerSpec]) -> Shape:
    """(channels, height, width) of a network's input: the sensor's, if it comes from that."""
    channels, height, width = _first_input(layers[0])
    inputs = layers[0].inputs
    if inputs is None or not inputs.from_sensor:
        return channels, height, width
    return POLARITIES, height * inputs.pooling, width * inputs.pooling


def kernel_size(layer: LayerSpec, before: Shape) -> tuple[int, int]:
    """(height, width) of the kernel of a layer, behind that map of its input."""
    if layer.inputs is not None:
        return layer.inputs.kernel[1:]
    return before[1] - layer.shape[1] + 1, before[2] - layer.shape[2] + 1


def _first_input(layer: LayerSpec) -> Shape:
    _, height, width = layer.shape
    if layer.inputs is None:
        return 1, height, width
    channels, *kernel = layer.inputs.kernel
    rows, columns = (
        (size - 1) * layer.inputs.stride + own - 2 * layer.inputs.padding
        for size, own in zip((height, width), kernel, strict=True)
    )
    return channels, rows, columns
