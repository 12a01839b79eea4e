"""Networks of sinabs layers whose values are a chip's, and what sinabs cannot say of a chip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from speckhal.contract.errors import NetworkError
from speckhal.contract.input_spec import WEIGHTS
from speckhal.contract.layer_geometry import kernel_size
from speckhal.contract.network_spec import SPIKE_WEIGHT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from speckhal.contract.address import Shape
    from speckhal.contract.network_spec import LayerSpec
    from speckhal_samna.bindings import Configuration


class ChipUnits(nn.Sequential):
    """A network whose weights, biases, thresholds and states are whole chip units already.

    sinabs scales a layer so that its largest weight is 127, and all else with it; such a network it
    takes as it is.

    Attributes:
        loops: indices of the layers whose spikes are their own input besides.
        sensor_pooling: by how much the sensor's events are pooled before the first layer; None for
            a network that takes none of these.
    """

    loops: tuple[int, ...] = ()
    sensor_pooling: int | None = None


def convolution_in_chip_units(layer: LayerSpec, before: Shape) -> nn.Conv2d:
    """The convolution of a described layer, behind that map."""
    inputs = layer.inputs
    convolution = nn.Conv2d(
        before[0],
        layer.shape[0],
        kernel_size(layer, before),
        stride=1 if inputs is None else inputs.stride,
        padding=0 if inputs is None else inputs.padding,
        bias=layer.biases is not None,
    )
    with torch.no_grad():
        if inputs is None:
            convolution.weight.fill_(SPIKE_WEIGHT)
        else:
            weights = np.clip(np.asarray(inputs.weights), WEIGHTS.lowest, WEIGHTS.highest)
            convolution.weight.copy_(torch.as_tensor(weights))
        if layer.biases is not None and convolution.bias is not None:
            convolution.bias.copy_(torch.as_tensor(np.rint(np.asarray(layer.biases))))
    return convolution


def close_loops(
    configuration: Configuration, loops: Collection[int], cores: Mapping[int, int]
) -> None:
    """Let these layers be their own input, which sinabs cannot ask for.

    Args:
        configuration: of the chip, with all that sinabs has asked for.
        loops: indices of the layers.
        cores: of each layer, by its index.

    Raises:
        NetworkError: the core of one has no destination left.
    """
    for index in loops:
        core = cores[index]
        free = [one for one in configuration.cnn_layers[core].destinations if not one.enable]
        if not free:
            raise NetworkError(
                f"Layer {index} is to be its own input, and leads to as many other layers as a "
                "core has destinations.",
                hint="Let it lead to fewer layers.",
            )
        free[0].layer, free[0].enable = core, True
