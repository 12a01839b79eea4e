"""Lets a type checker find every place that must decide when a kind of thing is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn


def undecided(value: NoReturn) -> AssertionError:
    """What to raise in the last case of a `match` over all kinds, as `typing.assert_never` does.

    A type checker accepts it only where no kind is left. (It gives the error instead of raising it
    so that every checker sees that the function ends there; Python 3.10 has no `assert_never`.)
    """
    return AssertionError(f"Nothing is decided for {value!r}.")
