"""Whether the long texts of an HDF5 file can be read at all: in some damaged ones HDF5 loops.

They lie in global heaps, the one part of a file without a checksum that HDF5 follows from object
to object: one that seems to be no bytes long leads to itself, for ever.
Layout: HDF5 File Format Specification 3.0, III.E, "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SEARCHED_BYTES: Final = 2**26
"""Texts are written before the first reading, and are all within this."""

_BEGINNING: Final = b"GCOL\x01\0\0\0"
_HEADER: Final = struct.Struct("<8sQ")
_OBJECT: Final = struct.Struct("<HH4xQ")


def refuse_broken_heaps(path: Path) -> None:
    """Raise ValueError where a global heap of the file is not one object after the other."""
    with path.open("rb") as file:
        searched = file.read(_SEARCHED_BYTES)
    at = searched.find(_BEGINNING)
    while at >= 0:
        if not _is_whole(searched, at):
            raise ValueError("The heap of texts is damaged.")
        at = searched.find(_BEGINNING, at + len(_BEGINNING))


def _is_whole(searched: bytes, at: int) -> bool:
    """Whether the objects of the heap there lead from its beginning to its end."""
    if at + _HEADER.size > len(searched):
        return True  # HDF5 itself finds that it was cut short
    size: int = _HEADER.unpack_from(searched, at)[1]
    here, end = at + _HEADER.size, at + size
    while here + _OBJECT.size <= min(end, len(searched)):
        index: int
        length: int
        index, _, length = _OBJECT.unpack_from(searched, here)
        # index 0 is what is free, and its length includes what describes it
        step = length if index == 0 else _OBJECT.size + -(-length // 8) * 8
        if step < _OBJECT.size:
            return False
        here += step
    return here <= end
