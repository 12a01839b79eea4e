"""What has become of a standard stream: closed, detached, or on a file that takes nothing."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_STREAMS = ("stdin", "stdout", "stderr")
"""Names in `sys` of the standard streams, by their descriptors."""


def silence(stream: TextIO) -> None:
    """Send what is written to the stream from now on nowhere."""
    with contextlib.suppress(OSError, ValueError):  # a stream may have no file
        send_nowhere(stream.fileno())


def send_nowhere(descriptor: int) -> None:
    """Let the file descriptor stand for a file that takes everything and gives nothing."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere == descriptor:  # it was closed, and was the lowest that was free
        os.set_inheritable(descriptor, True)
        return
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


@contextlib.contextmanager
def no_stream_closed() -> Iterator[None]:
    """In the body, each standard stream that Python found closed reads and writes nothing."""
    closed = [name for name in _STREAMS if getattr(sys, name) is None]
    for descriptor, name in enumerate(_STREAMS):
        # or else the next file that is opened gets that number, and what C prints ends up there
        if name in closed and _is_closed(descriptor):
            send_nowhere(descriptor)
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
def encoding_errors(stream: TextIO, errors: str) -> Iterator[None]:
    """In the body, let the stream do that with characters that its encoding lacks."""
    if is_gone(stream) or not isinstance(stream, io.TextIOWrapper) or stream.errors is None:
        yield
        return
    before = stream.errors
    stream.reconfigure(errors=errors)
    try:
        yield
    finally:
        if not is_gone(stream):
            with contextlib.suppress(OSError):  # it flushes, and what that says was said
                stream.reconfigure(errors=before)


def is_gone(stream: TextIO) -> bool:
    """Whether it is closed or detached, or what is below it is."""
    try:
        return bool(getattr(stream, "closed", False))
    except ValueError:  # it is detached
        return True


def descriptor_of(stream: TextIO) -> int | None:
    """The file descriptor of the stream; None where it has no file."""
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):  # as in a test
        return None
