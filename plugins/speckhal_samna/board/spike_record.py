"""What monitored cores have sent, in the layers of the network and the time of the stop watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.spikes import Spikes
from speckhal.contract.warn import warn_user
from speckhal_samna.board.chip_spikes import STAMPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from speckhal_samna.board.chip_spikes import ChipSpikes, SpikeWay
    from speckhal_samna.board.open_board import Board

UNSURE_US: Final = 1 << 30
"""How far the board's stop watch may have drifted from the host's clock, or an event from its
stamp, until a stamp is taken for one of another round: 18 minutes."""

SURE_S: Final = (STAMPS - UNSURE_US) / 1e6
"""As long as somebody looks so often, every 53 minutes, stamps are sure; after a longer time the
stamps alone do not say how many rounds the stop watch has made."""


_NOBODY: Final = -(1 << 30)
"""In place of a layer, for cores that are not monitored."""


class SpikeRecord:
    """Keeps what monitored cores send until it is asked for.

    Args:
        board: whose cores they are.
        way: by which spikes come.
    """

    def __init__(self, board: Board, way: SpikeWay) -> None:
        self._board = board
        self._way = way
        self._layer_of = np.zeros(0, np.int64)
        self._kept: list[Spikes] = []
        self._before = 0
        self._lead_us = 0
        self._has_warned = False
        self._came = 0
        self._started_s = self._looked_s = board.clock.now_s()

    def begin(self, cores: Mapping[int, int]) -> None:
        """Forget everything, and keep what these cores send from now on.

        Args:
            cores: that are monitored, with the layer of each; none, for nobody to listen.
        """
        self._way.take()
        self._has_warned = False
        self._layer_of = np.full(max(cores, default=0) + 1, _NOBODY, np.int64)
        self._layer_of[list(cores)] = list(cores.values())
        if cores:
            self._way.listen()
            self.restart(lead_us=0)
        self._forget()

    def restart(self, *, lead_us: int) -> None:
        """Keep what has come so far, and let the stop watch start again, at 0.

        Args:
            lead_us: what the stop watch will show at time 0.
        """
        self.look()
        self._before = len(self._kept)
        self._board.restart_stop_watch()
        self._lead_us = lead_us
        self._started_s = self._looked_s = self._board.clock.now_s()

    def look(self) -> bool:
        """Fetch what has come; whether anything has."""
        looked_s = self._board.clock.now_s()
        came = self._way.take()
        if len(came):
            self._warn_if_unsure(looked_s)
            self._kept.append(self._in_layers(came))
            self._came += len(came)
        self._looked_s = looked_s
        return len(came) > 0

    @property
    def came(self) -> int:
        """How many spikes have come since this was made."""
        return self._came

    def take(self) -> Spikes:
        """What was fetched since this was last asked for, in the order of arrival."""
        taken = Spikes.concatenate(self._kept)
        self._forget()
        return taken

    def take_since_restart(self) -> Spikes:
        """Only what was fetched since the stop watch was started again; the rest stays."""
        taken = Spikes.concatenate(self._kept[self._before :])
        del self._kept[self._before :]
        return taken

    def _warn_if_unsure(self, looked_s: float) -> None:
        silent_s = looked_s - self._looked_s
        if silent_s <= SURE_S or self._way.knows_rounds() or self._has_warned:
            return
        self._has_warned = True
        warn_user(
            f"The spikes of {self._board.name} were last fetched {silent_s / 60:.0f} minutes ago, "
            "and its stop watch starts over every 71.6 minutes: their times may be off by whole "
            f"rounds. Call recorded_spikes() at least every {SURE_S // 60:.0f} minutes.",
            UserWarning,
        )

    def _forget(self) -> None:
        self._kept.clear()
        self._before = 0

    def _in_layers(self, came: ChipSpikes) -> Spikes:
        # a core that is not monitored may have had its last spikes on their way at a deploy
        inside = came.core < self._layer_of.size
        layers = np.where(inside, self._layer_of[np.where(inside, came.core, 0)], _NOBODY)
        known = layers != _NOBODY
        columns = [self._times(came.stamp_us), layers, came.channel, came.y, came.x]
        if not known.all():
            columns = [column[known] for column in columns]
        for column in columns:
            column.flags.writeable = False  # or `Spikes` copies it
        time_us, layer, channel, y, x = columns
        return Spikes(time_us=time_us, layer=layer, channel=channel, y=y, x=x)

    def _times(self, stamps_us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Microseconds since time 0, past the rounds that the stop watch has made.

        What came within the lead, before time 0, counts as of time 0.
        """
        if self._way.knows_rounds():
            return np.maximum(stamps_us - self._lead_us, 0)
        not_before_us = max(0, round((self._looked_s - self._started_s) * 1e6) - UNSURE_US)
        shown_us = not_before_us + (stamps_us - not_before_us) % STAMPS
        return np.maximum(shown_us - self._lead_us, 0)
