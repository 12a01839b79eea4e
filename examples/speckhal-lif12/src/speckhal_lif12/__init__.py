"""The Lif12 for speckhal: `backend` opens real boards, `emulated` simulated ones."""

from functools import partial

from speckhal import SingleBoardBackend, VirtualClock, WallClock

from speckhal_lif12.board import Board, open_board
from speckhal_lif12.device import CAPABILITIES, BoardDevice
from speckhal_lif12.facts import FACTS
from speckhal_lif12.simulated import SimulatedPort

_backend = partial(SingleBoardBackend, board="Lif12", chip=FACTS, capabilities=CAPABILITIES)
backend = _backend(
    lambda info: BoardDevice(open_board(), info, WallClock()),
    name="lif12",
    summary="Lif12 boards",
    emulated=False,
)
emulated = _backend(
    lambda info: BoardDevice(Board(SimulatedPort()), info, VirtualClock()),
    name="lif12-mock",
    summary="simulated Lif12 boards",
    emulated=True,
)
