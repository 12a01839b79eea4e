"""Standard streams that are closed, full or read by nobody: a sentence, or silence."""

from __future__ import annotations

import contextlib
import errno
import sys
from typing import TYPE_CHECKING, ClassVar, TextIO, cast

from speckhal.cli.terminal.stream_state import (
    descriptor_of,
    encoding_errors,
    is_gone,
    no_stream_closed,
    silence,
)
from speckhal.contract.errors import SpeckhalError

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


class _Stream:
    """A text stream that knows what to do when it fails.

    Where other code closes or detaches it, it is opened anew on the same descriptor:
    Python's own standard streams leave that open.

    Args:
        stream: the one that does the work, and has all other attributes.

    Attributes:
        plain_errors: what that one does with characters that its encoding lacks, left to itself.
    """

    reopened_errors: ClassVar[str] = "backslashreplace"
    """What it does with these characters once it is opened anew."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.plain_errors, self._encoding = "strict", "utf-8"
        self._is_line_buffered, self._descriptor = True, None
        if not is_gone(stream):
            self.plain_errors = stream.errors or "strict"
            self._encoding = stream.encoding or "utf-8"
            self._is_line_buffered = bool(getattr(stream, "line_buffering", False))
            self._descriptor = descriptor_of(stream)

    def __getattr__(self, name: str) -> object:
        return getattr(self.usable(), name)

    def usable(self) -> TextIO:
        """The stream that does the work, opened anew where that is necessary and possible."""
        if is_gone(self.stream) and self._descriptor is not None:
            with contextlib.suppress(OSError):  # the descriptor may be closed, too
                self.stream = open(  # noqa: SIM115 - it lives as long as the process
                    self._descriptor,
                    "w",
                    buffering=1 if self._is_line_buffered else -1,
                    encoding=self._encoding,
                    errors=self.reopened_errors,
                    closefd=False,
                )
        return self.stream

    def isatty(self) -> bool:
        """Whether it is a terminal; one that is closed for good is not."""
        stream = self.usable()
        return not is_gone(stream) and stream.isatty()

    def write(self, text: str) -> int:
        """Write a text, and return how many characters it has."""
        stream = self.usable()
        if is_gone(stream):
            self.fail(OSError(errno.EBADF, "it was closed"))
            return len(text)
        try:
            stream.write(text)
        except OSError as error:
            self.fail(error)
        return len(text)

    def flush(self) -> None:
        """Write what was held back; who closed it did that."""
        try:
            if not is_gone(self.stream):
                self.stream.flush()
        except OSError as error:
            self.fail(error)

    def fail(self, error: OSError) -> None:
        """Say, or pass over, that something could not be written."""
        raise NotImplementedError


class _Output(_Stream):
    """Standard output: where it cannot write, it raises `OutputLost` and no other error."""

    reopened_errors = "replace"

    def fail(self, error: OSError) -> None:
        raise OutputLost(error) from error


class _Remarks(_Stream):
    """Standard error: what cannot be written there can be said nowhere, and is dropped."""

    def fail(self, error: OSError) -> None:  # noqa: ARG002 - the other stream's
        silence(self.stream)


@contextlib.contextmanager
def guarded_streams() -> Iterator[None]:
    """In the body, printing raises `OutputLost` where it cannot be done.

    A character that the output's encoding lacks becomes a question mark. What is written to
    standard error and cannot be is dropped. A stream that is closed takes everything and gives
    nothing: what closed it did not want it.
    """
    with no_stream_closed():
        output, remarks = _Output(sys.stdout), _Remarks(sys.stderr)
        try:
            with (
                encoding_errors(output.stream, "replace"),
                contextlib.redirect_stdout(cast("TextIO", output)),
                contextlib.redirect_stderr(cast("TextIO", remarks)),
            ):
                try:
                    yield
                finally:
                    output.flush()
        finally:
            # Python's own end fails when one of them is detached
            sys.stdout, sys.stderr = output.usable(), remarks.usable()


@contextlib.contextmanager
def plain_streams() -> Iterator[None]:
    """In the body, standard output and error are again as they were outside `guarded_streams`.

    They are the very ones that Python opened, and a script may close, detach or wrap them.
    """
    with contextlib.ExitStack() as stack:
        output, remarks = sys.stdout, sys.stderr
        if isinstance(output, _Output):
            stack.enter_context(encoding_errors(output.usable(), output.plain_errors))
            stack.enter_context(contextlib.redirect_stdout(output.stream))
        if isinstance(remarks, _Remarks):
            stack.enter_context(contextlib.redirect_stderr(remarks.usable()))
        yield


@contextlib.contextmanager
def json_apart(wanted: bool) -> Iterator[TextIO | None]:  # noqa: FBT001 - what the user typed
    """In the body, keep what a plugin prints out of the JSON, by sending it to standard error.

    Gives the stream that the JSON is for; None where it is not wanted, and nothing is changed.
    """
    if not wanted:
        yield None
        return
    output = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        yield output
