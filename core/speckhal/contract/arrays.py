"""Numbers and arrays as users give them, made plain without losing anything, or refused."""

from __future__ import annotations

import operator
import sys
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


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


def plain_array(values: npt.ArrayLike) -> npt.NDArray[np.generic]:
    """The values as a plain array.

    Raises:
        ValueError: no plain array says the same. Its text completes "You gave ...".
    """
    if _hides_values(values):
        # numpy.asarray drops the mask, and with it what the user said of the values behind it
        raise ValueError("a masked array, whose mask would be lost (see its .filled())")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError("lists of different lengths, which make no array") from error
    except (TypeError, RuntimeError) as error:  # as a tensor with gradients, or without values
        raise ValueError(f"a {type(values).__name__} that makes no array: {error}") from error


def _hides_values(values: object) -> bool:
    if isinstance(values, list | tuple):
        return any(map(_hides_values, values))
    if "numpy.ma" not in sys.modules:  # nobody has made a masked array, and it is slow to import
        return False
    return isinstance(values, np.ma.MaskedArray) and bool(np.ma.getmaskarray(values).any())
