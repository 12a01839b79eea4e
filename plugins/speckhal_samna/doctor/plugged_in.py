"""The boards that samna finds: what to type to open each, its firmware, and who holds it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import DeviceBusy, DeviceError
from speckhal.contract.health import Finding
from speckhal_samna.board.find import listed, of_kits, open_listed_board
from speckhal_samna.board.open_board import is_among
from speckhal_samna.board.vendor_errors import Trouble
from speckhal_samna.target import SERIAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal_samna.bindings import DeviceInfo, Vendor
    from speckhal_samna.chip import SamnaChip
    from speckhal_samna.doctor.usb import UsbView


@attrs.frozen
class PluggedIn:
    """A board of one chip, as samna lists it.

    Attributes:
        info: the vendor's description of it.
        selections: what to type to open it: by its place among the chip's boards, by its place
            among the kits of its kind, and by its serial number if it gives one that no other of
            the chip's boards gives.
    """

    info: DeviceInfo
    selections: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.info.device_type_name} ({' or '.join(self.selections)})"


def with_chip(plugged_in: Sequence[DeviceInfo], chip: SamnaChip) -> list[PluggedIn]:
    """Those of the boards that carry the chip, in USB order, in use or not."""
    boards = of_kits(plugged_in, chip.kits)
    bearers = Counter(info.serial_number for info, _ in boards)
    found: list[PluggedIn] = []
    for index, (info, kit) in enumerate(boards):
        earlier = sum(board.info.device_type_name == kit.board for board in found)
        name = chip.facts.name
        selections = [f"{name}:{index}", f"{name}:{kit.target}:{earlier}"]
        serial = info.serial_number
        # a selection has no blanks
        if serial and not any(map(str.isspace, serial)) and bearers[serial] == 1:
            selections.append(f"{name}:{SERIAL}{serial}")
        found.append(PluggedIn(info, tuple(selections)))
    return found


def board_findings(samna: Vendor, chip: SamnaChip, usb: UsbView | None) -> Iterator[Finding]:
    """The boards with that chip; those that nobody uses are opened for a moment.

    Args:
        samna: the vendor module to ask.
        chip: the chip on the boards.
        usb: the system's own view of USB, where there is one.
    """
    if usb is not None and usb.forbidden_boards():
        return  # a finding of the check of udev rules; opening one may crash the process
    try:
        plugged_in = listed(samna)
    except DeviceError as error:
        yield _unlisted(error.message, chip, error)
        return
    boards = with_chip(plugged_in, chip)
    if not boards and (usb is None or usb.boards()):
        yield _none_found(plugged_in, chip)
    for board in boards:
        yield _examined(samna, chip, board) or _in_use(samna, chip, board, usb)


def _none_found(plugged_in: Sequence[DeviceInfo], chip: SamnaChip) -> Finding:
    names = [info.device_type_name for info in plugged_in]
    refusals = [other.refusal for other in chip.refused if other.board in names]
    seen = f"it finds {', '.join(names) or 'none at all'}."
    return Finding.lacking(
        " ".join([f"samna finds no board with a {chip.facts.name};", seen, *refusals]),
        should=f"One is plugged in: {' or '.join(kit.summary for kit in chip.kits)}.",
        do=f"Plug in {'such a' if refusals else 'the'} board and its power, "
        f"then: speckhal doctor {chip.facts.name}",
    )


def _unlisted(is_: str, chip: SamnaChip, error: DeviceError) -> Finding:
    return Finding.problem(
        is_,
        should="samna lists the boards that are plugged in.",
        do=error.hint or f"Plug the board in again, then: speckhal doctor {chip.facts.name}",
    )


def _examined(samna: Vendor, chip: SamnaChip, board: PluggedIn) -> Finding | None:
    """What opening a free board shows; None where it is not free."""
    try:
        with open_listed_board(samna, chip, board.info) as opened:
            firmware = opened.firmware()
    except DeviceBusy:
        return None
    except DeviceError as error:
        return _failed(chip, board, error)
    # boards are known that give it once they are open, and not when they are listed
    more = opened.serial_number if opened.serial_number != board.info.serial_number else ""
    serial = f", serial number {more}" if more else ""
    return Finding.ok(
        f"{board}{serial}, firmware: fxtree {firmware.fxtree}, unifirm {firmware.unifirm}"
    )


def _failed(chip: SamnaChip, board: PluggedIn, error: DeviceError) -> Finding:
    again = f"then: speckhal doctor {chip.facts.name}"
    if Trouble.of(error.__cause__) is Trouble.OLD_FIRMWARE:  # samna's words, not ours around them
        return Finding.problem(
            f"{board}: {error.message}",
            should="Firmware of the major version that this samna wants, and its minor version "
            "or a newer one; which these are, only its refusal says.",
            do=f"Let SynSense's tools update the board's firmware, {again}",
        )
    return Finding.problem(
        f"{board}: {error.message}",
        should="A board that nobody uses opens and closes.",
        do=f"Press the board's reset button, or plug it in again, {again}",
    )


def _in_use(samna: Vendor, chip: SamnaChip, board: PluggedIn, usb: UsbView | None) -> Finding:
    """By whom a board is used that is not free."""
    try:
        ours = listed(samna, "get_opened_devices")
    except DeviceError as error:
        return _unlisted(f"{board}: {error.message}", chip, error)
    if is_among(board.info, ours):
        return Finding.ok(f"{board} is open in this process")
    bus, address = board.info.usb_bus_number, board.info.usb_device_address
    return Finding.lacking(
        f"{board} is in use by another process.",
        should="A board has one user at a time.",
        do="Close the other program."
        if usb is None
        else f"fuser -v /dev/bus/usb/{bus:03}/{address:03} (names it), then close it there",
    )
