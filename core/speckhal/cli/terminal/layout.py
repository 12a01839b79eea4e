"""Text in lines: wrapped on a terminal, whole when piped so that it can be searched."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import Protocol

import click

from speckhal.system.printable import printable

NARROWEST = 20
"""Columns that every line may take, however narrow the terminal says it is."""

WIDEST = 100
"""Longer lines are hard to read, however wide the terminal."""


class Stream(Protocol):
    """Where lines can go; all that matters here is whether a person reads there."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""


def wrap(
    text: str, *, indent: int = 0, narrower: int = 0, stream: Stream | None = None
) -> list[str]:
    """The text as lines that start `indent` columns from the left, fit for a terminal.

    Args:
        text: one paragraph; an empty one is one empty line.
        indent: in columns.
        narrower: columns that are left free at the right.
        stream: where the lines will go; standard output if None.
    """
    text = printable(text)
    if not (stream or sys.stdout).isatty():
        return [" " * indent + text]
    width = min(shutil.get_terminal_size().columns, WIDEST) - narrower
    lines = textwrap.wrap(
        text,
        max(width, indent + NARROWEST),
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def after_label(text: str, *, indent: int, stream: Stream | None = None) -> str:
    """The text as it goes on behind a label that reaches to column `indent`; as for `wrap`."""
    return "\n".join(wrap(text, indent=indent, stream=stream))[indent:]


def styled(
    text: str, *, bold: bool | None = None, dim: bool | None = None, fg: str | None = None
) -> str:
    """The text in bold, dim or in a colour, where the user wants that."""
    return click.style(text, bold=bold, dim=dim, fg=fg) if wants_style() else text


def wants_style() -> bool:
    """Whether the user's terminal knows styles, and the user wants them."""
    dumb = os.environ.get("TERM", "").lower() in {"dumb", "unknown"}
    return not dumb and not os.environ.get("NO_COLOR")
