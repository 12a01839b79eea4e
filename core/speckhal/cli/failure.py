"""How an error looks on the command line: what is wrong, what would work, and no traceback."""

from __future__ import annotations

import os
import sys
from typing import IO, TYPE_CHECKING

import click

from speckhal.cli.layout import wrap

if TYPE_CHECKING:
    from speckhal.errors import SpeckhalError


class Failure(click.ClickException):
    """An error of speckhal on its way to standard error."""

    def __init__(self, error: SpeckhalError) -> None:
        super().__init__(error.message)
        self.hint = error.hint

    def show(self, file: IO[str] | None = None) -> None:
        """Print the message, and the hint on a line of its own."""
        stream = sys.stderr if file is None else file
        _say("error: ", "red", self.message, stream)
        if self.hint is not None:
            _say("hint: ", "cyan", self.hint, stream)


def _say(label: str, colour: str, text: str, stream: IO[str]) -> None:
    lines = wrap(text, indent=len(label), stream=stream)
    label = click.style(label, bold=True, fg=None if os.environ.get("NO_COLOR") else colour)
    click.echo(label + "\n".join(lines).lstrip(), file=stream)
