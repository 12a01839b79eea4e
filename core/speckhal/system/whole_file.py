"""Writes a file whole: under its name stands what was there before, or all of the new content."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from speckhal.system import log

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYBODY_WRITES: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Write to a neighbour of `path`, which takes its name when the body ends well.

    If the body fails, is interrupted, or the disk is full, the neighbour is removed and `path` is
    what it was. A process that is killed leaves the neighbour, `.NAME.*.partial`, behind. A link
    stays a link; an existing file keeps its mode. What is not a regular file (a pipe, a terminal)
    is written to directly. Another hard link to an existing file keeps the old content, since the
    new one is another file.

    Args:
        path: the file to write; its folder must exist.

    Raises:
        OSError: it cannot be written, also because an existing file is read-only.
    """
    path = Path(path)
    mode = _mode_of(path)
    if mode is not None and not stat.S_ISREG(mode):
        # by its own name: what is behind /dev/stdout may have no other
        with path.open("wb") as file:
            yield file
        return
    target = Path(os.path.realpath(path, strict=False))
    if mode is not None and is_read_only(target, mode):
        raise PermissionError(errno.EACCES, "The file is read-only", str(path))
    # the umask limits those of a new file
    permissions = 0o666 if mode is None else stat.S_IMODE(mode)
    # cut, since the name itself may be as long as the file system permits
    partial = target.with_name(f".{target.name[:40]}.{secrets.token_hex(4)}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            partial.chmod(permissions)
        partial.replace(target)
        log.FILES.info("wrote %s", target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def is_read_only(path: Path, mode: int) -> bool:
    """Whether a file of that mode is not to be written, by the system or by its owner's will.

    The superuser may write what has no permission to be written; that somebody took it counts.
    """
    return not mode & _ANYBODY_WRITES or not os.access(path, os.W_OK)


def _mode_of(path: Path) -> int | None:
    """Type and permissions of the file, behind links; None if no file is there."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None
