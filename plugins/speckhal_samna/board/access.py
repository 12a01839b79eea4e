"""How a backend gives access to one of its boards, for what works below a device.

`speckhal characterise` measures boards this way: with the vendor's own calls, and past the driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from speckhal.contract.clock import Clock
    from speckhal_samna.bindings import Vendor
    from speckhal_samna.board.chip_spikes import SpikeWay
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.chip import Kit, SamnaChip


@attrs.frozen(eq=False)
class BoardAccess:
    """What it takes to open a board with the vendor's own calls.

    Attributes:
        samna: the vendor module to use.
        chip: the chip on the board, with what the driver assumes of it.
        kits: kinds of boards to look among.
        index: which of those plugged in, in USB order.
        clock: time on that board.
        emulated: whether `samna` is an emulation.
        serial_number: look only among boards that report this one.
        spike_way: makes the way in and out for spikes, of the open board; None for the vendor's
            nodes. An emulated board can take and give arrays.
    """

    samna: Vendor
    chip: SamnaChip
    kits: Sequence[Kit]
    index: int
    clock: Clock
    emulated: bool
    serial_number: str | None = None
    spike_way: Callable[[Board], SpikeWay] | None = None


class GivesBoardAccess(Protocol):
    """A backend whose boards speak samna, as `SamnaBackend` and `EmulatedBackend`."""

    emulated: bool

    def board_access(
        self, target: str | None, options: Mapping[str, object]
    ) -> AbstractContextManager[BoardAccess]:
        """Access to a board, for as long as the context lasts; the board is not opened.

        Args:
            target: the part behind the colon in `backend:target`; None for the first board.
            options: as for the backend's `open`.

        Raises:
            InputError: the target or an option is unknown or wrong.
            DeviceError: there is no such board, or it is open.
        """
