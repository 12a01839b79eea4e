"""Which of the plugged-in boards is meant, and opening it before somebody else does."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from speckhal.contract.clock import WallClock
from speckhal.contract.errors import DeviceBusy, DeviceNotFound, SpeckhalError
from speckhal_samna.board.open_board import Board, is_among
from speckhal_samna.board.vendor_errors import asking_the_vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from speckhal_samna.bindings import DeviceInfo, Vendor
    from speckhal_samna.board.access import BoardAccess
    from speckhal_samna.chip import Kit, RefusedBoard, SamnaChip

# samna gives a board that is open already to whoever opens it again, and both close it then; so
# two threads must not both find it free
_OPENING = threading.RLock()


def listed(samna: Vendor, boards: str = "get_all_devices") -> list[DeviceInfo]:
    """The boards that a function of `samna.device` lists.

    Raises:
        DeviceFailed: it cannot list them.
    """
    with asking_the_vendor("be listed"):
        ask: Callable[[], Sequence[DeviceInfo]] = getattr(samna.device, boards)
        return list(ask())


def of_kits(boards: Iterable[DeviceInfo], kits: Sequence[Kit]) -> list[tuple[DeviceInfo, Kit]]:
    """Those of the boards that are of these kits, in USB order, and which kit each is."""
    by_board = {kit.board: kit for kit in kits}
    found = [
        (info, by_board[info.device_type_name])
        for info in boards
        if info.device_type_name in by_board
    ]
    return sorted(found, key=lambda each: (each[0].usb_bus_number, each[0].usb_device_address))


def _described(info: DeviceInfo) -> str:
    serial = f" (serial number {info.serial_number})" if info.serial_number else ""
    return f"{info.device_type_name}{serial}"


def _busy(samna: Vendor, info: DeviceInfo, board: str) -> DeviceBusy:
    busy = DeviceBusy(
        f"Asked to open {board}, and it is open already.",
        hint="Close it first, here or in the other process; a board has one user at a time.",
    )
    # what goes wrong while asking who has it open matters less than that it is
    with contextlib.suppress(SpeckhalError):
        busy.in_this_process = is_among(info, listed(samna, "get_opened_devices"))
    return busy


def find_board(
    samna: Vendor,
    kits: Sequence[Kit],
    index: int,
    serial_number: str | None = None,
    *,
    refused: Sequence[RefusedBoard] = (),
) -> tuple[DeviceInfo, Kit]:
    """The `index`-th plugged-in board of these kits, in USB order.

    Args:
        samna: the vendor module to use.
        kits: boards to look among.
        index: which of them.
        serial_number: look only among boards that report this one.
        refused: boards to explain, where they are there and those of `kits` are not.

    Raises:
        DeviceNotFound: there are not that many.
        DeviceBusy: it is open, here or in another process.
    """
    plugged_in = listed(samna)
    free = listed(samna, "get_unopened_devices")
    wanted = of_kits(plugged_in, kits)
    names = " or ".join(kit.board for kit in kits)
    if serial_number is not None:
        wanted = [(info, kit) for info, kit in wanted if info.serial_number == serial_number]
        names += f" with serial number {serial_number}"
    if not 0 <= index < len(wanted):
        there = ", ".join(map(_described, plugged_in)) or "none"
        seen = {info.device_type_name for info in plugged_in}
        why = "".join(f" {other.refusal}" for other in refused if other.board in seen)
        raise DeviceNotFound(
            f"Asked for board {index} among the plugged-in {names}, and there are {len(wanted)}."
            f"{why}",
            hint=f"Boards that can be seen: {there}. Indices start at 0.",
        )
    info, kit = wanted[index]
    if not is_among(info, free):
        raise _busy(samna, info, f"{info.device_type_name} (board {index})")
    return info, kit


def open_board(
    access: BoardAccess, *, on_close: Callable[[], None] = lambda: None
) -> tuple[Board, Kit]:
    """The board that `find_board` finds, open, and which kit it is.

    No other thread of this process gets between finding and opening. Where a serial number is
    looked for, free boards that are listed without theirs are opened for a moment, to be asked.

    Args:
        access: to the board.
        on_close: called once, after the board was given back.

    Raises:
        DeviceNotFound: no such board is plugged in.
        DeviceBusy: it is open already.
        DeviceFailed: it cannot be opened.
    """
    samna, chip, kits, serial_number = access.samna, access.chip, access.kits, access.serial_number
    with _OPENING:
        try:
            info, kit = find_board(samna, kits, access.index, serial_number, refused=chip.refused)
        except DeviceNotFound:
            asked = None if serial_number is None else _ask_for(access)
            if asked is None:
                raise
            info, kit = asked
        return Board(samna, chip, info, access.clock, on_close=on_close), kit


def _ask_for(access: BoardAccess) -> tuple[DeviceInfo, Kit] | None:
    """The free board that is listed without a number, and reports this one once it is open."""
    for info, kit in of_kits(listed(access.samna, "get_unopened_devices"), access.kits):
        if not info.serial_number:
            # one that cannot be opened is not the one, as far as can be known
            with contextlib.suppress(SpeckhalError):
                board = Board(access.samna, access.chip, info, access.clock)
                board.close()
                if board.serial_number == access.serial_number:
                    return info, kit
    return None


def open_listed_board(samna: Vendor, chip: SamnaChip, info: DeviceInfo) -> Board:
    """A board that the vendor has listed, open; nobody gets between looking and opening.

    Raises:
        DeviceBusy: it is open already.
        DeviceFailed: it cannot be opened.
    """
    with _OPENING:
        if not is_among(info, listed(samna, "get_unopened_devices")):
            raise _busy(samna, info, _described(info))
        return Board(samna, chip, info, WallClock())
