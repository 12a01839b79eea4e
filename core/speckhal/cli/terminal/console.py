"""Rich's console as all commands use it: wide enough to read, plain where that is wanted."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from rich.console import Console
from rich.measure import Measurement
from rich.text import Text

from speckhal.cli.terminal.layout import NARROWEST, after_label, wants_style, wrap
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

_UNLIMITED = 10_000  # columns

_UNBROKEN = "\N{NO-BREAK SPACE}"
"""Stands for a blank between a number and its unit, until lines are made."""

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

    def fits(self, table: Table) -> bool:
        """Whether a table has room without that anything of it is cut off; in a pipe it has."""
        columns = max(shutil.get_terminal_size().columns, NARROWEST)
        return self._needs(table) <= columns or not self._is_limited

    def show_table(self, table: Table) -> None:
        """Print a table whole: where it is too wide, each row as a paragraph that names its cells.

        No line ends in blanks.
        """
        if not self.fits(table):
            self.show(Text())
            for text in _as_sentences(table):
                first, *others = wrap(text, narrower=2)
                lines = "\n".join([first, *(f"  {line}" for line in others)])
                self.show(Text(lines.replace(_UNBROKEN, " ")))
            self.show(Text())
        else:
            options = self.options.update(width=self._needs(table))
            for parts in self.render_lines(table, options, pad=False):
                line = Text.assemble(*((part.text, part.style or "") for part in parts))
                line.rstrip()
                self.show(line)

    @property
    def _is_limited(self) -> bool:
        return self.is_terminal or "COLUMNS" in os.environ

    def _needs(self, table: Table) -> int:
        # rich would rather cut numbers off than say that they do not fit
        return Measurement.get(self, self.options.update(width=_UNLIMITED), table).maximum

    def show(self, text: Text) -> None:
        """Print lines as they are: nothing is cut off."""
        self.print(text, soft_wrap=True)

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001 - rich's
        """Do nothing: the cursor stays shown, whatever becomes of the process."""
        return False


def _as_sentences(table: Table) -> Iterator[str]:
    """Each row of a table as a paragraph: "layer 0; channels 0-1; bias -52"."""
    names = [str(column.header).replace("\n", " ") for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        cells = [str(cell).replace(" ", _UNBROKEN) for cell in row]
        mark = "".join(f"{cell} " for name, cell in zip(names, cells, strict=True) if not name)
        pairs = zip(names, cells, strict=True)
        yield mark + "; ".join(f"{name} {cell}" for name, cell in pairs if name and cell)
