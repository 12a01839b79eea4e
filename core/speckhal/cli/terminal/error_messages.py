"""How errors and warnings look on the command line: sentences, and no traceback."""

from __future__ import annotations

import contextlib
import sys
import warnings
from typing import IO, TYPE_CHECKING

import click

from speckhal.cli.exit_codes import NOT_DONE
from speckhal.cli.terminal.layout import after_label, styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.errors import SpeckhalError


class Failure(click.ClickException):
    """An error of speckhal on its way to standard error.

    It ends the command with 2, as a wrong option does: what was asked for was not done. 1 is left
    for commands that did it, and found something wrong.
    """

    exit_code = NOT_DONE

    def __init__(self, error: SpeckhalError) -> None:
        super().__init__(error.message)
        self.hint = error.hint

    def show(self, file: IO[str] | None = None) -> None:
        """Print the message, and the hint on a line of its own."""
        stream = sys.stderr if file is None else file
        _say("error: ", "red", self.message, stream)
        if self.hint is not None:
            _say("hint: ", "cyan", self.hint, stream)


class _Tidy:
    """Shows each warning once, as a sentence.

    Attributes:
        instead_of: what shows warnings otherwise.
    """

    def __init__(self) -> None:
        self.instead_of = warnings.showwarning
        self._shown: set[str] = set()

    def __call__(self, message: Warning | str, *_where: object, **_file: object) -> None:
        text = " ".join(str(message).split())
        if text not in self._shown:
            self._shown.add(text)
            _say("warning: ", "yellow", text, sys.stderr)


@contextlib.contextmanager
def tidy_warnings() -> Iterator[None]:
    """Show a warning of Python's as one sentence, once, without the place that it came from."""
    with warnings.catch_warnings():
        warnings.showwarning = _Tidy()
        yield


@contextlib.contextmanager
def plain_warnings() -> Iterator[None]:
    """In the body, warnings are again shown as they were outside `tidy_warnings`."""
    shown = warnings.showwarning
    if not isinstance(shown, _Tidy):
        yield
        return
    warnings.showwarning = shown.instead_of
    try:
        yield
    finally:
        warnings.showwarning = shown


def _say(label: str, colour: str, text: str, stream: IO[str]) -> None:
    said = after_label(text, indent=len(label), stream=stream)
    click.echo(styled(label, bold=True, fg=colour) + said, file=stream)
