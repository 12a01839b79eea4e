"""Whether an object fits a Protocol is judged by what its methods take, not by names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from speckhal.conformance.cases.signatures import misfits

if TYPE_CHECKING:
    from typing_extensions import Self


class Thing(Protocol):
    @property
    def size(self) -> int:
        """How large it is."""

    def put(self, what: str, where: int = 0, *, gently: bool = False) -> None:
        """Put it."""

    def __enter__(self) -> Self:
        """Itself."""


class Fitting:
    size = 3

    def put(self, what: str, where: int = 0, *, gently: bool = False, often: int = 1) -> None:
        """Put it."""

    def __enter__(self) -> Self:
        return self


class TakesAll:
    size = 3

    def put(self, *what: object, **how: object) -> None:
        """Put it."""

    def __enter__(self) -> Self:
        return self


class SizeIsAMethod(Fitting):
    def size(self) -> int:  # type: ignore[override]  # the misfit itself
        return 3


class RenamedArgument(Fitting):
    def put(self, item: str, where: int = 0, *, gently: bool = False) -> None:  # type: ignore[override]  # the misfit itself
        """Put it."""


class OtherOrder(Fitting):
    def put(self, where: int = 0, what: str = "", *, gently: bool = False) -> None:  # type: ignore[override]  # the misfit itself
        """Put it."""


class NoDefault(Fitting):
    def put(self, what: str, where: int, *, gently: bool = False) -> None:  # type: ignore[override]  # the misfit itself
        """Put it."""


class LacksKeyword(Fitting):
    def put(self, what: str, where: int = 0) -> None:  # type: ignore[override]  # the misfit itself
        """Put it."""


class WantsMore(Fitting):
    def put(self, what: str, where: int = 0, *, gently: bool = False, speed: int) -> None:  # type: ignore[override]  # the misfit itself
        """Put it."""


class NoMethod(Fitting):
    put = None  # type: ignore[assignment]  # the misfit itself


class NotABlock:
    size = 3

    def put(self, what: str, where: int = 0, *, gently: bool = False) -> None:
        """Put it."""


@pytest.mark.parametrize("kind", [Fitting, TakesAll])
def test_what_takes_all_calls_fits(kind: type[object]) -> None:
    assert misfits(kind(), Thing) == []


@pytest.mark.parametrize(
    ("kind", "flaw"),
    [
        (SizeIsAMethod, "`SizeIsAMethod.size` is a method"),
        (RenamedArgument, "`RenamedArgument.put` does not take `what`"),
        (OtherOrder, "`OtherOrder.put` does not take `what` as argument number 1"),
        (NoDefault, "`NoDefault.put` needs `where`, which may be left out"),
        (LacksKeyword, "`LacksKeyword.put` does not take `gently`"),
        (WantsMore, "`WantsMore.put` needs `speed`, which nobody gives it"),
        (NoMethod, "`NoMethod.put` is missing, or cannot be called"),
        (NotABlock, "`NotABlock.__enter__` is missing"),
    ],
)
def test_what_does_not_is_named(kind: type[object], flaw: str) -> None:
    assert any(found.startswith(flaw) for found in misfits(kind(), Thing)), misfits(kind(), Thing)


def test_a_missing_attribute_is_named() -> None:
    assert misfits(object(), Thing)[0] == "`object.size` is missing."
