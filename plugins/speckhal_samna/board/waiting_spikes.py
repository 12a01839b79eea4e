"""What a stimulation that was left has played, and what may wait on the board since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.errors import StimulationUnfinished
from speckhal.contract.spikes import Spikes
from speckhal_samna.board.stimulation_time import LIMIT_S

if TYPE_CHECKING:
    from speckhal_samna.board.chip_spikes import SpikeWay
    from speckhal_samna.board.open_board import Board


class WaitingSpikes:
    """Spikes that wait on a board for their time, and must not come among those of another.

    They would: a board compares stamps alone, and its stop watch starts anew each time.

    Args:
        board: which is open.
        way: by which they got there.
    """

    def __init__(self, board: Board, way: SpikeWay) -> None:
        self._board = board
        self._way = way
        self._until_s: float | None = None

    @property
    def may_be_there(self) -> bool:
        """Whether a stimulation has begun, and nobody has seen its end."""
        return self._until_s is not None

    def play(self, *, until_s: float) -> None:
        """Note that spikes are about to be sent, the last of which passes at a moment."""
        self._until_s = until_s

    def forget(self) -> None:
        """Note that the last one has passed, and all that came of it is done."""
        self._until_s = None

    def clear(self, what: str) -> None:
        """Have them dropped, or wait until the last one has passed.

        Args:
            what: the board is asked to do next, for the message.

        Raises:
            StimulationUnfinished: that takes longer than `LIMIT_S`.
        """
        if self._until_s is None or self._way.drop_waiting():
            return
        left_s = self._until_s - self._board.clock.now_s()
        if left_s > LIMIT_S:
            raise StimulationUnfinished(
                f"Asked {self._board.name} to {what}, and spikes of a stimulation that was left "
                f"wait on it for another {left_s:.0f} s, which would come among the new ones.",
                spikes=Spikes.concatenate(()),
                hint="Ask again then; or press its reset button and open it anew.",
            )
        if left_s > 0:
            self._board.clock.sleep_s(left_s)
