"""Which neurons of a layer are meant: all, a mask, or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.opened.whole_numbers import as_array

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape


def chosen_neurons(
    neurons: npt.ArrayLike | None, *, layer: int, shape: Shape
) -> npt.NDArray[np.int64] | None:
    """Coordinates of the neurons that are meant.

    Args:
        neurons: None for all; a mask, bool, of `shape`; or coordinates (c, y, x), whole numbers,
            (neurons, 3).
        layer: index of the layer, for messages.
        shape: (channels, height, width) of the layer.

    Returns:
        (neurons, 3) in the order in which their values are wanted; None for all.

    Raises:
        InputError: the mask has another shape, a coordinate lies outside, a neuron is named
            twice, or none is named.
    """
    if neurons is None:
        return None
    asked = as_array(neurons, what="neurons", layer=layer)
    if asked.dtype == np.bool_:
        if asked.shape != shape:
            raise InputError(
                f"Asked for the neurons of layer {layer} by a mask of shape {asked.shape}, and "
                f"the layer has shape {shape} (channels, height, width).",
                hint="Give a mask of the layer's own shape.",
            )
        coordinates = np.argwhere(asked).astype(np.int64)
    elif asked.ndim == 2 and asked.shape[1] == 3 and np.issubdtype(asked.dtype, np.integer):
        coordinates = asked.astype(np.int64)
    else:
        raise InputError(
            f"Asked for neurons of layer {layer} by an array of shape {asked.shape} and type "
            f"{asked.dtype}, which names no neurons.",
            hint="Give a list of (c, y, x), or a mask of the layer's shape.",
        )
    if not len(coordinates):
        raise InputError(
            f"Asked for neurons of layer {layer}, and named none of them.",
            hint="Name at least one, or leave `neurons` out for all of them.",
        )
    outside = ((coordinates < 0) | (coordinates >= shape)).any(axis=1)
    if outside.any():
        raise InputError(
            f"Asked for neuron {tuple(coordinates[outside][0].tolist())} (c, y, x) of layer "
            f"{layer}, which has shape {shape} (channels, height, width).",
            hint="Each coordinate counts from 0.",
        )
    if len(np.unique(coordinates, axis=0)) != len(coordinates):
        raise InputError(f"Asked for a neuron of layer {layer} twice.", hint="Name each once.")
    return coordinates
