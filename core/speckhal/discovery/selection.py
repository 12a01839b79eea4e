"""What `backend[:target]` means, in the manner of torch's device strings."""

from __future__ import annotations

import os
import re
import shlex

import attrs

from speckhal.contract.errors import InputError

VARIABLE = "SPECKHAL_BACKEND"
"""Environment variable that holds the selection to use where a script names none."""

FALLBACK = "mock"
"""The selection to use where that variable is not set, or empty."""

# a target may be a file, whose name may have spaces within
_GRAMMAR = re.compile(r"(?P<backend>[^\s:]+)(:(?P<target>[^\s:]([^\n\r]*\S)?))?")


@attrs.frozen
class Selection:
    """Which backend, and which of its boards.

    Attributes:
        backend: name of the backend.
        target: name of the board; None for the backend's first one.
    """

    backend: str
    target: str | None = None

    def __str__(self) -> str:
        return self.backend if self.target is None else f"{self.backend}:{self.target}"


def parse_selection(text: str) -> Selection:
    """The selection that `backend[:target]` means, such as "mock:speck2e".

    Raises:
        InputError: the text is no such selection.
    """
    return _parse(text, f"{text!r} selects no backend.")


def is_selectable(name: object) -> bool:
    """Whether a selection can name a backend that is called so."""
    match = _GRAMMAR.fullmatch(name) if isinstance(name, str) else None
    return match is not None and match["backend"] == name


def default_selection() -> Selection:
    """The selection in `SPECKHAL_BACKEND`, or else the mock.

    Raises:
        InputError: the variable holds no selection.
    """
    text = os.environ.get(VARIABLE) or FALLBACK
    return _parse(
        text, f"The environment variable {VARIABLE} holds {text!r}, which selects no backend."
    )


def as_device(text: object) -> str | None:
    """How a record is selected whose name stands for a backend; None where it names no file."""
    if not isinstance(text, str) or not os.path.isfile(text):  # noqa: PTH113 - no name makes it fail
        return None
    return f"That is a file. Select a record as a device by {shlex.quote(f'replay:{text}')}."


def _parse(text: object, complaint: str) -> Selection:
    match = _GRAMMAR.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(
            complaint,
            hint=as_device(text)
            or "Write backend[:target], no space around it, such as 'mock' or 'mock:speck2e'.",
        )
    return Selection(match["backend"], match["target"])
