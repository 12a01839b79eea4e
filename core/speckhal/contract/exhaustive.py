"""Lets a type checker find every place that must decide when a kind of thing is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


def assert_never(value: NoReturn) -> NoReturn:
    """End a branching over all kinds; `typing.assert_never`, which Python 3.10 does not have.

    Raises:
        AssertionError: there is a kind that the branching does not know.
    """
    raise AssertionError(f"Nothing is decided for {value!r}.")
