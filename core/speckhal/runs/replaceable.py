"""What a record may take the place of: another record, and nothing else that somebody made."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING, Final

from speckhal.runs.own_driver import own_driver
from speckhal.runs.record_names import VERSION_NAME

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
"""What a file of HDF5 begins with."""

_NAME_WITHIN_BYTES: Final = 2**20


def is_replaceable(path: Path) -> bool:
    """Whether the file is a record, also a damaged one, or arrays of `leak --save`; or is empty.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        beginning = file.read(len(SIGNATURE))
    if not beginning:
        return True
    if beginning == SIGNATURE:
        return not _is_of_another_kind(path)
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as arrays:
        return {"about.npy", "v_mem.npy"} <= set(arrays.namelist())
    return False


def _is_of_another_kind(path: Path) -> bool:
    """Whether it is a file of HDF5 that opens, and that no record ever was."""
    import h5py  # noqa: PLC0415  # slow import

    try:
        with h5py.File(path, "r", driver=own_driver(), locking=False) as file:
            return VERSION_NAME not in file.attrs
    except (OSError, RuntimeError) as error:
        # damaged, or left by a process that died; or somebody has it open for writing
        is_open = isinstance(error, BlockingIOError) or "already open" in str(error)
        return is_open and not _has_name(path)


def _has_name(path: Path) -> bool:
    """Whether what makes a record of a file is where a record has it."""
    with path.open("rb") as file:
        return VERSION_NAME.encode() in file.read(_NAME_WITHIN_BYTES)
