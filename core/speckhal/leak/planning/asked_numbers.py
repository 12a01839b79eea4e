"""Numbers of a wish as users give them, of Python or NumPy; a truth value is no number."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np

from speckhal.contract.arrays import whole_number


def asked_whole(value: object) -> int | None:
    """The whole number that was given, also as 8.0; None where it is something else."""
    number = whole_number(value)
    if number is not None:
        return number
    real = asked_real(value)
    return int(real) if real is not None and real.is_integer() else None


def asked_real(value: object) -> float | None:
    """The finite number that was given; None where it is something else."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, Real):  # numpy's truth value is no Real
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
