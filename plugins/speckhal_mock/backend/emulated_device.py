"""The device of an emulated board: a driver's, which knows besides what the cores had to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_samna.device import SamnaDevice

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.core_activity import CoreActivity, ReportsActivity
    from speckhal.contract.spikes import Spikes
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_samna.board.access import BoardAccess


class EmulatedDevice(SamnaDevice):
    """An open emulated board.

    Args:
        access: to the board.
        backend: name of the backend that opens it.
        board: that is emulated; None where somebody else has it plugged in.
        on_close: called once, after the board was given back.
    """

    def __init__(
        self,
        access: BoardAccess,
        *,
        backend: str,
        board: EmulatedBoard | None,
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(access, backend=backend, on_close=on_close)
        self._emulated = board

    def stimulate(self, spikes: Spikes) -> Spikes:
        """Play spikes into the layers of the network, and return what monitored layers sent."""
        with self._board.asked_to("play spikes"):
            if self._emulated is not None:
                self._emulated.forget_longest()
        return super().stimulate(spikes)

    def activity(self) -> tuple[CoreActivity, ...]:
        """What each core did since the network was deployed; empty where no spike came yet.

        The longest queue and delay are since the last stimulation began.
        """
        with self._board.asked_to("say what its cores did"):
            return () if self._emulated is None else self._emulated.activity()


if TYPE_CHECKING:

    def _conforms(device: EmulatedDevice) -> ReportsActivity:
        return device
