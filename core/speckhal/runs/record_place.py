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
from speckhal.system.paths import unusable, writable_place

if TYPE_CHECKING:
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
    if _is_held(partial):
        raise _busy(path, partial)
    if not overwrite:
        raise InputError(
            f"{asked} {path}, and beside it is {partial.name}, of a run that never ended.",
            hint=(
                f"Look at it with: speckhal show {partial}. Keep it under another name, or ask to "
                "overwrite both: overwrite=True."
            ),
        )


def new_neighbour(path: Path) -> Path:
    """An empty file beside it, under a name that nobody else uses."""
    target = Path(os.path.realpath(path))
    # cut, since the name itself may be as long as the file system permits
    neighbour = target.with_name(f".{target.name[:40]}.{secrets.token_hex(4)}{PARTIAL}")
    os.close(os.open(neighbour, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    return neighbour


def hold(path: Path) -> int:
    """A descriptor that shows, as long as it is open, that the file is being written."""
    descriptor = os.open(path, os.O_RDONLY)
    with contextlib.suppress(OSError):  # file systems without locks
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return descriptor


def claim(neighbour: Path, path: Path, *, overwrite: bool) -> None:
    """Give the growing record its name, `path.partial`.

    Raises:
        InputError: somebody else's is there meanwhile.
    """
    partial = partial_of(path)
    if overwrite:
        with _alone(partial) as is_alone:
            if not is_alone:
                raise _busy(path, partial)
            partial.unlink(missing_ok=True)
    try:
        _rename(neighbour, partial)
    except FileExistsError:
        raise _busy(path, partial) from None


def settle(path: Path, *, overwrite: bool) -> None:
    """Give the finished record its own name.

    Raises:
        InputError: there is a file of that name by now, and `overwrite` is false.
    """
    partial = partial_of(path)
    target = Path(os.path.realpath(path))
    try:
        if overwrite:
            partial.replace(target)
        else:
            _rename(partial, target)
    except FileExistsError:
        raise InputError(
            f"Recorded a run as {path}, and by now there is another file of that name.",
            hint=f"The run is whole, and stays in {partial}.",
        ) from None
    except OSError as error:
        raise unusable(path, "Asked to record to", error) from error


def _rename(source: Path, target: Path) -> None:
    """Rename without ever replacing a file: FileExistsError if the new name is taken."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # a file system without hard links: the name is taken with an empty file first
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        source.replace(target)
    else:
        source.unlink()


def _is_held(partial: Path) -> bool:
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
