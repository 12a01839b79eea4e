"""The readings of one layer in a record, each written whole before its time is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.runs.record_checksums import CRC_NAME, crc_of
from speckhal.runs.record_packing import Packing

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.reading import Reading, Trace, VMem


class Series:
    """The readings of one layer, in the file."""

    def __init__(self, group: Any) -> None:
        self._v_mem, self._time_s = group["v_mem"], group["time_s"]
        self._duration_s, self._ticks = group["duration_s"], group["ticks"]
        self._crc = group[CRC_NAME]
        self._packing = Packing() if self._v_mem.compression else None
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
        ticks = trace.ticks
        if ticks is None:
            ticks = np.full(len(trace), -1)
            ticks[:-1][:1] = 0  # else a stepped run would be taken for one of before they counted
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
        if self._packing is None:
            _put(self._v_mem, samples.start, v_mem)
        else:
            self._pack(self._packing, samples.start, v_mem)
        for dataset, values in (
            (self._crc, np.array([crc_of(one) for one in v_mem], np.uint32)),
            (self._duration_s, duration_s),
            (self._ticks, ticks),
            (self._time_s, time_s),
        ):
            _put(dataset, samples.start, values)
        self.count = samples.stop

    def _pack(self, packing: Packing, first: int, v_mem: VMem) -> None:
        """Write readings that are chunks of their own, compressed before HDF5 gets them."""
        _room(self._v_mem, first, v_mem.shape)
        for at, one in enumerate(v_mem, first):
            self._v_mem.id.write_direct_chunk((at, 0, 0, 0), packing.chunk(at, one))
        self._v_mem.flush()

    def set_first_duration(self, duration_s: float) -> None:
        """Write the duration of the first reading, if there is one, in place."""
        if self.count:
            self._duration_s[0] = duration_s
            self._duration_s.flush()


def _put(dataset: Any, first: int, values: npt.ArrayLike) -> None:
    """Write values from there to the end.

    `dataset[first:] = values` takes several times as long, to select what may have any form.
    """
    import h5py  # noqa: PLC0415  # slow import

    array = np.ascontiguousarray(values)
    place = _room(dataset, first, array.shape)
    dataset.id.write(h5py.h5s.create_simple(array.shape), place, array)
    dataset.flush()


def _room(dataset: Any, first: int, shape: tuple[int, ...]) -> Any:
    """Make room for values of that shape from there to the end; HDF5's selection of it."""
    dataset.id.set_extent((first + shape[0], *shape[1:]))
    place = dataset.id.get_space()
    place.select_hyperslab((first, *(0 for _ in shape[1:])), shape)
    return place
