"""Spikes from a file: numpy's arrays, a table, or a sample of a data set as tonic has it."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.spikes import Spikes
from speckhal.system.paths import is_path, readable_file

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    Columns = Mapping[str, Any]

NAMES: Final = {
    "time_us": ("time_us", "t", "timestamp"),
    "layer": ("layer",),
    "channel": ("channel", "p", "c"),
    "y": ("y",),
    "x": ("x",),
}
"""How a file may name each column; the first is how speckhal writes it."""

_ASKED: Final = "Asked for the events in"
_TIME_HINT: Final = (
    "Give columns with names: time_us (or t, in microseconds), channel (or p), y and x, and layer "
    "where there are several."
)


def read_events(
    path: str | os.PathLike[str], *, layer: int | None = None, default: int = 0
) -> Spikes:
    """The spikes of a file, in its order.

    It reads by the ending of the name:

    * `.npy`: a structured array, such as tonic's samples, with the fields x, y, t and p;
    * `.npz`: an array for each column, or one structured array;
    * `.csv`: a line of names, then one line for each spike;
    * `.hdf5`, `.h5`: a sample as tonic's `DiskCachedDataset` keeps it;
    * `.bin`: a sample of N-MNIST or N-Caltech101.

    Times are in microseconds. Nothing in a file is ever executed.

    Args:
        path: of the file.
        layer: index of the layer whose input they are for, or `SENSOR_INPUT`; None where the file
            says it, or for the default.
        default: of the layer, where neither it nor the file says it.

    Raises:
        InputError: there is no such file, it is of another kind, columns are missing or have no
            names, a value is negative or not whole, it has no event, or it says the layers and
            `layer` is given as well.
    """
    if not is_path(path):
        raise InputError(f"{_ASKED} {path!r}, which is no path.", hint="Give the name of a file.")
    file = Path(path)
    read = _READERS.get(file.suffix.lower())
    if read is None:
        raise InputError(
            f"{_ASKED} {file}, and by its name that is no file of events.",
            hint=f"Give a file whose name ends in {', '.join(_READERS)}.",
        )
    readable_file(file, _ASKED)
    try:
        columns = read(file)
    except InputError:
        raise
    except _UNREADABLE as error:
        raise InputError(
            f"{_ASKED} {file}, and that file is damaged or of another kind: {_first_line(error)}.",
            hint=f"Write it again as {file.suffix} of numbers.",
        ) from error
    return _spikes_of(columns, file, layer, default)


_UNREADABLE: Final = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    TypeError,
    RuntimeError,
    MemoryError,
    OverflowError,
    csv.Error,
    zipfile.BadZipFile,
    UnicodeDecodeError,
)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


_NPY_MAGIC: Final = b"\x93NUMPY"


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
        raise InputError(f"{_ASKED} {file}, and that is not one array.", hint=_TIME_HINT)
    return _fields(loaded, file)


def _of_npz(file: Path) -> Columns:
    # opened here: NumPy leaves the file open where it is damaged
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
        names = list(arrays.files)
        if len(names) == 1 and arrays[names[0]].dtype.names:
            return _fields(arrays[names[0]], file)
        wanted = {name for names in NAMES.values() for name in names}
        return {name: arrays[name] for name in names if name in wanted}


def _of_csv(file: Path) -> Columns:
    with file.open(encoding="utf-8-sig", newline="") as text:
        header: list[str] = []
        for row in csv.reader(text):
            if row and not row[0].lstrip().startswith("#"):
                header = [name.strip().lower() for name in row]
                break
        if not header:
            raise InputError(f"{_ASKED} {file}, and it has no line.", hint=_TIME_HINT)
        if all(_is_number(name) for name in header):
            raise InputError(
                f"{_ASKED} {file}, and its first line has no names, only numbers.", hint=_TIME_HINT
            )
        lines = [line for line in text if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return dict.fromkeys(header, np.zeros(0, np.int64))
    table = np.loadtxt(lines, delimiter=",", ndmin=2, dtype=np.float64)
    if table.shape[1] != len(header):
        raise InputError(
            f"{_ASKED} {file}, which has {len(header)} names and {table.shape[1]} columns.",
            hint="Give each column a name in the first line.",
        )
    return dict(zip(header, table.T, strict=True))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _of_hdf5(file: Path) -> Columns:
    import h5py  # noqa: PLC0415  # slow import

    with h5py.File(file, "r", locking=False) as opened:
        data = opened.get("data/0")
        if not isinstance(data, h5py.Dataset):
            raise InputError(
                f"{_ASKED} {file}, and it has no sample as tonic keeps them (data/0).",
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
            f"{_ASKED} {file}, whose {len(raw)} bytes are no events of {_EVENT_BYTES} bytes, as "
            "N-MNIST has them.",
            hint="Copy it again, or give another file.",
        )
    x, y, high, middle, low = raw.reshape(-1, _EVENT_BYTES).T.astype(np.int64)
    overflows = np.cumsum(y == _OVERFLOW_ROW)
    time_us = ((high & 127) << 16 | middle << 8 | low) + overflows * _OVERFLOW_US
    event = y != _OVERFLOW_ROW
    columns = {"t": time_us, "p": high >> 7, "y": y, "x": x}
    return {name: column[event] for name, column in columns.items()}


_READERS: Final[dict[str, Callable[[Path], Columns]]] = {
    ".npy": _of_npy,
    ".npz": _of_npz,
    ".csv": _of_csv,
    ".hdf5": _of_hdf5,
    ".h5": _of_hdf5,
    ".bin": _of_bin,
}

ENDINGS: Final = tuple(_READERS)
"""Of the files that `read_events` reads."""


def _fields(array: Any, file: Path) -> Columns:
    """The fields of a structured array."""
    if array.dtype.names:
        flat = array.reshape(-1)
        return {name: flat[name] for name in array.dtype.names}
    raise InputError(
        f"{_ASKED} {file}, and its array of shape {array.shape} has no names of columns, so that "
        "nobody knows which is the time.",
        hint="Write a structured array: numpy.save(file, speckhal.Spikes(time_us=..., layer=0, "
        "channel=..., y=..., x=...).to_structured()).",
    )


def _spikes_of(columns: Columns, file: Path, layer: int | None, default: int) -> Spikes:
    """Spikes of named columns, of any types that hold whole numbers."""
    found = {
        name: next((columns[each] for each in names if each in columns), None)
        for name, names in NAMES.items()
    }
    if found["time_us"] is None:
        has = f"has the columns {', '.join(columns)}" if columns else "has no named columns"
        raise InputError(f"{_ASKED} {file}, which {has}, and none for the time.", hint=_TIME_HINT)
    if found["layer"] is not None and layer is not None:
        raise InputError(
            f"{_ASKED} {file} for one layer, and the file says the layer of each event itself.",
            hint="Leave the layer out, or remove that column.",
        )
    if not np.size(found["time_us"]):
        raise InputError(f"{_ASKED} {file}, and it has no event.", hint="Give another file.")
    if found["layer"] is None:
        found["layer"] = default if layer is None else layer
    given = {
        name: 0 if column is None else _whole(column, name, file) for name, column in found.items()
    }
    try:
        return Spikes(**given)
    except InputError as error:
        said = error.message.removeprefix("Asked for spikes with ")
        raise InputError(f"{_ASKED} {file}, with {said}", hint=error.hint) from error


def _whole(column: Any, name: str, file: Path) -> Any:
    """The column as whole numbers, where each of its values is one."""
    values = np.asarray(column)
    if values.dtype == np.bool_:
        return values.astype(np.int64)
    if not np.issubdtype(values.dtype, np.floating):
        return values
    rounded = np.rint(values)
    if not np.array_equal(rounded, values):
        wrong = values.reshape(-1)[np.argmax((rounded != values).reshape(-1))]
        raise InputError(
            f"{_ASKED} {file}, and {name} is {wrong} in one of them, which is no whole number.",
            hint="Times are in microseconds: multiply those in seconds by 1,000,000 and round them."
            if name == "time_us"
            else "Give a whole number for each event.",
        )
    if np.abs(rounded).max(initial=0) >= 2.0**63:
        raise InputError(f"{_ASKED} {file}, and {name} is {rounded.max()}.", hint="Give less.")
    return rounded.astype(np.int64)
