"""C++ types that the vendor's events do not need and its other records do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, TypeVar

import attrs

from speckhal_mock.pybind import conversions
from speckhal_mock.pybind.casters import Boolean, Caster, Loader, misfit

if TYPE_CHECKING:
    from collections.abc import Callable

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

Str: TypeAlias = Annotated[str, TEXT]
MaybeBool: TypeAlias = Annotated[bool | None, Optional(Boolean())]
MaybeFloat: TypeAlias = Annotated[float | None, Optional(REAL)]
