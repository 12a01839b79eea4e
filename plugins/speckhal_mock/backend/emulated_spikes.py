"""Spikes to and from an emulated board as arrays, past the vendor's nodes and their objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.outputs import WholeStamps
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.board.chip_spikes import SENSOR, STAMPS, ChipSpikes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.memory import MemoryKind
    from speckhal_mock.emulation.outputs import BoardOutputs

    Column = npt.NDArray[np.int64]


class EmulatedSpikes:
    """The way of spikes to and from one emulated board.

    It gives what the vendor's nodes give, without an object for each spike.

    Args:
        board: which is open.
    """

    def __init__(self, board: EmulatedBoard) -> None:
        self._board = board
        self._tap: _Tap | None = None

    def listen(self) -> None:
        """Keep the spikes that leave the board, instead of making events of them."""
        if self._tap is None and self._board.outputs is not None:
            self._tap = self._board.outputs = _Tap(self._board.outputs)

    def prepare(self, spikes: ChipSpikes) -> Callable[[], None]:
        """Part what is for cores from what is for the sensor, in their order."""
        of_sensor = spikes.core == SENSOR
        cuts = [0, *(np.flatnonzero(np.diff(of_sensor)) + 1).tolist(), len(spikes)]

        def send() -> None:
            board = self._open_board()
            for run in map(slice, cuts, cuts[1:]):
                place = spikes.channel[run], spikes.y[run], spikes.x[run]
                if not len(place[0]):
                    continue
                if of_sensor[run.start]:
                    board.play_dvs_events(spikes.stamp_us[run], *place)
                else:
                    board.play_spikes(spikes.core[run], spikes.stamp_us[run], *place)

        return send

    def take(self) -> ChipSpikes:
        """The spikes that have left the board."""
        self._open_board().catch_up()
        return ChipSpikes.concatenate(()) if self._tap is None else self._tap.take()

    def drop_waiting(self) -> bool:
        """True: the emulated board forgets what its gate has not let pass."""
        self._open_board().drop_waiting_spikes()
        return True

    def knows_rounds(self) -> bool:
        """True: the emulated board knows them."""
        return True

    def is_quiet(self) -> bool:
        """Whether the board has let in all that was played, and no spike is on its way in it."""
        return self._open_board().is_quiet

    def under_way(self) -> int:
        """How many spikes are on their way in the board, or wait for a core."""
        return self._open_board().spikes_under_way

    def dead_lock(self) -> str | None:
        """Which cores wait for each other for ever, as the emulation knows; None if none do."""
        stuck = self._open_board().stuck_cores
        return f"cores {', '.join(map(str, stuck))} wait for each other" if stuck else None

    def _open_board(self) -> EmulatedBoard:
        if not current_bus().is_open(self._board):
            raise RuntimeError(f"This {self._board.kit.name} is no longer open.")
        return self._board


class _Tap(WholeStamps):
    """Keeps spikes as they leave a board, and passes on everything else, stamped as for events.

    Args:
        others: who got it before.
    """

    def __init__(self, others: BoardOutputs) -> None:
        self._others = others
        self._kept: list[ChipSpikes] = []

    def take(self) -> ChipSpikes:
        """What was kept, once."""
        kept, self._kept = self._kept, []
        return ChipSpikes.concatenate(kept)

    def memory_values(
        self,
        kind: MemoryKind,
        core: int,
        addresses: Column,
        values: npt.NDArray[np.int8] | npt.NDArray[np.int16],
    ) -> None:
        """Pass answers on."""
        self._others.memory_values(kind, core, addresses, values)

    def spikes(
        self, layers: Column, c: Column, y: Column, x: Column, timestamps_us: Column
    ) -> None:
        """Keep spikes of cores."""
        self._kept.append(ChipSpikes(layers, c, y, x, timestamps_us))

    def dvs_events(self, p: Column, y: Column, x: Column, timestamps_us: Column) -> None:
        """Pass on what the pixels see."""
        self._others.dvs_events(p, y, x, timestamps_us % STAMPS)

    def readout_values(self, values: Column) -> None:
        """Pass on what the readout sends."""
        self._others.readout_values(values)

    def readout_pins(self, indices: Column, timestamps_us: Column) -> None:
        """Pass on what the pins of the readout show."""
        self._others.readout_pins(indices, timestamps_us % STAMPS)

    def filter_values(self, y: Column, x: Column, counters: Column) -> None:
        """Pass on what the sensor's filter keeps."""
        self._others.filter_values(y, x, counters)

    def register_values(self, addresses: Column, values: Column) -> None:
        """Pass on what registers hold."""
        self._others.register_values(addresses, values)

    def mixed(self, tables: Sequence[tuple[str, Sequence[Column]]], order: Column) -> None:
        """Keep the spikes, and pass on the others."""
        first, kept = 0, 0
        numbers = np.full(len(order), -1)  # of each event among those that are passed on
        others = []
        for kind, columns in tables:
            last = first + len(columns[0])
            if kind == "spikes":
                rows = order[(first <= order) & (order < last)] - first
                self._kept.append(ChipSpikes(*(column[rows] for column in columns)))
            else:
                numbers[first:last] = np.arange(kept, kept + last - first)
                kept += last - first
                others.append((kind, _in_32_bits(kind, columns)))
            first = last
        if others:
            passed = numbers[order]
            self._others.mixed(others, passed[passed >= 0])


def _in_32_bits(kind: str, columns: Sequence[Column]) -> Sequence[Column]:
    """The columns of a table of events, of which the last are stamps, if it has any."""
    if kind not in ("dvs_events", "readout_pins"):
        return columns
    return [*columns[:-1], columns[-1] % STAMPS]
