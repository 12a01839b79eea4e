"""C++ types of members that events do not have, and of arguments: anything else is a TypeError.

`taker` names what takes an argument, for the message, such as "set_slow_clk_rate".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar

import attrs

from speckhal_mock.pybind import conversions
from speckhal_mock.pybind.casters import Boolean, Caster, Integer, Loader, misfit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kept = TypeVar("Kept")


@attrs.frozen
class Scalar(Caster[Kept]):
    """A C++ type that Python has, too.

    Attributes:
        convert: gives what is kept of a value, or None: a TypeError.
        wanted: what it takes, for the message.
        zero: what a new object keeps where nothing is declared.
    """

    convert: Callable[[object], Kept | None]
    wanted: str
    zero: Kept

    def initial(self, default: object) -> Kept:
        """What is declared, or zero."""
        return default if isinstance(default, type(self.zero)) else self.zero

    def loader(self, member: str) -> Loader[Kept]:
        """Takes what `convert` does."""

        def load(value: object) -> Kept:
            made = self.convert(value)
            if made is None:
                raise misfit(member, self.wanted, value)
            return made

        return load


@attrs.frozen
class Optional(Caster[Kept | None]):
    """A value, or None where there is none."""

    inner: Caster[Kept]

    def initial(self, _default: object) -> Kept | None:
        """None, whatever is declared."""
        return None

    def loader(self, member: str) -> Loader[Kept | None]:
        """Takes None, and all that the caster inside takes."""
        load_inner = self.inner.loader(member)
        return lambda value: None if value is None else load_inner(value)


TEXT: Final = Scalar(conversions.text, "a str", "")
"""A `std::string`, kept as a str."""

REAL: Final = Scalar(conversions.real_number, "a number", 0.0)
"""A `float` or `double`, kept as a float."""

_INT: Final = Integer(32, signed=True)
_BOOL: Final = Boolean()

Float: TypeAlias = Annotated[float, REAL]
Str: TypeAlias = Annotated[str, TEXT]
MaybeBool: TypeAlias = Annotated[bool | None, Optional(_BOOL)]
MaybeFloat: TypeAlias = Annotated[float | None, Optional(REAL)]


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
