"""Examines a path that a user gave: it can be used, or a sentence says why it cannot.

Whatever reads or writes a user's file asks here first, since a path can be wrong in more ways than
`Path.is_file` survives: names that are too long, links in a circle, folders that may not be
entered, a working directory that is gone, pipes that would block for ever.

    readable_file(path, "Asked for the profile")
    writable_place(path, "Asked to write the profile")
    usable_folder(path, "Asked to write a plugin into")
    except OSError as error: raise unusable(path, "Asked to write the profile", error)
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from speckhal.contract.errors import InputError
from speckhal.system.whole_file import is_read_only

_REASONS: Final = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "a part of the path is a file, and no folder",
    errno.EISDIR: "that is a folder",
    errno.ENAMETOOLONG: "that name is longer than the file system permits",
    errno.ELOOP: "the links on the way there lead in a circle",
    errno.EACCES: "you have no permission for that",
    errno.EPERM: "you have no permission for that",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "there is no space left on the device",
}
_OTHER_PLACE: Final = "Give another place, or change its permissions."


def readable_file(path: str | os.PathLike[str], asked: str, *, hint: str | None = None) -> None:
    """Refuse what is not a file that can be read.

    Args:
        path: as the user gave it.
        asked: what it is for, as the beginning of a sentence: "Asked for the profile".
        hint: what would work where there is no such file.

    Raises:
        InputError: it cannot be examined or read, or is a folder, a named pipe or a device.
    """
    path = Path(path)
    try:
        mode = _mode_of(path)
        if mode is None:
            raise InputError(f"{asked} {path}, and {_REASONS[errno.ENOENT]}.", hint=hint)
        kind = "a device" if stat.S_ISCHR(mode) else _kind(path, mode)
        if kind is not None:
            raise _no_file(path, asked, kind)
        if stat.S_ISREG(mode):  # opening a pipe would take its content
            path.open("rb").close()
    except (OSError, ValueError) as error:
        raise unusable(path, asked, error) from error


def writable_place(path: str | os.PathLike[str], asked: str) -> None:
    """Refuse a place where no file can be written; nothing is left there.

    What is not a regular file, and takes what is written as it comes, passes: `/dev/stdout`,
    `/dev/null`, a shell's `>(command)`.

    Args:
        path: as the user gave it.
        asked: what it is for, as the beginning of a sentence: "Asked to write the profile".

    Raises:
        InputError: it cannot be examined, has no folder to be in, may not be written, or is a
            folder, a named pipe or a disk.
    """
    path = Path(path)
    try:
        mode = _mode_of(path)
        kind = None if mode is None else _kind(path, mode)
        if kind is not None:
            raise _no_file(path, asked, kind)
        if mode is not None and not stat.S_ISREG(mode):
            return
        if mode is not None and is_read_only(path, mode):
            raise InputError(f"{asked} {path}, and that file is read-only.", hint=_OTHER_PLACE)
        folder = Path(os.path.realpath(path)).parent
        if not folder.is_dir():
            raise InputError(
                f"{asked} {path}, and there is no folder {folder}.", hint="Make it first."
            )
        _try(folder)
    except (OSError, ValueError) as error:
        raise unusable(path, asked, error) from error


def usable_folder(path: str | os.PathLike[str], asked: str) -> None:
    """Refuse what is not a folder in which files can be written; nothing is left there.

    Args:
        path: as the user gave it.
        asked: what it is for, as the beginning of a sentence: "Asked to write a plugin into".

    Raises:
        InputError: it cannot be examined, is not a folder, or may not be written.
    """
    path = Path(path)
    try:
        mode = _mode_of(path)
        if mode is None:
            raise InputError(f"{asked} {path}, and there is no such folder.", hint="Make it first.")
        if not stat.S_ISDIR(mode):
            raise InputError(
                f"{asked} {path}, and that is no folder.", hint="Give the path of a folder."
            )
        _try(path)
    except (OSError, ValueError) as error:
        raise unusable(path, asked, error) from error


def is_path(given: object) -> bool:
    """Whether it is a path, as text or as an object, and not in bytes."""
    return isinstance(given, str) or (
        isinstance(given, os.PathLike) and isinstance(os.fspath(given), str)
    )


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links too; or would, where none is there yet."""
    with contextlib.suppress(OSError, ValueError):
        if one.exists() and other.exists():
            return one.samefile(other)
        return os.path.realpath(one) == os.path.realpath(other)
    return False


def present_folder() -> Path | None:
    """The working directory; None where it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return None


def working_folder() -> None:
    """Refuse a working directory that was removed: in one, torch ends the process.

    Raises:
        InputError: the working directory was removed.
    """
    if present_folder() is None:
        raise InputError(
            "The working directory no longer exists, and torch cannot work without one.",
            hint="Change to a folder that exists.",
        )


def unusable(path: str | os.PathLike[str], asked: str, error: OSError | ValueError) -> InputError:
    """The error to raise where a path could not be used after all.

    Args:
        path: as the user gave it.
        asked: what it is for, as the beginning of a sentence.
        error: what the system said; a ValueError is what Python says of names that it cannot
            hand to the system.
    """
    return InputError(f"{asked} {path}, and {why(error)}.", hint=_hint(error))


def why(error: OSError | ValueError) -> str:
    """What the system said, as a part of a sentence."""
    if isinstance(error, UnicodeError):
        return "its name has characters that this system's file names cannot have"
    if isinstance(error, ValueError):
        return "a path cannot have a NUL character in it"
    if error.errno == errno.ENOENT and present_folder() is None:
        return "the working directory no longer exists"
    known = None if error.errno is None else _REASONS.get(error.errno)
    return known or f"the system says: {error.strerror or error}"


def _hint(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        if error.errno == errno.ENOSPC:
            return "Make room, or give another place."
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            return _OTHER_PLACE
        if error.errno == errno.ENOENT and present_folder() is None:
            return "Change to a folder that exists, or give a path from the root."
    return "Give another path."


def _no_file(path: Path, asked: str, kind: str) -> InputError:
    return InputError(
        f"{asked} {path}, and that is {kind}, not a file.",
        hint="Give the path of an ordinary file.",
    )


def _mode_of(path: Path) -> int | None:
    """Type and permissions of what is there, behind links; None if there is nothing."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        if not path.is_absolute() and present_folder() is None:
            raise
        return None


def _kind(path: Path, mode: int) -> str | None:
    """What is there, where it can be no file whatever it is wanted for."""
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISSOCK(mode):
        return "a socket"
    if stat.S_ISBLK(mode):
        return "a device"
    # one that is open already, such as a shell's <(command), blocks nobody
    if stat.S_ISFIFO(mode) and not os.path.realpath(path).startswith(("/dev/", "/proc/")):
        return "a named pipe"
    return None


def _try(folder: Path) -> None:
    """Write a file there that has no name, or only for a moment."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except FileNotFoundError:
        if present_folder() is None:
            raise
        # what /proc says, which takes no files
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
