"""Numbers from users, as a chip takes them: whole, of the right shape, and within its limits."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, SupportsIndex, cast

import numpy as np

from speckhal.contract.arrays import plain_array
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.limits import Limit

_INT16 = np.iinfo(np.int16)


def whole_number(value: object) -> int | None:
    """The value as Python's int, if it is a whole number of any type; None if it is not.

    Truth values are no numbers here: whoever gives True for a rate meant something else.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, SupportsIndex):
        return None
    try:
        return operator.index(value)
    except TypeError:  # an array that is more than one number
        return None


def checked_shape(input_shape: object) -> Shape:
    """The shape of a network's input, if it is one.

    Raises:
        InputError: it is something else.
    """
    listed = list(input_shape) if isinstance(input_shape, tuple | list) else []
    sizes = [whole_number(size) for size in listed]
    if len(sizes) != 3 or any(size is None or size < 1 for size in sizes):
        raise InputError(
            f"Asked to deploy with input_shape={input_shape!r}, and that is no shape.",
            hint="Give (channels, height, width), whole numbers from 1 up, such as (1, 2, 2).",
        )
    return cast("Shape", tuple(sizes))


def as_array(values: npt.ArrayLike, *, what: str, layer: int) -> npt.NDArray[np.generic]:
    """The values as an array.

    Args:
        values: from the user.
        what: they are, in the plural, for messages.
        layer: index of the layer they are for, for messages.

    Raises:
        InputError: no array says the same, as of lists of different lengths, or a masked array.
    """
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
    given = as_array(values, what=what, layer=layer)
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
