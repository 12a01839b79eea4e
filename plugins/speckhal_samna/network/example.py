"""Networks of sinabs layers to try a board with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from sinabs.activation import MembraneReset, MembraneSubtract
from sinabs.layers import IAFSqueeze, SumPool2d
from torch import nn

from speckhal.contract.layer_geometry import input_kinds, layer_inputs, network_input
from speckhal.contract.network_spec import ExampleNetwork, Reset
from speckhal_samna.network.chip_units import ChipUnits, convolution_in_chip_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.network_spec import LayerSpec

UNITS_PER_WEIGHT = 127
"""Chip units of a weight of 1.0: sinabs scales the largest weight to 127, and all else with it."""


def example_network(layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
    """A network of these layers; without any, that of the published leak experiment.

    Each layer is a convolution with weights of 1.0 and no padding, whose kernel leaves just the
    map that was asked for; or, where one has `inputs`, all are in chip units and as they are
    described. Nothing is checked: what the chip cannot have is for `deploy` to refuse.
    """
    if not layers:
        return published_network()
    in_chip_units = bool(input_kinds(layers))
    make = convolution_in_chip_units if in_chip_units else _convolution
    modules: list[nn.Module] = []
    for index, (layer, before) in enumerate(zip(layers, layer_inputs(layers), strict=True)):
        pooling = 1 if layer.inputs is None or not index else layer.inputs.pooling
        modules += [SumPool2d(pooling)] if pooling > 1 else []
        modules += [make(layer, before), _neurons(layer, 1 if in_chip_units else UNITS_PER_WEIGHT)]
    network = ChipUnits(*modules) if in_chip_units else nn.Sequential(*modules)
    if isinstance(network, ChipUnits):
        itself = [one.inputs is not None and one.inputs.from_itself for one in layers]
        network.loops = tuple(index for index, is_loop in enumerate(itself) if is_loop)
        first = layers[0].inputs
        if first is not None and first.from_sensor:
            network.sensor_pooling = first.pooling
    sizes = ", ".join("x".join(map(str, layer.shape)) for layer in layers)
    return ExampleNetwork(network, network_input(layers), summary=f"{sizes} neurons")


def published_network() -> ExampleNetwork:
    """One 1x1 convolution with a bias, over a 2x2 map, starting at its threshold.

    On the chip: weight 127, threshold 127, initial potentials 127 and a bias of -13 (source:
    sinabs' tutorial 'How to leak the neurons on the devkit', values reworked here).
    """
    input_shape = (1, 2, 2)
    convolution = nn.Conv2d(in_channels=1, out_channels=1, kernel_size=1, bias=True)
    neurons = IAFSqueeze(batch_size=1, spike_threshold=1.0, min_v_mem=-1.0)
    network = nn.Sequential(convolution, neurons)
    with torch.no_grad():
        torch.nn.init.constant_(convolution.weight, 1.0)
        torch.nn.init.constant_(network.get_parameter("0.bias"), -0.1)
        network(torch.zeros(1, *input_shape))  # gives the neurons their states
        neurons.v_mem.fill_(1.0)
    return ExampleNetwork(
        network, input_shape, summary="the network of sinabs' leak tutorial, 1x2x2 neurons"
    )


def _convolution(layer: LayerSpec, before: Shape) -> nn.Module:
    channels, height, width = layer.shape
    kernel = (before[1] - height + 1, before[2] - width + 1)
    convolution = nn.Conv2d(before[0], channels, kernel, bias=layer.biases is not None)
    with torch.no_grad():
        convolution.weight.fill_(1.0)
        if layer.biases is not None and convolution.bias is not None:
            convolution.bias.copy_(torch.tensor(layer.biases) / UNITS_PER_WEIGHT)
    return convolution


def _neurons(layer: LayerSpec, units: int) -> nn.Module:
    """Neurons with that many chip units to one of theirs; to whole ones, where that is 1."""
    high, low = layer.threshold_high / units, layer.threshold_low / units
    neurons = IAFSqueeze(
        batch_size=1,
        spike_threshold=high if units > 1 else float(round(high)),
        min_v_mem=low if units > 1 else float(round(low)),
        reset_fn=MembraneReset() if layer.reset is Reset.ZERO else MembraneSubtract(),
    )
    with torch.no_grad():
        neurons(torch.zeros(1, *layer.shape))  # gives the neurons their states
        initial = np.broadcast_to(np.asarray(layer.initial, np.float64), layer.shape)
        neurons.v_mem.copy_(torch.tensor(initial / units))
    return neurons
