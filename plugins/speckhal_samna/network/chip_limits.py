"""Holds a rounded layer against the facts of the chip that it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.errors import NetworkError

if TYPE_CHECKING:
    from sinabs.backend.dynapcnn import DynapcnnLayer
    from torch import Tensor

    from speckhal.contract.chip import ChipFacts

_SCALED = "All values of a layer are scaled alike."


def check_size(index: int, layer: DynapcnnLayer, facts: ChipFacts) -> None:
    """Check the numbers of channels, rows and columns of a layer's neurons.

    Raises:
        NetworkError: there are more of them, or fewer, than the chip takes.
    """
    channels, height, width = layer.get_neuron_shape()
    for fact, what, size in (
        ("channel_range", "channels", channels),
        ("map_size_range", "rows", height),
        ("map_size_range", "columns", width),
    ):
        facts.limit(fact).check(
            size, size, f"Asked to deploy layer {index} with {size} {what}", NetworkError
        )


def check_values(index: int, layer: DynapcnnLayer, facts: ChipFacts) -> None:
    """Check the upper threshold and the states that rounding made of a layer's own.

    Raises:
        NetworkError: one is beyond what the chip takes.
    """
    neurons = layer.spk_layer
    threshold = int(neurons.spike_threshold)
    facts.limit("threshold_high_range").check(
        threshold,
        threshold,
        f"spike_threshold of layer {index} comes to threshold_high {threshold} on the chip",
        NetworkError,
        hint=f"Use a smaller threshold, or larger weights for it. {_SCALED}",
    )
    if neurons.is_state_initialised():
        lowest, highest = _ends(neurons.v_mem)
        facts.limit("v_mem_range").check(
            lowest,
            highest,
            f"The states of layer {index} come to {lowest}..{highest} on the chip",
            NetworkError,
            hint=f"Reset the network's states, or limit them. {_SCALED}",
        )


def check_biases(index: int, layer: DynapcnnLayer, facts: ChipFacts) -> None:
    """Check the biases that rounding made of a layer's own.

    Raises:
        NetworkError: one is beyond what the chip takes.
    """
    bias = layer.conv_layer.bias
    if bias is not None:
        lowest, highest = _ends(bias)
        facts.limit("bias_range").check(
            lowest,
            highest,
            f"The biases of layer {index} come to {lowest}..{highest} on the chip",
            NetworkError,
            hint=f"Use smaller biases, or a faster slow clock with them. {_SCALED}",
        )


def _ends(values: Tensor) -> tuple[int, int]:
    return int(values.min()), int(values.max())
