"""What holds of `LayerSpec.inputs` on every chip: its form, and that the layer follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.arrays import plain_array, whole_number
from speckhal.contract.errors import NetworkError
from speckhal.contract.input_spec import POLARITIES, WEIGHTS, InputSpec
from speckhal.contract.layer_geometry import layer_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.network_spec import LayerSpec

_LEAST: Final = {"stride": 1, "padding": 0, "pooling": 1}


def check_inputs(index: int, layers: Sequence[LayerSpec]) -> None:
    """Check the inputs of a layer, and that its maps are those that come of them.

    Args:
        index: of the layer, which has `inputs`.
        layers: of the network; those before this one are in order.

    Raises:
        NetworkError: they are no `InputSpec`, or contradict themselves or the layers.
    """
    layer = layers[index]
    inputs: object = layer.inputs
    if not isinstance(inputs, InputSpec):
        raise NetworkError(
            f"Layer {index} has a {type(inputs).__name__} as inputs, and takes one InputSpec.",
            hint="Write inputs=speckhal.InputSpec(weights), not in a list, or leave it out.",
        )
    _check_numbers(index, inputs)
    _check_weights(index, layer, inputs)
    _check_sources(index, inputs)
    before = layer_inputs(layers[: index + 1])[index]
    if inputs.kernel[0] != before[0]:
        raise NetworkError(
            f"Layer {index} has weights for {inputs.kernel[0]} input channels, and follows one of "
            f"{before[0]}.",
            hint="Give weights of shape (channels, input channels, kernel, kernel).",
        )
    made = tuple(
        (size + 2 * inputs.padding - kernel) // inputs.stride + 1
        for size, kernel in zip(before[1:], inputs.kernel[1:], strict=True)
    )
    if min(before[1:]) < 1 or made != tuple(layer.shape[1:]):
        raise NetworkError(
            f"Layer {index} has maps of {layer.shape[1]}x{layer.shape[2]}, and of an input of "
            f"{before[1]}x{before[2]} (height x width) come {made[0]}x{made[1]}, with a kernel of "
            f"{inputs.kernel[1]}x{inputs.kernel[2]}, stride {inputs.stride} and padding "
            f"{inputs.padding}.",
            hint="Let each size be (input + 2 * padding - kernel) // stride + 1.",
        )
    if inputs.from_itself and before != tuple(layer.shape):
        raise NetworkError(
            f"Layer {index} has the shape {tuple(layer.shape)} and is to be its own input, which "
            f"is of shape {before}.",
            hint="Let both be the same, with padding of (kernel - 1) / 2 and a stride of 1.",
        )


def _check_numbers(index: int, inputs: InputSpec) -> None:
    for name, least in _LEAST.items():
        given = getattr(inputs, name)
        number = whole_number(given)
        if number is None or number < least:
            raise NetworkError(
                f"Layer {index} has inputs with {name}={given!r}.",
                hint=f"Give one whole number, {least} or more, for rows and columns alike.",
            )


def _check_weights(index: int, layer: LayerSpec, inputs: InputSpec) -> None:
    hint = "Give weights=... of shape (channels, input channels, kernel, kernel), in whole numbers "
    hint += f"of {WEIGHTS}."
    try:
        weights = plain_array(inputs.weights)
    except ValueError as error:
        raise NetworkError(f"Layer {index} has weights from {error}.", hint=hint) from error
    if weights.dtype.kind not in "iuf" or not np.isfinite(weights).all() or (weights % 1).any():
        raise NetworkError(
            f"Layer {index} has weights that are no whole numbers, and a chip's are.",
            hint="Round them first, with numpy.rint.",
        )
    if weights.ndim != 4 or 0 in weights.shape or weights.shape[2] != weights.shape[3]:
        raise NetworkError(f"Layer {index} has weights of shape {weights.shape}.", hint=hint)
    if weights.shape[0] != layer.shape[0]:
        raise NetworkError(
            f"Layer {index} has {layer.shape[0]} channels, and weights for {weights.shape[0]}.",
            hint=hint,
        )
    for end in (weights.min(), weights.max()):
        if int(end) not in WEIGHTS:
            raise NetworkError(
                f"Layer {index} has a weight of {int(end)}, and weights are {WEIGHTS.in_words()}.",
                hint="Scale the weights, biases and thresholds of the layer alike.",
            )


def _check_sources(index: int, inputs: InputSpec) -> None:
    """Check where the spikes come from."""
    for name in ("from_sensor", "from_itself"):
        if not isinstance(getattr(inputs, name), bool):
            raise NetworkError(
                f"Layer {index} has inputs with {name}={getattr(inputs, name)!r}.",
                hint="Give True or False.",
            )
    if inputs.from_sensor and (index or inputs.kernel[0] > POLARITIES):
        raise NetworkError(
            f"Layer {index} is to take the sensor's input with {inputs.kernel[0]} channels, and "
            f"only the first layer can, with {POLARITIES} polarities or with 1 for both.",
            hint="Set from_sensor for the first layer alone, with 1 or 2 input channels.",
        )
    if inputs.pooling != 1 and not index and not inputs.from_sensor:
        raise NetworkError(
            f"Layer 0 pools its input by {inputs.pooling}, and no layer is before it.",
            hint="Pool the spikes before they are played, or take them from_sensor.",
        )
