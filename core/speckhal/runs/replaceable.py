"""What a record may take the place of: another record, and nothing else that somebody made."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING, Final

from speckhal.runs.own_driver import own_driver
from speckhal.runs.record_damage import UNREADABLE
from speckhal.runs.record_locks import is_held
from speckhal.runs.record_names import VERSION_NAME

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
"""What a file of HDF5 begins with."""

_SUPERBLOCK_BYTES: Final = 48
_VERSION: Final = 3
"""Of the superblock of each record; h5py writes 0 or 2 where nobody asks for reading along."""

_OPEN_FOR_WRITING, _AND_READ_ALONG = 1, 4
"""Flags of the superblock."""

_NAME_WITHIN_BYTES: Final = 2**20


def is_replaceable(path: Path, *, is_ours: bool = False) -> bool:
    """Whether the file is a record, also a damaged one, or arrays of `leak --save`; or is empty.

    What is empty, or was cut so short that nothing in it says what it was, is not while somebody
    has it open for writing: HDF5 writes much of a file only as it is closed.

    Args:
        path: of the file.
        is_ours: whether the caller has made sure that nobody has it open.

    Raises:
        OSError: it cannot be read.
    """
    beginning = _beginning(path)
    if beginning.startswith(SIGNATURE):
        if _is_record(path, beginning):
            return True
        return _is_cut_short(beginning) and (is_ours or not is_held(path))
    if not beginning:
        return is_ours or not is_held(path)
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as arrays:
        return {"about.npy", "v_mem.npy"} <= set(arrays.namelist())
    return False


def is_record(path: Path) -> bool:
    """Whether the file says that it is a record of HDF5, also a damaged one.

    Raises:
        OSError: it cannot be read.
    """
    beginning = _beginning(path)
    return beginning.startswith(SIGNATURE) and _is_record(path, beginning)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_NAME_WITHIN_BYTES)


def _is_record(path: Path, beginning: bytes) -> bool:
    """Whether a file of HDF5 has what makes a record, or had it before it was damaged."""
    import h5py  # noqa: PLC0415  # slow import

    try:
        with h5py.File(path, "r", driver=own_driver(), locking=False) as file:
            return VERSION_NAME in file.attrs
    except UNREADABLE:
        # damaged, or left by a process that died; or somebody has it open for writing
        return _version(beginning) == _VERSION and VERSION_NAME.encode() in beginning


def _version(beginning: bytes) -> int | None:
    """Of the superblock."""
    place = len(SIGNATURE)
    return beginning[place] if len(beginning) > place else None


def _is_cut_short(beginning: bytes) -> bool:
    """Whether it begins as a record does, and ends before it says what it is.

    A record has an extension, for its pages, right behind its superblock; and it has its name only
    from when it is open for reading along, so that the flags of its superblock never say less.
    """
    if len(beginning) < _SUPERBLOCK_BYTES or _version(beginning) != _VERSION:
        return False
    flags = beginning[11]
    is_written_alone = flags & _OPEN_FOR_WRITING and not flags & _AND_READ_ALONG
    extension, end = (int.from_bytes(beginning[at : at + 8], "little") for at in (20, 28))
    return not is_written_alone and extension == _SUPERBLOCK_BYTES and len(beginning) < end
