"""Compresses the readings of a layer as HDF5's own filters do, and sooner.

What comes of it is an ordinary chunk, with its bytes shuffled, a zlib stream and HDF5's checksum,
which whatever reads HDF5 reads. HDF5 looks for repetitions in all of it, which takes most of the
time and finds none where neurons differ by chance. Here, low bytes and high bytes are compressed
each in the way that suits them.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.reading import VMem

LEVEL: Final = 1
"""Of zlib's compression."""

_WAYS: Final = (
    (0, zlib.Z_DEFAULT_STRATEGY),  # not at all
    (LEVEL, zlib.Z_HUFFMAN_ONLY),  # only frequent bytes in fewer bits: signs that are random
    (LEVEL, zlib.Z_RLE),  # also runs of one byte: neurons that are equal, or on the floor
    (LEVEL, zlib.Z_DEFAULT_STRATEGY),  # whatever repeats, as HDF5 does
)
"""Level and strategy of each way in which bytes are compressed, the quickest first."""

_TRIED_EVERY: Final = 32
_LARGER_AT_MOST: Final = 1.05
_CHANGED: Final = 1 / 16

_MODULUS: Final = 2**16 - 1
_ROW: Final = 512


class Packing:
    """Compresses readings of a layer, in the ways that suited the latest that all were tried on.

    They are tried on the first reading, on every 32nd, and where more or fewer neurons than then
    equal the next, by a 16th of all, as where they started alike. Until then the quickest is kept
    that makes at most 5 % more bytes than the best.
    """

    def __init__(self) -> None:
        bytes_each = np.dtype(np.int16).itemsize
        self._ways = [_WAYS[-1]] * bytes_each
        self._equal = [0.0] * bytes_each

    def chunk(self, at: int, v_mem: VMem) -> bytes:
        """The chunk of the reading in that place, (channels, height, width), all bytes of it.

        Made again, it has the same bytes, so that it fits where it was.
        """
        planes = np.ascontiguousarray(v_mem).reshape(-1, 1).view(np.uint8).T
        halves = [plane.tobytes() for plane in planes]
        for place, half in enumerate(halves):
            equal = _equal_to_next(half)
            has_changed = abs(equal - self._equal[place]) > _CHANGED
            if at % _TRIED_EVERY == 0 or has_changed:
                self._ways[place], self._equal[place] = _suiting(half), equal
        packed = _zlib_stream(halves, self._ways)
        return packed + _fletcher32(packed)


def _equal_to_next(content: bytes) -> float:
    """Which part of the bytes equals the next."""
    values = np.frombuffer(content, np.uint8)
    return int(np.count_nonzero(values[1:] == values[:-1])) / len(values)


def _suiting(content: bytes) -> tuple[int, int]:
    """The quickest way that makes about as few bytes as the best."""
    sizes = [len(_deflated(content, way)) for way in _WAYS]
    fits = (size <= _LARGER_AT_MOST * min(sizes) for size in sizes)
    return next(itertools.compress(_WAYS, fits))


def _deflated(content: bytes, way: tuple[int, int], ending: int = zlib.Z_FINISH) -> bytes:
    level, strategy = way
    stream = zlib.compressobj(level, wbits=-zlib.MAX_WBITS, strategy=strategy)
    return stream.compress(content) + stream.flush(ending)


def _zlib_stream(parts: Sequence[bytes], ways: Sequence[tuple[int, int]]) -> bytes:
    """One zlib stream (RFC 1950) of parts that are compressed each in its way."""
    *others, last = zip(parts, ways, strict=True)
    checksum = 1
    for part in parts:
        checksum = zlib.adler32(part, checksum)
    return b"".join(
        (
            b"\x78\x01",  # deflate with its largest window, quickly
            *(_deflated(*other, zlib.Z_FULL_FLUSH) for other in others),
            _deflated(*last),
            checksum.to_bytes(4, "big"),
        )
    )


def _fletcher32(content: bytes) -> bytes:
    """HDF5's checksum of what is not all zeros, as its filter appends it to a chunk.

    h5py has no function for it. HDF5 compares it whenever the chunk is read.
    """
    odd = len(content) % 2
    before = -(len(content) + odd) % (2 * _ROW)  # zeros there leave both sums as they are
    padded = bytes(before) + content + bytes(odd)
    words = np.frombuffer(padded, ">u2").reshape(-1, _ROW).astype(np.uint32)
    rows, columns = (words.sum(axis, dtype=np.uint64) for axis in (1, 0))
    # the second sum has each word as often as there are words from it on
    from_row_on = np.arange(words.size, 0, -_ROW, dtype=np.uint64) % _MODULUS
    second = int(rows @ from_row_on) - int(columns @ np.arange(_ROW, dtype=np.uint64))
    # a sum that the modulus divides is the modulus, as additions with end-around carry give it
    sums = ((total - 1) % _MODULUS + 1 for total in (int(rows.sum()), second))
    return struct.pack("<2H", *sums)
