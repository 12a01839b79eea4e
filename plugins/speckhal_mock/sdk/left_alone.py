"""Biases and initial values that a program gave dimensions and nothing else: they count as zeros.

A new configuration has a single 0 there. Whether the vendor's samna takes that for a core of more
neurons is not published (certainty D); nothing but zeros can be meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.pybind.structs import array_of
from speckhal_mock.sdk.unsupported_settings import mention

if TYPE_CHECKING:
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.sdk.configurations import CnnLayerConfig, SpeckConfiguration

_MEMBERS: Final = ("biases", "neurons_initial_value")


def is_left_alone(core: CnnLayerConfig, member: str) -> bool:
    """Whether a tensor is the single 0 of a new configuration and stands for several."""
    if member not in _MEMBERS:
        return False
    tensor, output = array_of(core, member), core.dimensions.output_shape
    several = output.feature_count > 1 or (
        member == "neurons_initial_value" and (output.size.x > 1 or output.size.y > 1)
    )
    return several and tensor.shape == (1,) * tensor.ndim and tensor.size == 1 and not tensor.any()


def warn_of_left_alone(configuration: SpeckConfiguration, board: EmulatedBoard) -> None:
    """Warn, once for each board, that zeros are taken for what was not given."""
    found = [
        f"cnn_layers[{index}].{member}"
        for index, core in enumerate(configuration.cnn_layers)
        for member in _MEMBERS
        if is_left_alone(core, member)
    ]
    if found:
        mention(
            board,
            "tensors left alone",
            f"The configuration gives dimensions to cores and leaves {', '.join(found)} as they "
            f"are in a new one: zeros are taken. Whether samna takes that is not published; assign "
            f"zeros of the shape that get_biases_array_dimensions() and "
            f"get_neuron_states_array_dimensions() of the dimensions give to be sure.",
        )
