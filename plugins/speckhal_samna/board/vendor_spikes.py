"""Spikes through the vendor's nodes: one event object each, and a sink of their own."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_samna.board.chip_spikes import SENSOR, ChipSpikes
from speckhal_samna.board.still_collector import no_garbage_collection

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import SinkNode
    from speckhal_samna.board.open_board import Board

EVENTS_PER_WRITE: Final = 4096
"""Events that are handed to samna at once: the first of a long list are to leave before the last
are converted, which keeps the lead of a stimulation short."""

_MEMBERS: Final = ("layer", "feature", "y", "x", "timestamp")
"""Of the vendor's spikes, in the order of the columns of `ChipSpikes`; its layer is the core."""


class VendorSpikes:
    """Plays spikes through the board's source node, and hears them at a sink behind a filter.

    The sink for answers gets every event that the chip sends, and what reads there passes over
    spikes; it takes none from the sink here.

    Args:
        board: which is open.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._sink: SinkNode | None = None

    def listen(self) -> None:
        """Connect the sink, for as long as the board is open."""
        if self._sink is None:
            self._sink = self._board.new_spike_sink()

    def prepare(self, spikes: ChipSpikes) -> Callable[[], None]:
        """Make an event of each spike; they are written in parts."""
        event = self._board.classes.event
        columns = (spikes.core, spikes.channel, spikes.y, spikes.x, spikes.stamp_us)
        with no_garbage_collection():
            events = [
                event.DvsEvent(p=bool(channel), y=y, x=x, timestamp=stamp_us)
                if core == SENSOR
                else event.Spike(layer=core, feature=channel, y=y, x=x, timestamp=stamp_us)
                for core, channel, y, x, stamp_us in zip(
                    *(column.tolist() for column in columns), strict=True
                )
            ]

        def send() -> None:
            for first in range(0, len(events), EVENTS_PER_WRITE):
                self._board.source.write(events[first : first + EVENTS_PER_WRITE])

        return send

    def take(self) -> ChipSpikes:
        """Make columns of the events that have come; what piles up among the answers is dropped."""
        if self._sink is None:
            return ChipSpikes.concatenate(())
        kind = self._board.classes.event.Spike
        with no_garbage_collection():
            events = [event for event in self._sink.get_events() if isinstance(event, kind)]
            if events and not self._board.may_still_answer:
                self._board.sink.clear_events()
            columns = (
                np.fromiter(map(attrgetter(member), events), dtype=np.int64, count=len(events))
                for member in _MEMBERS
            )
            return ChipSpikes(*columns)

    def drop_waiting(self) -> bool:
        """False: no call of the vendor's is known to empty the queue of a board."""
        return False

    def knows_rounds(self) -> bool:
        """False: stamps have 32 bits."""
        return False

    def is_quiet(self) -> bool | None:
        """None: no board reports whether anything is on its way."""
        return None

    def under_way(self) -> int:
        """Nothing that a board says; nobody asks, since it does not say either when it is quiet."""
        return 0

    def dead_lock(self) -> str | None:
        """None: no board reports it."""
        return None
