"""Standard streams that are closed, full or read by nobody: a sentence, or silence."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TextIO, cast

from speckhal.contract.errors import SpeckhalError

if TYPE_CHECKING:
    from collections.abc import Iterator

_STREAMS = ("stdin", "stdout", "stderr")
"""Names in `sys` of the standard streams, by their descriptors."""

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

    Where somebody else's code closes or detaches it, it is opened anew on the same descriptor:
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
        if not _is_gone(stream):
            self.plain_errors = stream.errors or "strict"
            self._encoding = stream.encoding or "utf-8"
            self._is_line_buffered = bool(getattr(stream, "line_buffering", False))
            self._descriptor = _descriptor_of(stream)

    def __getattr__(self, name: str) -> object:
        return getattr(self.usable(), name)

    def usable(self) -> TextIO:
        """The stream that does the work, opened anew where that is necessary and possible."""
        if _is_gone(self.stream) and self._descriptor is not None:
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
        """Whether it is a terminal; one that is closed for good is none."""
        stream = self.usable()
        return not _is_gone(stream) and stream.isatty()


class _Output(_Stream):
    """Standard output: its failures are told from those of everything else."""

    reopened_errors = "replace"

    def write(self, text: str) -> int:
        """Write it."""
        with _told():
            stream = self.usable()
            if _is_gone(stream):
                raise OSError(errno.EBADF, "it was closed")
            return stream.write(text)

    def flush(self) -> None:
        """Write what was held back; who closed it did that."""
        with _told():
            if not _is_gone(self.stream):
                self.stream.flush()


class _Remarks(_Stream):
    """Standard error: what cannot be written there can be said nowhere, and is dropped."""

    def write(self, text: str) -> int:
        """Write it, if that can be done."""
        with self._dropped():
            stream = self.usable()
            if not _is_gone(stream):
                stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what was held back, if that can be done."""
        with self._dropped():
            if not _is_gone(self.stream):
                self.stream.flush()

    @contextlib.contextmanager
    def _dropped(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            _silence(self.stream)


@contextlib.contextmanager
def guarded_streams() -> Iterator[None]:
    """In the body, printing raises `OutputLost` where it cannot be done.

    A character that the output's encoding lacks becomes a question mark. What is written to
    standard error and cannot be is dropped. A stream that is closed takes everything and gives
    nothing: whoever closed it did not want it.
    """
    with _no_stream_closed():
        output, remarks = _Output(sys.stdout), _Remarks(sys.stderr)
        try:
            with (
                _errors_of(output.stream, "replace"),
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
            stack.enter_context(_errors_of(output.usable(), output.plain_errors))
            stack.enter_context(contextlib.redirect_stdout(output.stream))
        if isinstance(remarks, _Remarks):
            stack.enter_context(contextlib.redirect_stderr(remarks.usable()))
        yield


def drop_output() -> None:
    """Send what is still to be written nowhere: Python would fail with it once more on exit."""
    _silence(sys.stdout)


def _silence(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):  # a stream may have no file
        _send_nowhere(stream.fileno())


def _send_nowhere(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:  # it was closed, and was the lowest that was free
        os.set_inheritable(descriptor, True)
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextlib.contextmanager
def _no_stream_closed() -> Iterator[None]:
    """In the body, each standard stream that Python found closed reads and writes nothing."""
    closed = [name for name in _STREAMS if getattr(sys, name) is None]
    for descriptor, name in enumerate(_STREAMS):
        # or else the next file that is opened gets that number, and what C prints ends up there
        if name in closed and _is_closed(descriptor):
            _send_nowhere(descriptor)
    with contextlib.ExitStack() as stack:
        for name in closed:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, stack.enter_context(Path(os.devnull).open(mode, encoding="utf-8")))
            stack.callback(setattr, sys, name, None)
        yield


def _is_closed(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


@contextlib.contextmanager
def _errors_of(stream: TextIO, errors: str) -> Iterator[None]:
    """In the body, let the stream do that with characters that its encoding lacks."""
    if _is_gone(stream) or not isinstance(stream, io.TextIOWrapper) or stream.errors is None:
        yield
        return
    before = stream.errors
    stream.reconfigure(errors=errors)
    try:
        yield
    finally:
        if not _is_gone(stream):
            with contextlib.suppress(OSError):  # it flushes, and what that says was said
                stream.reconfigure(errors=before)


def _is_gone(stream: TextIO) -> bool:
    """Whether it is closed or detached, or what is below it is."""
    try:
        return bool(getattr(stream, "closed", False))
    except ValueError:  # it is detached
        return True


def _descriptor_of(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):  # it has none, as in a test
        return None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from error
