"""Whether somebody has a file open for writing, by the locks that records and h5py set."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def is_held(path: Path) -> bool:
    """Whether a process is writing the file of that name, this one included."""
    with alone(path) as is_alone:
        return not is_alone


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether nobody writes the file; in the body, nobody begins to."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield True
        return
    try:
        is_alone = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_alone = False
        except OSError:  # file systems without locks: nothing is known
            pass
        else:
            with contextlib.suppress(FileNotFoundError):
                # what was locked may have been replaced by somebody else's
                is_alone = os.path.samestat(os.fstat(descriptor), path.stat())
        yield is_alone
    finally:
        os.close(descriptor)
