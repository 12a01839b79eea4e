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


class OutputLost(SpeckhalError, OSError):
    """What was printed could not be written. An OSError too, for scripts under `emulate`.

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
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write it."""
        with _told():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what was held back."""
        with _told():
            self._stream.flush()


@contextlib.contextmanager
def told_output() -> Iterator[None]:
    """In the body, printing raises `OutputLost` where it cannot be done.

    A character that the output's encoding lacks becomes a question mark.
    """
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")
    with contextlib.redirect_stdout(cast("TextIO", _Output(stream))):
        yield


def drop_output() -> None:
    """Send what is still to be written nowhere: Python would fail with it once more on exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from error
