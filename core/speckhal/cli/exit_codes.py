"""What commands end with, the same for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FOUND_WRONG: Final = 1
"""What was asked for was done, and something was found wrong."""

NOT_DONE: Final = 2
"""What was asked for could not be done, or the readings do not show the answer."""

INTERRUPTED: Final = 130
"""By this, shells know that a command was stopped from the keyboard."""


def exit_code_of(answers: Iterable[object]) -> int:
    """0 where all agree, 1 where one disagrees, and else 2.

    Args:
        answers: values of `speckhal.Answer`; anything else for what could not be measured.
    """
    given = set(answers)
    if "disagrees" in given:
        return FOUND_WRONG
    return 0 if given == {"agrees"} else NOT_DONE
