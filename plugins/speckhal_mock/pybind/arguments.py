"""Arguments of the vendor's functions: what pybind11 converts goes, anything else is a TypeError.

`taker` names what takes the argument, for the message, such as "set_slow_clk_rate".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.pybind import conversions
from speckhal_mock.pybind.casters import Boolean, Integer, misfit
from speckhal_mock.pybind.scalar_casters import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

_INT: Final = Integer(32, signed=True)
_BOOL: Final = Boolean()


def integer(value: object, taker: str) -> int:
    """`value` as an int of 32 bits, if it is a number and no float."""
    return _INT.loader(taker)(value)


def integer_or_none(value: object, taker: str) -> int | None:
    """`value` as an int of 32 bits, or None."""
    return None if value is None else integer(value, taker)


def flag(value: object, taker: str) -> bool:
    """`value` as a bool, if it is a bool, a number or None."""
    return _BOOL.loader(taker)(value)


def text(value: object, taker: str) -> str:
    """`value` as a str, if it is a str or bytes."""
    return TEXT.loader(taker)(value)


def integer_or_text(value: object, taker: str) -> int | str:
    """`value` as an int of 32 bits or as a str."""
    made = conversions.text(value)
    return integer(value, taker) if made is None else made


def object_list(value: object, taker: str) -> Sequence[object]:
    """The items of `value`, if it is a list or has items like one, and is no text and no dict."""
    given = conversions.items(value)
    if given is None:
        raise misfit(taker, "a list", value)
    return given
