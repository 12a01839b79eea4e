"""What users give to a device, as a chip takes it: whole numbers, shapes, biases and neurons.

Whole, of the right shape, and within the limits of the chip, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from speckhal.contract.arrays import plain_array, whole_number
from speckhal.contract.errors import InputError, LayerNotFound, NetworkError

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.limits import Limit

_INT16 = np.iinfo(np.int16)


def checked_shape(input_shape: object) -> Shape:
    """The shape of a network's input, if it is one.

    Raises:
        InputError: it is something else.
    """
    listed = list(input_shape) if isinstance(input_shape, Sequence) else []
    if isinstance(input_shape, np.ndarray) and input_shape.ndim == 1:
        listed = list(input_shape)
    sizes = [whole_number(size) for size in listed]
    if len(sizes) != 3 or any(size is None or size < 1 for size in sizes):
        raise InputError(
            f"Asked to deploy with input_shape={input_shape!r}, and that is no shape.",
            hint="Give (channels, height, width), whole numbers from 1 up, such as (1, 2, 2).",
        )
    return cast("Shape", tuple(sizes))


def check_input(shape: Shape, chip: ChipFacts) -> None:
    """Check an input by the facts of a chip, before anything is made in its size.

    Args:
        shape: (channels, height, width) of a network's input.
        chip: that is to take it. What its facts do not say of inputs is not checked.

    Warns:
        FactWarning: it is outside a range that is only assumed of the chip.

    Raises:
        NetworkError: the chip takes no input of that number of channels, or of that size.
    """
    channels, height, width = shape
    for fact, what, sizes, hint in (
        (
            "input_channel_range",
            f"{channels} channel{'s' * (channels > 1)}",
            (channels,),
            "{} channels",
        ),
        (
            "input_size_range",
            f"{height} x {width} (height x width)",
            (height, width),
            "{} in height and width",
        ),
    ):
        if fact in chip.particulars:
            limit = chip.limit(fact)
            takes = hint.format(limit.fact.value.in_words())
            limit.check(
                min(sizes),
                max(sizes),
                f"Asked to deploy for an input of {what}",
                NetworkError,
                hint=f"Give an input of {takes}.",
            )


def _as_array(values: npt.ArrayLike, *, what: str, layer: int) -> npt.NDArray[np.generic]:
    """The values as an array; masked ones and lists of different lengths are refused."""
    try:
        return plain_array(values)
    except ValueError as error:
        raise InputError(
            f"Asked for {what} of layer {layer} by {error}.",
            hint="Give lists of the same length, or an array without a mask.",
        ) from error


def as_int16(
    values: npt.ArrayLike,
    shape: tuple[int | None, ...],
    *,
    limit: Limit,
    what: str,
    layer: int,
) -> npt.NDArray[np.int16]:
    """The values as the chip takes them.

    Args:
        values: from the user.
        shape: that they must have; None for an axis of any length.
        limit: of the chip, within which they must be.
        what: they are, in the plural, for messages.
        layer: index of the layer they are for, for messages.

    Warns:
        FactWarning: they are beyond a limit that is only assumed.

    Raises:
        InputError: they have another shape, are not whole, or are beyond the limit or 16 bits.
    """
    given = _as_array(values, what=what, layer=layer)
    if given.ndim != len(shape) or any(
        size not in {None, is_there} for size, is_there in zip(shape, given.shape, strict=True)
    ):
        wanted = str(shape) if None not in shape else "one for each channel, in a flat list"
        raise InputError(
            f"Asked to write {what} of shape {given.shape} to layer {layer}, and it takes "
            f"{wanted}.",
            hint="Give one value for each, in an array of that shape.",
        )
    if not np.issubdtype(given.dtype, np.integer):
        raise InputError(
            f"Asked to write {what} of type {given.dtype} to layer {layer}, and the chip takes "
            "whole numbers.",
            hint="Round them first, with numpy.rint(...).astype(int).",
        )
    if given.size:
        lowest, highest = int(given.min()), int(given.max())
        asked = f"Asked to write {what} from {lowest} to {highest} to layer {layer}"
        allowed = limit.fact.value
        clip = f"Limit them first, with numpy.clip(..., {allowed.lowest}, {allowed.highest})."
        limit.check(lowest, highest, asked, InputError, hint=clip)
        if not (_INT16.min <= lowest and highest <= _INT16.max):
            raise InputError(
                f"{asked}, and a word of 16 bits holds {_INT16.min} to {_INT16.max}.", hint=clip
            )
    return given.astype(np.int16)


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
    asked = _as_array(neurons, what="neurons", layer=layer)
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
