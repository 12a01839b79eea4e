"""Gathers what leaves the chip in one step of the board, and hands it on in the order of time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal_mock.emulation.sensor.dvs_events import PREPROCESSING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.outputs import BoardOutputs
    from speckhal_mock.emulation.readout import ReadoutEvents
    from speckhal_mock.emulation.sensor.dvs_events import DvsEvents

    Column = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class _Part:
    """Some events of one kind, which is the method of `BoardOutputs` that takes them."""

    kind: str
    moments: Column
    columns: tuple[Column, ...]

    def rows(self, which: Column) -> _Part:
        """Some of them."""
        chosen = tuple(column[which] for column in self.columns)
        return _Part(self.kind, self.moments[which], chosen)


class Outbox:
    """Cores, sensor and readout work one after another; what they send is put in order here.

    Of one moment, events come in the order in which they were put in.
    """

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def put_spikes(self, moments: Column, layers: Column, c: Column, y: Column, x: Column) -> None:
        """Spikes of cores, each column of shape (n,), in the order of time."""
        self._put("spikes", moments, layers, c, y, x)

    def put_dvs_events(self, raw: DvsEvents | None, processed: DvsEvents | None) -> None:
        """Events as they come into the pre-processing, and as they come out of it."""
        if raw is not None:
            self._put("dvs_events", raw.moments, raw.p, raw.y, raw.x)
        if processed is not None:
            layers = np.full(processed.moments.shape, PREPROCESSING)
            self.put_spikes(processed.moments, layers, processed.p, processed.y, processed.x)

    def put_readout(self, events: ReadoutEvents) -> None:
        """Values of the readout, and events of its pins."""
        self._put("readout_values", events.value_moments, events.values)
        self._put("readout_pins", events.pin_moments, events.pins)

    def hand_out(self, outputs: BoardOutputs | None, stamps_us: Callable[[Column], Column]) -> None:
        """Hand all on, and be empty.

        Args:
            outputs: who gets it; None: it is lost.
            stamps_us: makes stamps of moments.
        """
        if not self._parts:
            return
        parts, self._parts = self._parts, []
        if outputs is None:
            return
        if any(later.moments[0] < before.moments[-1] for before, later in pairwise(parts)):
            parts = _in_order(parts)
        for part in parts:
            given = list(part.columns)
            if part.kind != "readout_values":  # which have no stamps
                given.append(stamps_us(part.moments))
            getattr(outputs, part.kind)(*given)

    def _put(self, kind: str, moments: Column, *columns: Column) -> None:
        if len(moments):
            self._parts.append(_Part(kind, moments, columns))


def _in_order(parts: list[_Part]) -> list[_Part]:
    """The same events in the order of time, neighbours of one kind in one part."""
    kinds = list(dict.fromkeys(part.kind for part in parts))
    tables = [_joined([part for part in parts if part.kind == kind]) for kind in kinds]
    moments = np.concatenate([part.moments for part in parts])
    kind_of = np.repeat(
        [kinds.index(part.kind) for part in parts], [len(part.moments) for part in parts]
    )
    row_of = np.empty_like(moments)
    for number, table in enumerate(tables):
        row_of[kind_of == number] = np.arange(len(table.moments))
    order = np.argsort(moments, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(kind_of[order])) + 1)
    return [tables[kind_of[run[0]]].rows(row_of[run]) for run in runs]


def _joined(parts: list[_Part]) -> _Part:
    """Parts of one kind, one after another."""
    columns = zip(*(part.columns for part in parts), strict=True)
    moments = np.concatenate([part.moments for part in parts])
    return _Part(parts[0].kind, moments, tuple(np.concatenate(column) for column in columns))
