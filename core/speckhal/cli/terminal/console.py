"""Rich's console as all commands use it: wide enough to read, plain where that is wanted."""

from __future__ import annotations

import os
import shutil

from rich.console import Console
from rich.text import Text

from speckhal.cli.terminal.layout import NARROWEST, after_label, wants_style, wrap
from speckhal.system.printable import printable

PATIENCE_S = 1.0
"""Work that takes longer shows a progress bar."""


class PlainConsole(Console):
    """Never hides the cursor, which a process that is killed could not show again.

    Args:
        stderr: print there, and not on standard output.
        quiet: print nothing.
    """

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        # rich takes these two as they are, and with 0 columns prints nothing
        size = shutil.get_terminal_size()
        super().__init__(
            stderr=stderr,
            quiet=quiet,
            highlight=False,
            color_system="auto" if wants_style() else None,
            width=max(size.columns, NARROWEST) if "COLUMNS" in os.environ else None,
            height=max(size.lines, 2) if "LINES" in os.environ else None,
        )

    def say(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Print a paragraph, in lines that fit the terminal; nothing in it is markup."""
        self.show(Text("\n".join(wrap(text, indent=indent)), style=style))

    def labelled(
        self, label: str, text: str, *, indent: int, margin: int = 0, style: str = "bold"
    ) -> None:
        """Print a label, and behind it a text whose lines are all indented alike.

        Args:
            label: fits between `margin` and `indent`.
            text: one paragraph.
            indent: of the text, in columns.
            margin: columns before the label.
            style: of the label.
        """
        start = (label.ljust(indent - margin), style)
        self.show(Text.assemble(" " * margin, start, after_label(text, indent=indent)))

    def note(self, text: str) -> None:
        """Print on one line, however long it is."""
        self.show(Text(printable(text)))

    def show(self, text: Text) -> None:
        """Print lines as they are: nothing is cut off."""
        self.print(text, soft_wrap=True)

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001 - rich's
        """Do nothing: the cursor stays shown, whatever becomes of the process."""
        return False
