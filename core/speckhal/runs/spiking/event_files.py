"""Spikes from a file: numpy's arrays, a table, or a sample of a data set as tonic has it."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.runs.spiking.event_columns import ASKED, spikes_of
from speckhal.runs.spiking.event_readers import READERS
from speckhal.system.paths import is_path, readable_file

if TYPE_CHECKING:
    import os

    from speckhal.contract.address import Shape
    from speckhal.contract.spikes import Spikes

ENDINGS: Final = tuple(READERS)
"""Of the files that `read_events` reads."""


def read_events(
    path: str | os.PathLike[str],
    *,
    layer: int | None = None,
    default: int = 0,
    shape: Shape | None = None,
) -> Spikes:
    """The spikes of a file, in its order.

    It reads by the ending of the name:

    * `.npy`: a structured array, such as tonic's samples, with the fields x, y, t and p;
    * `.npz`: an array for each column, or one structured array;
    * `.csv`: a line of names, then one line for each spike;
    * `.hdf5`, `.h5`: a sample as tonic's `DiskCachedDataset` keeps it, or a record of
      `speckhal run`, of which it gives the spikes that went in;
    * `.bin`: a sample of N-MNIST or N-Caltech101.

    Times are in microseconds. Nothing in a file is ever executed.

    Args:
        path: of the file.
        layer: index of the layer whose input they are for, or `SENSOR_INPUT`; None where the file
            says it, or for the default.
        default: of the layer, where neither it nor the file says it.
        shape: (channels, height, width) of the input, where that is known: a file of one layer that
            lacks a column which such an input needs is refused. Without it, what is missing is 0.

    Raises:
        InputError: there is no such file, it is of another kind, columns are missing, double or
            have no names, a value is negative or not whole, it has no event, or it says the layers
            and `layer` is given as well.
    """
    if not is_path(path):
        raise InputError(f"{ASKED} {path!r}, which is no path.", hint="Give the name of a file.")
    file = Path(path)
    read = READERS.get(file.suffix.lower())
    if read is None:
        raise InputError(
            f"{ASKED} {file}, and by its name that is no file of events.",
            hint=f"Give a file whose name ends in {', '.join(ENDINGS)}.",
        )
    readable_file(file, ASKED)
    if not file.stat().st_size:
        raise InputError(f"{ASKED} {file}, and that file is empty.", hint="Give another file.")
    try:
        columns = read(file)
    except InputError:
        raise
    except _UNREADABLE as error:
        raise InputError(
            f"{ASKED} {file}, and that file is damaged or of another kind: {_first_line(error)}.",
            hint=f"Write it again as {file.suffix} of numbers.",
        ) from error
    return spikes_of(columns, file, layer, default, shape)


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
    said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    if "allow_pickle" in said:  # NumPy's advice is to let it run
        return "it has objects of Python, which are never loaded"
    return said
