"""The readings of one layer in a record, each written whole before its time is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.runs.record_checksums import CRC_NAME, crc_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.reading import Reading, Trace, VMem


class Series:
    """The readings of one layer, in the file."""

    def __init__(self, group: Any) -> None:
        self._v_mem, self._time_s = group["v_mem"], group["time_s"]
        self._duration_s, self._ticks = group["duration_s"], group["ticks"]
        self._crc = group[CRC_NAME]
        self.count = 0
        self._first_tick: int | None = None

    def write_at(self, at: int, reading: Reading, time_s: float) -> None:
        """Write a reading in that place, again if an interrupt kept it from being written whole."""
        if at == 0:
            self._first_tick = reading.ticks
        ticks = -1
        if reading.ticks is not None and self._first_tick is not None:
            ticks = reading.ticks - self._first_tick
        self._write(
            slice(at, at + 1),
            reading.v_mem[np.newaxis],
            0.0 if at == 0 else reading.duration_s,
            ticks,
            time_s,
        )

    def write(self, trace: Trace) -> None:
        """Write all of a trace after what is there."""
        ticks = np.full(len(trace), -1) if trace.ticks is None else trace.ticks
        samples = slice(self.count, self.count + len(trace))
        self._write(samples, trace.v_mem, trace.duration_s, ticks, trace.time_s)

    def _write(
        self,
        samples: slice,
        v_mem: VMem,
        duration_s: npt.ArrayLike,
        ticks: npt.ArrayLike,
        time_s: npt.ArrayLike,
    ) -> None:
        """Write readings there; their times last, since what has a time is there whole."""
        for dataset, values in (
            (self._v_mem, v_mem),
            (self._crc, np.array([crc_of(one) for one in v_mem], np.uint32)),
            (self._duration_s, duration_s),
            (self._ticks, ticks),
            (self._time_s, time_s),
        ):
            dataset.resize(samples.stop, 0)
            dataset[samples] = values
            dataset.flush()
        self.count = samples.stop

    def set_first_duration(self, duration_s: float) -> None:
        """Write the duration of the first reading, if there is one, in place."""
        if self.count:
            self._duration_s[0] = duration_s
            self._duration_s.flush()
