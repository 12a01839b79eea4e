"""Access to emulated boards below a device, for `speckhal characterise`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from speckhal.contract.clock import VirtualClock
from speckhal.contract.errors import DeviceBusy, InputError
from speckhal_mock import samna
from speckhal_mock.boards.open_options import read_options
from speckhal_mock.boards.plug_in import plug_in, unplug
from speckhal_mock.emulation.clock import RealTimeClock
from speckhal_mock.samna_install.install import provide_samna
from speckhal_samna.board.access import BoardAccess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal_samna.chip import SamnaChip


@contextlib.contextmanager
def emulated_board_access(
    chips: Sequence[SamnaChip], target: str | None, options: Mapping[str, object]
) -> Iterator[BoardAccess]:
    """Plug in an emulated board with one of these chips, for as long as the context lasts.

    Who measures it does not see what is emulated.
    """
    request = read_options(target, options, chips)
    if request.breakage.is_of_driver:
        raise InputError(
            f"Asked to measure a mock with the breakage {request.breakage.name}, and that is one "
            "of the driver: measurements go past it, and would not see it.",
            hint="Measure a board with a breakage of the board or of the chip.",
        )
    wanted = request.target
    clock = RealTimeClock() if request.realtime else VirtualClock()
    provide_samna()
    board = plug_in(wanted, clock=clock, options=request.emulation)
    if board is None:
        raise DeviceBusy(
            f"Asked to measure the emulated {wanted.kit.board} number {wanted.index}, and it is "
            "open already.",
            hint="Close it first, or measure another one.",
        )
    request.breakage.board(board)
    try:
        yield BoardAccess(samna, wanted.chip, (wanted.kit,), wanted.index, clock, emulated=True)
    finally:
        unplug(board)
