"""Emulated boards on the bench, for `speckhal characterise`."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from speckhal.contract.clock import VirtualClock
from speckhal.contract.errors import DeviceBusy, InputError
from speckhal_characterise.characteriser import SamnaCharacteriser
from speckhal_characterise.workbench import Access
from speckhal_mock import samna
from speckhal_mock.backend.open_options import take_order
from speckhal_mock.boards.plug_in import plug_in, unplug
from speckhal_mock.boards.targets import CHIPS
from speckhal_mock.emulation.clock import RealTimeClock
from speckhal_mock.samna_install.install import provide_samna

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal_samna.chip import SamnaChip


def characteriser(chips: Sequence[SamnaChip] = CHIPS) -> SamnaCharacteriser:
    """Measures emulated boards with these chips; the measurements do not see what is emulated."""
    return SamnaCharacteriser(functools.partial(_access, chips), virtual=True)


@contextlib.contextmanager
def _access(
    chips: Sequence[SamnaChip], target: str | None, options: Mapping[str, object]
) -> Iterator[Access]:
    order = take_order(target, options, chips)
    if order.breakage is not None and order.breakage.is_of_driver:
        raise InputError(
            f"Asked to measure a mock with the breakage {order.breakage.name}, and that is one of "
            "the driver: measurements go past it, and would not see it.",
            hint="Measure a board with a breakage of the board or of the chip.",
        )
    wanted = order.target
    clock = RealTimeClock() if order.realtime else VirtualClock()
    provide_samna()
    board = plug_in(wanted, clock=clock, options=order.emulation)
    if board is None:
        raise DeviceBusy(
            f"Asked to measure the emulated {wanted.kit.board} number {wanted.index}, and it is "
            "open already.",
            hint="Close it first, or measure another one.",
        )
    order.break_board(board)
    try:
        yield Access(samna, wanted.chip, (wanted.kit,), wanted.index, clock, emulated=True)
    finally:
        unplug(board)
