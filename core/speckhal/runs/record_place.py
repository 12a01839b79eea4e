"""Where a record is written: its name, the name it grows under, and who holds that.

A record grows as `FILE.partial` and takes its name at the end. Whoever writes it holds a shared
lock on it, which readers do not mind; who wants to write over it asks for the lock alone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.system import log
from speckhal.system.paths import why, writable_place

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

PARTIAL: Final = ".partial"


def partial_of(path: Path) -> Path:
    """What the record of that name is called while it grows: behind links, beside the file."""
    target = Path(os.path.realpath(path))
    return target.with_name(target.name + PARTIAL)


def refuse_place(path: Path, *, overwrite: bool) -> None:
    """Refuse a place where a record cannot be written, before anything is measured.

    Raises:
        InputError: the name ends in `.partial`, or is no place for a file; there is one and
            `overwrite` is false; or a record that nobody finished is beside it and `overwrite` is
            false; or a process is writing that.
    """
    asked = "Asked to record to"
    if path.suffix == PARTIAL:
        raise InputError(
            f"{asked} {path}, and that ending is of records that nobody finished.",
            hint=f"Give the name that it gets at the end, such as {path.with_suffix('')}.",
        )
    writable_place(path, asked)
    if path.exists() and not path.is_file():
        raise InputError(f"{asked} {path}, and that is not a file.", hint="Give another name.")
    if not overwrite and path.exists():
        raise InputError(
            f"{asked} {path}, and there is one already.",
            hint="Give another name, or ask to overwrite it: overwrite=True, or --overwrite.",
        )
    partial = partial_of(path)
    writable_place(partial, asked)
    if not partial.exists():
        return
    if is_held(partial):
        raise _busy(path, partial)
    if not overwrite:
        raise InputError(
            f"{asked} {path}, and beside it is {partial.name}, of a run that never ended.",
            hint=(
                f"Look at it with: speckhal show {partial}. Keep it under another name, or ask to "
                "overwrite both: overwrite=True."
            ),
        )


class GrowingFile:
    """A file that grows under a name of its own, then as `PATH.partial`, then has its name.

    Every step can be interrupted, and tried again or undone. Making one does nothing on disk.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self._path = path
        self._overwrite = overwrite
        self._target = Path(os.path.realpath(path))
        self._partial = partial_of(path)
        # cut, since the name itself may be as long as the file system permits
        name = f".{self._target.name[:40]}.{secrets.token_hex(8)}{PARTIAL}"
        self._neighbour = self._target.with_name(name)
        self._held: io.BufferedRandom | None = None

    @property
    def is_held(self) -> bool:
        """Whether it is there, and this process writes it."""
        return self._held is not None and not self._held.closed

    def make(self) -> Path:
        """Make an empty file under a name that nobody else uses, and hold it."""
        self._held = self._neighbour.open("x+b")
        with contextlib.suppress(OSError):  # file systems without locks
            fcntl.flock(self._held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return self._neighbour

    def claim(self) -> None:
        """Give it the name that it grows under.

        Raises:
            InputError: somebody else's is there meanwhile.
        """
        if self._overwrite:
            with _alone(self._partial) as is_alone:
                if not is_alone:
                    raise _busy(self._path, self._partial)
                self._partial.unlink(missing_ok=True)
        try:
            _rename(self._neighbour, self._partial)
        except FileExistsError:
            raise _busy(self._path, self._partial) from None

    def settle(self) -> None:
        """Give the finished file its own name; does what is left of that if it was interrupted.

        Raises:
            InputError: there is a file of that name by now, and it must not be overwritten.
        """
        if self._is_ours(self._target):
            if self._is_ours(self._partial):
                self._partial.unlink()
            return
        try:
            if self._overwrite:
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


def is_held(partial: Path) -> bool:
    """Whether a process is writing the record of that name."""
    with _alone(partial) as is_alone:
        return not is_alone


@contextlib.contextmanager
def _alone(partial: Path) -> Iterator[bool]:
    """Whether nobody writes it; in the body, nobody begins to."""
    try:
        descriptor = os.open(partial, os.O_RDONLY)
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
                is_alone = os.path.samestat(os.fstat(descriptor), partial.stat())
        yield is_alone
    finally:
        os.close(descriptor)


def _busy(path: Path, partial: Path) -> InputError:
    return InputError(
        f"Asked to record to {path}, and another run is being recorded there at the moment.",
        hint=f"Wait for its end, or give another name. It grows as {partial}.",
    )
