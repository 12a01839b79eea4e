"""A record's file while it grows: hidden, then as `FILE.partial`, until it takes its name."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from speckhal.contract.errors import InputError
from speckhal.runs.record_locks import alone
from speckhal.runs.record_place import (
    PARTIAL,
    busy_place,
    partial_of,
    refuse_unlike_record,
)
from speckhal.runs.replaceable import is_replaceable
from speckhal.system import log
from speckhal.system.paths import why

if TYPE_CHECKING:
    import io


class GrowingFile:
    """A file that grows under a name of its own, then as `PATH.partial`, then has its name.

    Every step can be interrupted, and tried again or undone. Making one does nothing on disk.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self._path = path
        self._overwrite = overwrite
        self._target = Path(os.path.realpath(path))
        self._partial = partial_of(path)
        self._neighbour = self._new_neighbour()
        self._held: io.BufferedRandom | None = None

    @property
    def is_held(self) -> bool:
        """Whether it is there, and this process writes it."""
        return self._held is not None and not self._held.closed

    def make(self) -> Path:
        """Make an empty file under a name that nobody else uses, and hold it."""
        _remove_what_the_dead_left(self._target)
        while not self._make():
            self.discard()  # another process removed it before it was held
            self._neighbour = self._new_neighbour()
        return self._neighbour

    def claim(self) -> None:
        """Give it the name that it grows under.

        Raises:
            InputError: somebody else's is there meanwhile, or a file of another kind.
        """
        if self._overwrite:
            with alone(self._partial) as is_alone:
                if not is_alone:
                    raise busy_place(self._path, self._partial)
                refuse_unlike_record(self._path, self._partial)
                self._partial.unlink(missing_ok=True)
        try:
            _rename(self._neighbour, self._partial)
        except FileExistsError:
            raise busy_place(self._path, self._partial) from None

    def settle(self) -> None:
        """Give the finished file its own name; does what is left of that if it was interrupted.

        Raises:
            InputError: there is a file of that name by now, and it must not be overwritten, or
                is of another kind.
        """
        if self._is_ours(self._target):
            if self._is_ours(self._partial):
                self._partial.unlink()
            return
        try:
            if self._overwrite and self._target.exists() and is_replaceable(self._target):
                self._partial.replace(self._target)
            else:
                _rename(self._partial, self._target)
        except FileExistsError:
            raise InputError(
                f"Recorded a run as {self._path}, and by now there is another file of that name.",
                hint=f"The run is whole, and stays in {self._partial}.",
            ) from None
        except OSError as error:
            raise InputError(
                f"Recorded a run as {self._path}, which cannot be its name: {why(error)}.",
                hint=f"The run is whole, and stays in {self._partial}.",
            ) from error
        log.FILES.info("wrote %s", self._target)

    def discard(self) -> None:
        """Remove it, however far its names were given, and let go of it."""
        self._neighbour.unlink(missing_ok=True)
        if self._is_ours(self._partial):
            self._partial.unlink()
        self.release()

    def release(self) -> None:
        """Let go of it: others may write over it."""
        if self._held is not None:
            self._held.close()

    def _new_neighbour(self) -> Path:
        return self._target.with_name(_beginning(self._target) + secrets.token_hex(8) + PARTIAL)

    def _make(self) -> bool:
        """Whether the file is there, and held."""
        self._held = self._neighbour.open("x+b")
        try:
            fcntl.flock(self._held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks, where nobody removes what others left
            return True
        return self._is_ours(self._neighbour)

    def _is_ours(self, path: Path) -> bool:
        if self._held is None or self._held.closed:
            return False
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._held.fileno()), path.stat())
        return False


def _rename(source: Path, target: Path) -> None:
    """Rename without ever replacing a file: FileExistsError if the new name is taken."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        _take_and_replace(source, target)
    else:
        source.unlink()


def _take_and_replace(source: Path, target: Path) -> None:
    """Rename where there are no hard links: the name is taken with an empty file first."""
    try:
        target.open("xb").close()
        source.replace(target)
    except FileExistsError:
        raise
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            if target.stat().st_size == 0:
                target.unlink()
        raise


def _beginning(target: Path) -> str:
    """Of hidden names; cut, since the name itself may be as long as the file system permits."""
    return f".{target.name[:40]}."


def _remove_what_the_dead_left(target: Path) -> None:
    """Remove the hidden files of processes that were killed as they opened a record there.

    The system frees the lock of a process that dies. Where there are no locks, nothing is certain,
    and nothing is removed.
    """
    hidden = re.compile(re.escape(_beginning(target)) + "[0-9a-f]{16}" + re.escape(PARTIAL))
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        left = [
            Path(entry)
            for entry in entries
            if hidden.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]
        for path in left:
            # it is held, is gone by now, or is of somebody else, or there are no locks
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
