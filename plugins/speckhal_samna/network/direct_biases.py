"""Biases in chip units, held against the layers that a network turned out to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import InputError, LayerNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from sinabs.backend.dynapcnn import DynapcnnLayer


def direct_biases(
    biases: Mapping[int, npt.ArrayLike], layers: Mapping[int, DynapcnnLayer]
) -> dict[int, npt.NDArray[np.int16]]:
    """The biases by index of their layer, int16, (channels,) each.

    Args:
        biases: by index of their layer, of numbers that the chip can have.
        layers: of the network, by index.

    Raises:
        LayerNotFound: a layer is not one of `layers`.
        InputError: there are more or fewer of them than the layer has channels.
    """
    direct: dict[int, npt.NDArray[np.int16]] = {}
    for index, values in biases.items():
        if index not in layers:
            raise LayerNotFound(
                f"Asked for biases of layer {index!r}, and the network has no such layer.",
                hint=f"Its layers are: {', '.join(map(str, layers))}.",
            )
        given = np.asarray(values, np.int16)
        shape = (layers[index].get_neuron_shape()[0],)
        if given.shape != shape:
            raise InputError(
                f"Asked to write biases of shape {given.shape} to layer {index}, and it takes "
                f"{shape}.",
                hint="Give one value for each channel, in an array of that shape.",
            )
        direct[index] = given
    return direct
