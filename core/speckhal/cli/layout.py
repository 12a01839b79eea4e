"""Text in lines: wrapped on a terminal, whole when piped so that it can be searched."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Protocol

WIDEST = 100
"""Longer lines are hard to read, however wide the terminal."""


class Stream(Protocol):
    """Where lines can go; all that matters here is whether a person reads there."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""


def wrap(text: str, *, indent: int = 0, stream: Stream | None = None) -> list[str]:
    """The text as lines that start `indent` columns from the left.

    Args:
        text: one paragraph; an empty one is one empty line.
        indent: in columns.
        stream: where the lines will go; standard output if None.
    """
    if not (stream or sys.stdout).isatty():
        return [" " * indent + text]
    width = min(shutil.get_terminal_size().columns, WIDEST)
    lines = textwrap.wrap(
        text,
        max(width, indent + 20),
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]
