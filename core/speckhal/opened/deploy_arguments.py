"""Biases in chip units, as `deploy` takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.opened.whole_numbers import as_int16, whole_number

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.limits import Limit


def checked_biases(biases: object, limit: Limit) -> dict[int, npt.NDArray[np.int16]]:
    """The biases by index of their layer, (channels,) each.

    Whether the network has such layers, and how many channels they have, only the device can know.

    Raises:
        LayerNotFound: a layer is named by something that is not a whole number.
        InputError: they are not a mapping, not flat, not whole, or beyond `limit`.
    """
    if not isinstance(biases, Mapping):
        raise InputError(
            f"Asked to deploy with biases={biases!r}, and nothing says of which layer they are.",
            hint="Give them by index of their layer, as in biases={0: [-13, -26]}.",
        )
    checked: dict[int, npt.NDArray[np.int16]] = {}
    for key, values in biases.items():
        index = whole_number(key)
        if index is None:
            raise LayerNotFound(
                f"Asked for biases of layer {key!r}, and layers are named by int.",
                hint="Give them by index of their layer, as in biases={0: [-13, -26]}.",
            )
        checked[index] = as_int16(values, (None,), limit=limit, what="biases", layer=index)
    return checked
