"""Rich's console as all commands use it: wide enough to read, plain where that is wanted."""

from __future__ import annotations

import os
import shutil

from rich.console import Console

from speckhal.cli.terminal.layout import NARROWEST, wants_style


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

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001 - rich's
        """Do nothing: the cursor stays shown, whatever becomes of the process."""
        return False
