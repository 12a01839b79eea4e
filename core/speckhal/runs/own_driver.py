"""HDF5's driver for speckhal's own files, beside which others in the process open the same file.

A process has one state of a file that it opens twice by one driver, and HDF5 refuses to open it
again where the locks, or reading along, are not those of the first time. h5py, xarray and h5netcdf
open by the usual driver, with locks. Its logging driver, which logs nothing here, reads and writes
alike, and shares no state with that.
"""

from __future__ import annotations

from typing import Any, Final

_NAME: Final = "speckhal"


def own_driver() -> str:
    """What `h5py.File(driver=)` takes for it."""
    import h5py  # noqa: PLC0415  # slow import

    h5py.register_driver(_NAME, set_own_driver)
    return _NAME


def set_own_driver(access: Any) -> None:
    """Set it in a list of how a file is accessed, an `h5py.h5p.PropFAID`."""
    access.set_fapl_log(b"", 0, 0)
