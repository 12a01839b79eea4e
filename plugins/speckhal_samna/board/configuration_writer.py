"""Writes configurations to a chip, and waits until what they set can be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.warn import warn_user

if TYPE_CHECKING:
    from speckhal.contract.clock import Clock
    from speckhal_samna.board.open_board import Board

SLOW_APPLY_S: Final = 10
"""What takes longer gives a warning: samna gives up on a Speck2f then, and never on a Speck2e."""


@attrs.frozen(eq=False)
class ConfigurationWriter:
    """Writes configurations to the chip of an open board.

    Attributes:
        board: with the chip.
        clock: the time on that board.
        settle_s: wait after a configuration before relying on it.
    """

    board: Board
    clock: Clock
    settle_s: float

    def write(self, configuration: object, *, undo: object | None = None) -> None:
        """Write a configuration, neuron states included.

        Args:
            configuration: samna's.
            undo: another, to be written before the board is given back, if the chip would tick on
                by itself with the first one.
        """
        before_s = self.clock.now_s()
        self.board.apply(configuration, undo=undo)
        took_s = self.clock.now_s() - before_s
        if took_s > SLOW_APPLY_S:
            warn_user(
                f"Writing a configuration took {self.board.name} {took_s:.1f} s, and far "
                "less is usual. If it stays so, press its reset button and "
                "open it anew.",
                UserWarning,
            )
        self.clock.sleep_s(self.settle_s)
