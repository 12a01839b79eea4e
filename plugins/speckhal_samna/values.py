"""Numbers from users, as the chip takes them: whole, and within 16 bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.errors import InputError, LayerNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    from sinabs.backend.dynapcnn import DynapcnnLayer

_INT16 = np.iinfo(np.int16)


def as_int16(
    values: npt.ArrayLike, shape: tuple[int, ...], *, what: str, layer: int
) -> npt.NDArray[np.int16]:
    """The values as the chip takes them.

    Args:
        values: from the user.
        shape: that they must have.
        what: they are, in the plural, for messages.
        layer: index of the layer they are for, for messages.

    Raises:
        InputError: they have another shape, are not whole, or do not fit 16 bits.
    """
    given = np.asarray(values)
    if given.shape != shape:
        raise InputError(
            f"Asked to write {what} of shape {given.shape} to layer {layer}, and it takes {shape}."
        )
    if not np.issubdtype(given.dtype, np.integer):
        raise InputError(
            f"Asked to write {what} of type {given.dtype} to layer {layer}, and the chip takes "
            "whole numbers.",
            hint="Round them first, with numpy.rint(...).astype(int).",
        )
    if given.size and not (_INT16.min <= given.min() and given.max() <= _INT16.max):
        raise InputError(
            f"Asked to write {what} from {given.min()} to {given.max()} to layer {layer}, and the "
            f"chip takes {_INT16.min} to {_INT16.max}."
        )
    return given.astype(np.int16)


def direct_biases(
    biases: Mapping[int, npt.ArrayLike], layers: Mapping[int, DynapcnnLayer]
) -> dict[int, npt.NDArray[np.int16]]:
    """The biases that are given in chip units, by index of their layer, (channels,) each.

    Raises:
        LayerNotFound: a layer is not one of `layers`.
        InputError: they have another shape, are not whole, or do not fit 16 bits.
    """
    for index in biases:
        if index not in layers:
            there = ", ".join(map(str, layers))
            raise LayerNotFound(
                f"Asked for biases of layer {index}, and the network has no such layer.",
                hint=f"Its layers are: {there}.",
            )
    return {
        index: as_int16(values, (layers[index].get_neuron_shape()[0],), what="biases", layer=index)
        for index, values in biases.items()
    }
