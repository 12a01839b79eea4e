"""Arguments of the vendor's functions: what pybind11 converts goes, anything else is a TypeError.

`taker` names what takes the argument, for the message, such as "set_slow_clk_rate".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from speckhal_mock.samna._pybind.casters import Boolean, Integer, misfit

_INT: Final = Integer(32, signed=True)
_BOOL: Final = Boolean()


def integer(value: object, taker: str) -> int:
    """`value` as an int of 32 bits: ints, numpy's ints and 0-d tensors of ints; never a float."""
    return _INT.loader(taker)(value)


def integer_or_none(value: object, taker: str) -> int | None:
    """`value` as an int of 32 bits, or None."""
    return None if value is None else integer(value, taker)


def flag(value: object, taker: str) -> bool:
    """`value` as a bool: bools, 0 and 1, numpy's bools, 0-d tensors of these."""
    return _BOOL.loader(taker)(value)


def text(value: object, taker: str) -> str:
    """`value`, if it is a str."""
    if not isinstance(value, str):
        raise misfit(taker, "a str", value)
    return value


def object_list(value: object, taker: str) -> Sequence[object]:
    """`value`, if it is a list or another sequence, but no text."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise misfit(taker, "a list", value)
    return value
