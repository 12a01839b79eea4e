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

    def stamped(self, stamps_us: Callable[[Column], Column]) -> tuple[Column, ...]:
        """The columns, with stamps where that kind of event has any."""
        if self.kind == "readout_values":
            return self.columns
        return (*self.columns, stamps_us(self.moments))


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
            parts, order = _tables(parts)
            if len(parts) > 1:
                outputs.mixed([(part.kind, part.stamped(stamps_us)) for part in parts], order)
                return
            parts = [parts[0].rows(order)]
        for part in parts:
            getattr(outputs, part.kind)(*part.stamped(stamps_us))

    def _put(self, kind: str, moments: Column, *columns: Column) -> None:
        if len(moments):
            self._parts.append(_Part(kind, moments, columns))


def _tables(parts: list[_Part]) -> tuple[list[_Part], Column]:
    """One part of each kind, and where in all of them the events are, in the order of time."""
    kinds = list(dict.fromkeys(part.kind for part in parts))
    moments = np.concatenate([part.moments for part in parts])
    numbers = [kinds.index(part.kind) for part in parts]
    kind_of = np.repeat(numbers, [len(part.moments) for part in parts])
    place_of = np.empty_like(moments)
    place_of[np.argsort(kind_of, kind="stable")] = np.arange(len(moments))
    tables = [_joined([part for part in parts if part.kind == kind]) for kind in kinds]
    return tables, place_of[np.argsort(moments, kind="stable")]


def _joined(parts: list[_Part]) -> _Part:
    """Parts of one kind, one after another."""
    columns = zip(*(part.columns for part in parts), strict=True)
    moments = np.concatenate([part.moments for part in parts])
    return _Part(parts[0].kind, moments, tuple(np.concatenate(column) for column in columns))
