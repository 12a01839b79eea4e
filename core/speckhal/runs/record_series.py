"""The readings of one layer in a record, each written whole before its time is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.runs.record_checksums import CRC_NAME, crc_of

if TYPE_CHECKING:
    from speckhal.contract.reading import Reading, Trace


class Series:
    """The readings of one layer, in the file."""

    def __init__(self, group: Any) -> None:
        self._v_mem, self._time_s = group["v_mem"], group["time_s"]
        self._duration_s, self._ticks = group["duration_s"], group["ticks"]
        self._crc = group[CRC_NAME]
        self.count = 0
        self._first_tick: int | None = None

    def write_at(self, at: int, reading: Reading, time_s: float) -> None:
        """Write a reading in that place, again if an interrupt kept it from being written whole.

        Its time is written last: what has a time is there whole.
        """
        if at == 0:
            self._first_tick = reading.ticks
        ticks = -1
        if reading.ticks is not None and self._first_tick is not None:
            ticks = reading.ticks - self._first_tick
        for dataset, value in (
            (self._v_mem, reading.v_mem),
            (self._crc, crc_of(reading.v_mem)),
            (self._duration_s, 0.0 if at == 0 else reading.duration_s),
            (self._ticks, ticks),
            (self._time_s, time_s),
        ):
            dataset.resize(at + 1, 0)
            dataset[at] = value
            dataset.flush()
        self.count = at + 1

    def write(self, trace: Trace) -> None:
        """Write all of a trace after what is there; its time last."""
        first, self.count = self.count, self.count + len(trace)
        ticks = np.full(len(trace), -1) if trace.ticks is None else trace.ticks
        crcs = np.array([crc_of(v_mem) for v_mem in trace.v_mem], np.uint32)
        for dataset, values in (
            (self._v_mem, trace.v_mem),
            (self._crc, crcs),
            (self._duration_s, trace.duration_s),
            (self._ticks, ticks),
            (self._time_s, trace.time_s),
        ):
            dataset.resize(self.count, 0)
            dataset[first:] = values
            dataset.flush()

    def set_first_duration(self, duration_s: float) -> None:
        """Write the duration of the first reading, if there is one, in place."""
        if self.count:
            self._duration_s[0] = duration_s
            self._duration_s.flush()
