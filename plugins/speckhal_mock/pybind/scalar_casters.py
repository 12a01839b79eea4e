"""C++ types that the vendor's events do not need and its other records do."""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypeVar

import attrs

from speckhal_mock.pybind import conversions
from speckhal_mock.pybind.casters import Boolean, Caster, Loader, misfit

Kept = TypeVar("Kept")


@attrs.frozen
class Text(Caster[str]):
    """A `std::string`, kept as a str."""

    def initial(self, default: object) -> str:
        """The declared text, or none."""
        return default if isinstance(default, str) else ""

    def loader(self, member: str) -> Loader[str]:
        """Takes what `conversions.text` does."""

        def load(value: object) -> str:
            made = conversions.text(value)
            if made is None:
                raise misfit(member, "a str", value)
            return made

        return load


@attrs.frozen
class Real(Caster[float]):
    """A `float` or `double`, kept as a float."""

    def initial(self, default: object) -> float:
        """The declared number, or 0."""
        return default if isinstance(default, float) else 0.0

    def loader(self, member: str) -> Loader[float]:
        """Takes what `conversions.real_number` does."""

        def load(value: object) -> float:
            made = conversions.real_number(value)
            if made is None:
                raise misfit(member, "a number", value)
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


Str: TypeAlias = Annotated[str, Text()]
MaybeBool: TypeAlias = Annotated[bool | None, Optional(Boolean())]
MaybeFloat: TypeAlias = Annotated[float | None, Optional(Real())]
