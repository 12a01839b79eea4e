"""Opens a record that a process is writing, or was killed as it wrote."""

from __future__ import annotations

import contextlib
import ctypes
import os
from typing import TYPE_CHECKING, Any, Final

from speckhal.runs.own_driver import set_own_driver

if TYPE_CHECKING:
    from pathlib import Path

_ATTEMPTS: Final = 24
"""Readings of a part whose checksum is wrong, with twice the pause before each, of some 10 ms in
all: a writer has finished it by then. HDF5's own 100 would never end where it is damaged."""


def read_along(path: Path) -> Any:
    """The record as an `h5py.File`, which reads what is there so far."""
    import h5py  # noqa: PLC0415  # slow import
    from h5py._objects import phil  # noqa: PLC0415 - its lock, which has no public name

    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_EARLIEST, h5py.h5f.LIBVER_LATEST)
    # HDF5's own lock would keep out who reads along
    access.set_file_locking(False, True)
    set_own_driver(access)
    # h5py has no function for this; whoever loads its library finds that of HDF5 behind it,
    # which threads must not enter side by side
    with phil, contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(h5py.h5p.__file__)
        library.H5Pset_metadata_read_attempts(ctypes.c_int64(access.id), ctypes.c_uint(_ATTEMPTS))
    flags = h5py.h5f.ACC_RDONLY | h5py.h5f.ACC_SWMR_READ
    return h5py.File(h5py.h5f.open(os.fsencode(path), flags, access))
