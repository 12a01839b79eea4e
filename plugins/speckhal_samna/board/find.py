"""Which of the plugged-in boards is meant, and opening it before somebody else does."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from speckhal.contract.errors import DeviceBusy, DeviceNotFound, SpeckhalError
from speckhal_samna.board.open_board import Board, is_among
from speckhal_samna.board.vendor_errors import asking_the_vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal_samna.bindings import DeviceInfo, Vendor
    from speckhal_samna.chip import Kit, RefusedBoard, SamnaChip

# samna gives a board that is open already to whoever opens it again, and both close it then; so
# two threads must not both find it free
_OPENING = threading.RLock()


def _described(info: DeviceInfo) -> str:
    serial = f" (serial number {info.serial_number})" if info.serial_number else ""
    return f"{info.device_type_name}{serial}"


def _busy(samna: Vendor, info: DeviceInfo, board: str) -> DeviceBusy:
    busy = DeviceBusy(
        f"Asked to open {board}, and it is open already.",
        hint="Close it first, here or in the other process; a board has one user at a time.",
    )
    # what goes wrong while asking who has it open matters less than that it is
    with contextlib.suppress(SpeckhalError), asking_the_vendor("be listed"):
        busy.in_this_process = is_among(info, samna.device.get_opened_devices())
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
    with asking_the_vendor("be listed"):
        plugged_in = list(samna.device.get_all_devices())
        free = list(samna.device.get_unopened_devices())
    by_board = {kit.board: kit for kit in kits}
    wanted = sorted(
        (info for info in plugged_in if info.device_type_name in by_board),
        key=lambda info: (info.usb_bus_number, info.usb_device_address),
    )
    names = " or ".join(by_board)
    if serial_number is not None:
        wanted = [info for info in wanted if info.serial_number == serial_number]
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
    info = wanted[index]
    if not is_among(info, free):
        raise _busy(samna, info, f"{info.device_type_name} (board {index})")
    return info, by_board[info.device_type_name]


def open_board(
    samna: Vendor,
    chip: SamnaChip,
    kits: Sequence[Kit],
    index: int = 0,
    serial_number: str | None = None,
    *,
    on_close: Callable[[], None] = lambda: None,
) -> tuple[Board, Kit]:
    """The board that `find_board` finds, open, and which kit it is.

    No other thread of this process gets between finding and opening.

    Args:
        samna: the vendor module to use.
        chip: the chip that is looked for.
        kits: boards to look among.
        index: which of them.
        serial_number: look only among boards that report this one. Free boards that are listed
            without theirs are opened for a moment, to be asked.
        on_close: called once, after the board was given back.

    Raises:
        DeviceNotFound: no such board is plugged in.
        DeviceBusy: it is open already.
        DeviceFailed: it cannot be opened.
    """
    with _OPENING:
        try:
            info, kit = find_board(samna, kits, index, serial_number, refused=chip.refused)
        except DeviceNotFound:
            asked = None if serial_number is None else _ask_for(serial_number, samna, chip, kits)
            if asked is None:
                raise
            info, kit = asked
        return Board(samna, chip, info, on_close=on_close), kit


def _ask_for(
    serial_number: str, samna: Vendor, chip: SamnaChip, kits: Sequence[Kit]
) -> tuple[DeviceInfo, Kit] | None:
    """The free board that is listed without a number, and reports this one once it is open."""
    by_board = {kit.board: kit for kit in kits}
    with asking_the_vendor("be listed"):
        free = list(samna.device.get_unopened_devices())
    for info in free:
        if info.device_type_name in by_board and not info.serial_number:
            # one that cannot be opened is not the one, as far as can be known
            with contextlib.suppress(SpeckhalError):
                board = Board(samna, chip, info)
                board.close()
                if board.serial_number == serial_number:
                    return info, by_board[info.device_type_name]
    return None


def open_listed_board(samna: Vendor, chip: SamnaChip, info: DeviceInfo) -> Board:
    """A board that the vendor has listed, open; nobody gets between looking and opening.

    Raises:
        DeviceBusy: it is open already.
        DeviceFailed: it cannot be opened.
    """
    with _OPENING:
        with asking_the_vendor("be listed"):
            free = list(samna.device.get_unopened_devices())
        if not is_among(info, free):
            raise _busy(samna, info, _described(info))
        return Board(samna, chip, info)
