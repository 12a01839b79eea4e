"""Standard output that cannot be written to: a sentence, or silence where nobody reads it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO, cast

from speckhal.errors import SpeckhalError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BROKEN_PIPE_EXIT = 141
"""Exit code of a command that the reader of its output has left; 13 is SIGPIPE."""


class OutputLost(SpeckhalError):
    """What was printed could not be written.

    Attributes:
        exit_code: what the command ends with, where that is not the one of errors.
    """

    def __init__(self, error: OSError) -> None:
        why = error.strerror or type(error).__name__
        super().__init__(
            f"Could not write to standard output: {why}.",
            hint="Send it to a file or a disk with room, or print less.",
        )
        self.exit_code = _BROKEN_PIPE_EXIT if isinstance(error, BrokenPipeError) else None


class _Output:
    """A text stream whose failures are told from those of everything else.

    Args:
        stream: the one that does the work, and has all other attributes.
        plain_errors: what that one does with characters that its encoding lacks, left to itself.
    """

    def __init__(self, stream: TextIO, plain_errors: str) -> None:
        self.stream = stream
        self.plain_errors = plain_errors

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write it."""
        with _told():
            return self.stream.write(text)

    def flush(self) -> None:
        """Write what was held back."""
        with _told():
            self.stream.flush()


@contextlib.contextmanager
def told_output() -> Iterator[None]:
    """In the body, printing raises `OutputLost` where it cannot be done.

    A character that the output's encoding lacks becomes a question mark.
    """
    stream = sys.stdout
    errors = stream.errors or "strict"
    with (
        _errors_of(stream, "replace"),
        contextlib.redirect_stdout(cast("TextIO", _Output(stream, errors))),
    ):
        yield


@contextlib.contextmanager
def plain_output() -> Iterator[None]:
    """In the body, `sys.stdout` is again as it was outside `told_output`."""
    shown = sys.stdout
    if not isinstance(shown, _Output):
        yield
        return
    with _errors_of(shown.stream, shown.plain_errors), contextlib.redirect_stdout(shown.stream):
        yield


def drop_output() -> None:
    """Send what is still to be written nowhere: Python would fail with it once more on exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


@contextlib.contextmanager
def _errors_of(stream: TextIO, errors: str) -> Iterator[None]:
    """In the body, let the stream do that with characters that its encoding lacks."""
    before = stream.errors
    if not isinstance(stream, io.TextIOWrapper) or before is None:
        yield
        return
    stream.reconfigure(errors=errors)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # it flushes, and what that says was said
            stream.reconfigure(errors=before)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from error
