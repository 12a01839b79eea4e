"""Streams each reading of an experiment into a CSV file, `SPECKHAL_CSV`, one line a neuron."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from speckhal import hookimpl

if TYPE_CHECKING:
    from speckhal import DeviceInfo, Reading

COLUMNS = ("board", "time_s", "ticks", "layer", "neuron", "v_mem")


@hookimpl
def speckhal_reading(info: DeviceInfo, reading: Reading) -> None:
    """Append a reading; what stands in the file stays."""
    if not os.environ.get("SPECKHAL_CSV"):
        return
    path = Path(os.environ["SPECKHAL_CSV"])
    is_new = not path.exists()
    ticks = "" if reading.ticks is None else reading.ticks
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(COLUMNS)
        for neuron, v_mem in np.ndenumerate(reading.v_mem):
            where = " ".join(map(str, neuron))  # channel, row and column, or a number
            writer.writerow((info.board, reading.time_s, ticks, reading.layer, where, v_mem))
