"""Reads the columns of a file of events, by the kind of file; what they hold is looked at later."""

from __future__ import annotations

import csv
import itertools
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.spikes import COLUMNS
from speckhal.runs.replaceable import SIGNATURE
from speckhal.runs.spiking.event_columns import ASKED, KNOWN, TIME_HINT, known_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from speckhal.runs.spiking.event_columns import Columns

_NPY_MAGIC: Final = b"\x93NUMPY"
_RASTER_AXES: Final = 4
_BLOCK: Final = 1 << 18
"""Lines of a table that are read at once."""


def _of_npy(file: Path) -> Columns:
    with file.open("rb") as opened:
        magic = opened.read(len(_NPY_MAGIC))
        opened.seek(0)
        # of anything else NumPy says that it may be a pickle, and how to let one run
        if magic != _NPY_MAGIC and not zipfile.is_zipfile(opened):
            raise ValueError("it does not begin as an array of NumPy does")
        opened.seek(0)
        loaded = np.load(opened, allow_pickle=False)
    if not isinstance(loaded, np.ndarray):
        raise InputError(f"{ASKED} {file}, and that is not one array.", hint=TIME_HINT)
    return _fields(loaded, file)


def _of_npz(file: Path) -> Columns:
    if not zipfile.is_zipfile(file):
        raise ValueError("it is no archive of NumPy's arrays")
    # opened here: NumPy leaves the file open where it is damaged
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        names = list(arrays.files)
        if len(names) == 1 and names[0].lower() not in KNOWN:
            return _fields(arrays[names[0]], file)
        known = known_of(names, file)
        if not known and names:
            raise InputError(
                f"{ASKED} {file}, which has the arrays {', '.join(names)}, and none by the name of "
                "a column.",
                hint=TIME_HINT,
            )
        return {name: arrays[name] for name in known.values()}


def _of_csv(file: Path) -> Columns:
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = (line for line in text if line.strip() and not line.lstrip().startswith("#"))
        header = [name.strip() for name in next(csv.reader(lines), [])]
        _refuse_header(header, file)
        known = known_of(header, file)
        if not known:
            return dict.fromkeys(header, np.zeros(0, np.int64))
        parts = [np.zeros((0, len(known)), np.int64)]
        try:
            while (first := next(lines, None)) is not None:
                _refuse_length(first, header)
                block = np.loadtxt(
                    itertools.chain([first], itertools.islice(lines, _BLOCK)),
                    delimiter=",",
                    ndmin=2,
                    dtype=np.float64,
                    quotechar='"',
                    # of further columns, which may have texts, nothing is read
                    usecols=[header.index(name) for name in known.values()]
                    if len(known) < len(header)
                    else None,
                )
                parts.append(_narrow(block))
        except ValueError as error:
            raise _wrong_line(file, header, known.values()) or error from error
    table = np.concatenate(parts)
    return dict(zip(known.values(), table.T, strict=True))


def _refuse_length(line: str, header: list[str]) -> None:
    if len(next(csv.reader([line]))) != len(header):
        raise ValueError("a line has another number of values than there are names")


def _narrow(block: Any) -> Any:
    """Whole numbers take no more room than they need, and stay exact."""
    with np.errstate(invalid="ignore"):
        whole = block.astype(np.int64)
    return whole if np.array_equal(whole, block) else block


def _refuse_header(header: list[str], file: Path) -> None:
    if not header:
        raise InputError(f"{ASKED} {file}, and it has no line.", hint=TIME_HINT)
    if all(_is_number(name) for name in header):
        raise InputError(
            f"{ASKED} {file}, and its first line has no names, only numbers.", hint=TIME_HINT
        )
    other = next((mark for mark in ";\t" if len(header) == 1 and mark in header[0]), None)
    if other is not None:
        mark = "tabs" if other == "\t" else "semicolons"
        raise InputError(
            f"{ASKED} {file}, whose columns are parted by {mark}.", hint="Part them by commas."
        )


def _wrong_line(file: Path, header: list[str], wanted: Collection[str]) -> InputError | None:
    """What is wrong with the first line that cannot be read, with its number in the file."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        is_first = True
        for number, line in enumerate(text, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            if is_first:
                is_first = False
                continue
            row = next(csv.reader([line]))
            if len(row) != len(header):
                return InputError(
                    f"{ASKED} {file}, which has {len(header)} names and {len(row)} columns in line "
                    f"{number}.",
                    hint="Give each column a name in the first line, and each line a value for it.",
                )
            for name, cell in zip(header, row, strict=True):
                if name in wanted and not _is_number(cell):
                    return InputError(
                        f"{ASKED} {file}, and in line {number} {name} is {cell!r}, which is no "
                        "number.",
                        hint="Give a whole number for each event.",
                    )
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _of_hdf5(file: Path) -> Columns:
    import h5py  # noqa: PLC0415  # slow import

    from speckhal.runs.spiking.spike_record import is_spike_record, open_spike_run  # noqa: PLC0415

    with file.open("rb") as opened:
        if opened.read(len(SIGNATURE)) != SIGNATURE:
            raise ValueError("it does not begin as a file of HDF5 does")
    if is_spike_record(file):
        given = open_spike_run(file).given
        return {name: getattr(given, name) for name in COLUMNS}
    with h5py.File(file, "r", locking=False) as sample:
        data = sample.get("data/0")
        if not isinstance(data, h5py.Dataset):
            raise InputError(
                f"{ASKED} {file}, and it has no sample as tonic keeps them (data/0), and is no "
                "record of speckhal run.",
                hint="Give a file of tonic's DiskCachedDataset, or write the events with numpy: "
                "numpy.save('events.npy', events).",
            )
        return _fields(np.asarray(data[()]), file)


_EVENT_BYTES: Final = 5
_OVERFLOW_ROW: Final = 240
_OVERFLOW_US: Final = 1 << 13


def _of_bin(file: Path) -> Columns:
    """N-MNIST's five bytes: x, y, then a bit of polarity and 23 of time; row 240 is an overflow."""
    raw = np.fromfile(file, np.uint8)
    if len(raw) % _EVENT_BYTES:
        raise InputError(
            f"{ASKED} {file}, whose {len(raw)} bytes are no events of {_EVENT_BYTES} bytes, as "
            "N-MNIST has them.",
            hint="Copy it again, or give another file.",
        )
    x, y, high, middle, low = raw.reshape(-1, _EVENT_BYTES).T.astype(np.int64)
    overflows = np.cumsum(y == _OVERFLOW_ROW)
    time_us = ((high & 127) << 16 | middle << 8 | low) + overflows * _OVERFLOW_US
    event = y != _OVERFLOW_ROW
    columns = {"t": time_us, "p": high >> 7, "y": y, "x": x}
    return {name: column[event] for name, column in columns.items()}


READERS: Final[dict[str, Callable[[Path], Columns]]] = {
    ".npy": _of_npy,
    ".npz": _of_npz,
    ".csv": _of_csv,
    ".hdf5": _of_hdf5,
    ".h5": _of_hdf5,
    ".bin": _of_bin,
}
"""What reads a file, by the ending of its name."""


def _fields(array: Any, file: Path) -> Columns:
    """The fields of a structured array."""
    if array.dtype.names:
        flat = array.reshape(-1)
        return {name: flat[name] for name in array.dtype.names}
    raise InputError(
        f"{ASKED} {file}, and its array of shape {array.shape} has no names of columns, so that "
        "nobody knows which is the time.",
        hint="A raster becomes events by speckhal.Spikes.from_raster(raster, layer=0, "
        "dt_us=1000).to_structured()."
        if array.ndim == _RASTER_AXES
        else "Name the columns of a table: numpy.rec.fromarrays(table.T, names='x,y,t,p').",
    )
