"""Lets one sweep at a time write to a file, and none wait for one that was killed."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import Final

from speckhal.contract.errors import InputError

_held: Final[set[tuple[int, str]]] = set()  # locks of POSIX are a process's, not a thread's
_guard: Final = threading.Lock()


class OneWriter:
    """The right to write to a file, from now on until `release`, or the end of the process.

    Whoever holds it holds a lock of the system on `FILE.lock`, beside the file and not on the file
    itself: SQLite has locks there, which would go when we close ours. A process that is forked
    inherits none of it, so no orphan keeps it. `FILE.lock` itself may stay behind, and means
    nothing.

    Args:
        path: of the file, which need not be there.

    Raises:
        InputError: somebody else has the right, in this process or another.
        OSError: the lock's own file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        target = os.path.realpath(path)
        self._lock = Path(f"{target}.lock")
        self._name = (os.getpid(), target)
        with _guard:
            if self._name in _held:
                raise _busy(path, os.getpid())
            self._descriptor = self._locked(path)
            _held.add(self._name)

    def release(self) -> None:
        """Let others write."""
        if self._name[0] != os.getpid():
            return  # the right is the parent's
        with _guard:
            if self._name in _held:
                self._lock.unlink(missing_ok=True)  # before it is closed, else it may be another's
                os.close(self._descriptor)
                _held.discard(self._name)

    def _locked(self, path: Path) -> int:
        while True:
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                if self._is_mine(descriptor, path):
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, b"%d" % os.getpid())
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _is_mine(self, descriptor: int, path: Path) -> bool:
        """Whether the lock is held now, on the file that has the name now."""
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # POSIX permits both
            process = os.read(descriptor, 20)
            raise _busy(path, int(process) if process.isdigit() else None) from None
        except OSError:  # a file system without locks, where SQLite has none either
            return True
        try:
            return os.path.samestat(os.fstat(descriptor), self._lock.stat())
        except FileNotFoundError:  # who had it let go in between
            return False


def _busy(path: Path, process: int | None) -> InputError:
    who = "another sweep" if process is None else f"another sweep, of process {process},"
    return InputError(
        f"Asked to keep a sweep in {path}, and {who} writes to it at the moment.",
        hint="Wait for its end, or give another file.",
    )
