"""Checksums of the readings in a record, and of how it ended.

HDF5's own checksum of nothing but zeros is zero, so that a page which was lost looks whole to it;
and so does one that was written in the place of another. Each reading therefore has a CRC-32 of its
membrane potentials, which is compared whenever a part of them is read. It is written with the
reading, so that a record whose process died has it too. What is small, times and checksums, has a
digest that is written last, and is compared as the record is opened.
"""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.runs.record_damage import UNREADABLE, RecordDamagedError, damage_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.reading import VMem

CRC_NAME: Final = "crc32"
"""Of the variable of a layer; records of before there were checksums of readings have none."""

END_DIGEST_NAME: Final = "end_sha256"
"""Of the variable of the file; empty until the record is finished."""

_SERIES: Final = {"time_s": "<f8", "duration_s": "<f8", "ticks": "<i8", CRC_NAME: "<u4"}


def crc_of(v_mem: VMem) -> int:
    """The CRC-32 of the membrane potentials of a reading, as little-endian bytes."""
    return zlib.crc32(np.asarray(v_mem, "<i2").tobytes())


def checked_v_mem(group: Any, layer: int, samples: slice) -> VMem:
    """Membrane potentials of some readings of a layer, compared with their checksums.

    Raises:
        RecordDamagedError: some cannot be read, or are not what was written.
    """
    try:
        v_mem: VMem = np.asarray(group["v_mem"][samples], np.int16)
        wrong = []
        if CRC_NAME in group:
            kept = group[CRC_NAME][samples].tolist()
            pairs = zip(v_mem, kept, strict=True)
            wrong = [at for at, (one, crc) in enumerate(pairs) if crc_of(one) != crc]
    except UNREADABLE as error:
        raise RecordDamagedError(
            _said(group, layer, samples, _unreadable(group, samples))
        ) from error
    if wrong:
        raise RecordDamagedError(_said(group, layer, samples, wrong))
    return v_mem


def write_end(file: Any, groups: Sequence[str]) -> None:
    """Note in an `h5py.File` that it is finished; nothing is written after that.

    The digest comes first: a process that is killed between the two leaves a record that is whole.
    """
    for name, value in ((END_DIGEST_NAME, _digest(file, groups)), ("finished", 1)):
        file[name][0] = value
        file.flush()


def is_finished(file: Any, groups: Sequence[str]) -> bool:
    """Whether the record was finished.

    It is read before the readings, of which a process may be writing more.

    Raises:
        RecordDamagedError: what was there at the end is not there any more.
        ValueError: it is neither finished nor not.
    """
    # an array of one; of records of before they had checksums, not even that
    finished = np.ravel(file["finished"][()])[0]
    if finished not in {0, 1}:
        raise ValueError("Whether the record was finished is neither true nor false.")
    if END_DIGEST_NAME not in file:
        return bool(finished)
    kept = bytes(file[END_DIGEST_NAME][0])
    if not kept and not finished:
        return False
    if kept != _digest(file, groups):
        raise RecordDamagedError(
            "the times of the readings, or what ended them, are not what was written"
        )
    return True


def problem_in(file: Any) -> str | None:
    """What ended the run early, as its record says; None where nothing did.

    The digest does not cover it where nobody finished the record, and HDF5's checksum of a page
    that was set to one value may be that value.

    Raises:
        RecordDamagedError: it is not the beginning of a page, or no text.
    """
    # an array of one; of records of before they had checksums, not even that
    kept = bytes(np.ravel(file["problem"][()])[0])
    with damage_to("the words for what ended the run"):
        problem = kept.decode()
    if "\0" in problem:
        raise RecordDamagedError("what ended the run is not what was written")
    return problem or None


def _digest(file: Any, groups: Sequence[str]) -> bytes:
    digest = hashlib.sha256(file["problem"][...].tobytes())
    for group in groups:
        with damage_to(f"the times of the readings of {group}"):
            for name, kind in _SERIES.items():
                digest.update(np.asarray(file[group][name][...], kind).tobytes())
    return digest.hexdigest().encode()


def _unreadable(group: Any, samples: slice) -> list[int]:
    """Which of the samples HDF5 cannot read, counted from the first of them."""
    dataset = group["v_mem"]
    first, stop, _ = samples.indices(len(dataset))
    step = dataset.chunks[0]
    wrong: list[int] = []
    for chunk in range(first - first % step, stop, step):
        begin, end = max(chunk, first), min(chunk + step, stop)
        if not _reads(dataset, slice(begin, end)):
            wrong += range(begin - first, end - first)
    return wrong


def _reads(dataset: Any, samples: slice) -> bool:
    try:
        dataset[samples]
    except UNREADABLE:
        return False
    return True


def _said(group: Any, layer: int, samples: slice, wrong: Sequence[int]) -> str:
    if not wrong:
        return f"the readings of layer {layer} cannot be read"
    first_s = float(group["time_s"][samples][wrong[0]])
    if len(wrong) == 1:
        return f"the reading of layer {layer} at {first_s:g} s is not what was written"
    return (
        f"{len(wrong)} readings of layer {layer} are not what was written, the first of them "
        f"at {first_s:g} s"
    )
