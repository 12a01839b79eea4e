"""Spikes into a file that other programs read: arrays for numpy, or a table."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.spikes import COLUMNS, Spikes
from speckhal.system.paths import is_path, writable_place
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    import os
    from typing import IO

_BLOCK: Final = 1 << 16
"""Lines of a table that are made at once."""

SPIKE_ENDINGS: Final = (".npz", ".npy", ".csv")
"""Of the files that `write_spikes` writes."""


def write_spikes(spikes: Spikes, path: str | os.PathLike[str]) -> None:
    """Write spikes, whole or not at all; `read_events` reads each of these files again.

    The columns are time_us, layer, channel, y and x. By the ending of the name it is `.npz`, an
    array for each; `.npy`, one structured array; or `.csv`, a line of names, and a line for each
    spike.

    Args:
        spikes: in the order in which they are written.
        path: of the file; what is there is replaced.

    Raises:
        InputError: they are no `Spikes`, it is no path, its name ends otherwise, or nothing can be
            written there.
        OSError: it cannot be written, as on a full disk; what was there before stays.
    """
    given: object = spikes
    if not isinstance(given, Spikes):
        raise InputError(
            f"Asked to write a {type(given).__name__} as spikes.",
            hint="Give speckhal.Spikes, such as run.sent, and then the path.",
        )
    if not is_path(path):
        raise InputError(
            f"Asked to write spikes to {path!r}, which is no path.",
            hint=f"Give a name that ends in {', '.join(SPIKE_ENDINGS)}.",
        )
    ending = Path(path).suffix.lower()
    if ending not in SPIKE_ENDINGS:
        raise InputError(
            f"Asked to write spikes to {path}, and by its name that is no file of spikes.",
            hint=f"Give a name that ends in {', '.join(SPIKE_ENDINGS)}.",
        )
    writable_place(path, "Asked to write spikes to")
    with whole_file(path) as file:
        if ending == ".csv":
            _write_csv(spikes, file)
        elif ending == ".npz":
            # numpy seeks as it writes, which a pipe cannot
            arrays = io.BytesIO()
            np.savez_compressed(arrays, **{name: getattr(spikes, name) for name in COLUMNS})
            file.write(arrays.getbuffer())
        else:
            table = np.empty(len(spikes), [(name, np.int64) for name in COLUMNS])
            for name in COLUMNS:
                table[name] = getattr(spikes, name)
            np.save(file, table, allow_pickle=False)


def _write_csv(spikes: Spikes, file: IO[bytes]) -> None:
    file.write((",".join(COLUMNS) + "\n").encode())
    line = "{},{},{},{},{}\n".format
    for first in range(0, len(spikes), _BLOCK):
        block = (getattr(spikes, name)[first : first + _BLOCK].tolist() for name in COLUMNS)
        file.write("".join(map(line, *block)).encode())
