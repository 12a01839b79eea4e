"""Lists of `LayerSpec`, which every device takes: made a network in the form of its backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import attrs
import numpy as np

from speckhal.contract.errors import NetworkError
from speckhal.contract.layer_checks import (
    are_layers,
    check_room,
    check_sizes,
    check_start,
    check_values,
    checked_layers,
    wanted_biases,
)
from speckhal.contract.network_spec import ExampleNetwork, LayerSpec
from speckhal.opened.arguments import check_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import Deployment

MakeNetwork: TypeAlias = Callable[[Sequence[LayerSpec]], ExampleNetwork]
"""What makes a network of layers: `Backend.example` of the device."""

_LARGEST = 127  # bias of a network's own, which shares the 8 bits of its weights


@attrs.frozen(eq=False)
class MadeNetwork:
    """A network that was made of a list of layers.

    Attributes:
        network: in the form of the backend.
        layers: that it was made of.
        direct: by index of the layer, whole biases that are too large for a network's own,
            (channels,).
    """

    network: object
    layers: Sequence[LayerSpec]
    direct: Mapping[int, npt.ArrayLike]

    def wanted(self, given: Mapping[int, npt.ArrayLike]) -> list[npt.NDArray[np.float64]]:
        """The biases of each layer before rounding, (channels,), those of the user before its own.

        Args:
            given: by index of the layer, biases of the user.
        """
        return [
            np.array(given[index], np.float64) if index in given else wanted_biases(layer)
            for index, layer in enumerate(self.layers)
        ]

    def in_chip_units(
        self, deployment: Deployment, given: Mapping[int, npt.ArrayLike]
    ) -> Deployment:
        """The deployment in the units in which its layers were described: those of the chip.

        Args:
            deployment: of `network`.
            given: by index of the layer, biases of the user that were deployed in place of its own.
        """
        wanted = self.wanted(given)
        return attrs.evolve(
            deployment,
            layers=tuple(
                attrs.evolve(layer, scale=1.0, wanted_biases=wanted[layer.index])
                for layer in deployment.layers
            ),
        )


def made_of_layers(
    network: object,
    input_shape: Shape,
    chip: ChipFacts,
    make: MakeNetwork | None,
    *,
    recorded: bool,
) -> MadeNetwork | None:
    """The network that a list of layers describes; None where it is deployed as it is.

    That is a network in any other form, and a list of layers for a backend whose form that is: its
    device checks it.

    Args:
        network: of the user.
        input_shape: (channels, height, width) of its input.
        chip: of the device.
        make: makes a network in the form of the backend; None where nothing does.
        recorded: whether the device is a record, which knows what input it was recorded for.

    Warns:
        FactWarning: the input is outside a range that is only assumed of the chip.

    Raises:
        NetworkError: the layers make no network, or a value or the input is outside the chip's
            ranges.
        NetworkDoesNotFit: no core has the neuron memory for a layer.
        VendorUnavailable: what the backend makes networks with is not installed.
    """
    layers = (
        None if make is None else _layers_of(network, input_shape, chip, make, recorded=recorded)
    )
    if not recorded:
        check_input(input_shape, chip)
    if make is None or layers is None:
        return None
    for index, layer in enumerate(layers):
        check_start(layer, chip, index)
    wanted = {index: np.rint(wanted_biases(layer)) for index, layer in enumerate(layers)}
    direct = {index: own for index, own in wanted.items() if np.abs(own).max() > _LARGEST}
    own_biases = [
        attrs.evolve(layer, biases=tuple(np.clip(direct[index], -_LARGEST, _LARGEST).tolist()))
        if index in direct
        else layer
        for index, layer in enumerate(layers)
    ]
    made = make(own_biases).network
    if are_layers(made):
        return None
    for index, layer in enumerate(layers):
        check_values(layer, chip, index=index, warn=False)  # its device warns
    return MadeNetwork(made, layers, {index: own.astype(int) for index, own in direct.items()})


def _layers_of(
    network: object, input_shape: Shape, chip: ChipFacts, make: MakeNetwork, *, recorded: bool
) -> list[LayerSpec] | None:
    """The layers of a network, no larger than the chip takes; None where it is left as it is."""
    is_empty = isinstance(network, list | tuple) and not network
    if not (is_empty or are_layers(network)):
        return None
    layers = checked_layers(network, input_shape)
    try:
        for index, layer in enumerate(layers):
            check_sizes(layer, chip, index=index, warn=False)
            if not recorded:  # which may not know how the chip addresses its neurons
                check_room(layer, chip, index)
    except NetworkError:
        if are_layers(make([LayerSpec((1, 1, 1))]).network):
            return None
        raise  # before the backend makes anything of that size
    return layers
