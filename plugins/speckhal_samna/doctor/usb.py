"""What Linux knows of the boards on USB, and of who may use them, without any library."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.facts import Fact
from speckhal.contract.health import Finding
from speckhal_samna.doctor.host import INSTALLATION

if TYPE_CHECKING:
    from collections.abc import Iterator

BOARD_IDS = Fact(
    {
        (0x04B4, 0x5BC7): ("Speck2eTestBoard", "Speck2etTestBoard"),
        (0x337D, 0x5BC8): (
            "Speck2eDevKit",
            "Speck2fCharacterizationBoard",
            "XyloImuTestBoard",
            "XyloAudio3TestBoard",
        ),
        (0x337D, 0x5BC9): ("Speck2fModuleDevKit",),
        (0x337D, 0x5BCA): ("Speck2fDevKit",),
        (0x337D, 0x5BCB): ("Speck2fLcc84LoulanBoard", "Speck2fModuleLoulanBoard"),
        (0x337D, 0x5BCC): ("Speck2fCharQiuciBoard",),
    },
    source=f"{INSTALLATION}, table of boards",
)
"""Boards by USB vendor and product id; several share one."""

USB_2_ID = Fact((0x04B4, 0x00F1), source=f"{INSTALLATION}, and its page on the device controller")
"""What any of these boards calls itself on a USB 2 port, where it does not work."""

RULE_VENDORS = Fact((0x04B4, 0x152A, 0x337D), source=f"{INSTALLATION}, udev rules")
"""Vendor ids whose devices users must be allowed to use."""

LEAST_SPEED_MBIT_S = Fact(5000, source=f"{INSTALLATION}: USB 3 port and cable; USB 3 is 5 Gbit/s")


@attrs.frozen
class UsbDevice:
    """Something on USB.

    Attributes:
        port: the kernel's name of where it is plugged in, such as "2-1.4".
        ids: vendor and product id.
        speed_mbit_s: of the link; None where the kernel does not say.
    """

    port: str
    ids: tuple[int, int]
    speed_mbit_s: float | None = None

    @property
    def is_board(self) -> bool:
        """Whether it may be one of SynSense's boards."""
        return self.ids in BOARD_IDS.value or self.ids == USB_2_ID.value

    def __str__(self) -> str:
        name = " or ".join(BOARD_IDS.value.get(self.ids, ("A board",)))
        return f"{name} ({self.ids[0]:04x}:{self.ids[1]:04x}) on USB port {self.port}"


@attrs.frozen
class UsbView:
    """Where Linux shows its USB devices and the rules for them.

    Attributes:
        devices: a folder with one folder for each device.
        rules: folders of udev rules.
        is_root: whether this process may use any device, with or without rules.
    """

    devices: Path = Path("/sys/bus/usb/devices")
    rules: tuple[Path, ...] = (
        Path("/etc/udev/rules.d"),
        Path("/lib/udev/rules.d"),
        Path("/usr/lib/udev/rules.d"),
    )
    is_root: bool = False

    def boards(self) -> list[UsbDevice]:
        """What may be boards, by port."""
        found = map(_device, sorted(self.devices.glob("*/idVendor")))
        return [device for device in found if device is not None and device.is_board]

    def vendors_without_rules(self) -> list[int]:
        """Vendor ids that no rule mentions."""
        files = (file for folder in self.rules for file in folder.glob("*.rules"))
        mentioned = {word for file in files for word in _words_of_rules(file)}
        return [vendor for vendor in RULE_VENDORS.value if f"{vendor:04x}" not in mentioned]

    def forbidden_boards(self) -> list[UsbDevice]:
        """Boards that this process may not use; samna is known to crash on them."""
        without = self.vendors_without_rules()
        return [board for board in self.boards() if board.ids[0] in without and not self.is_root]


def this_usb() -> UsbView | None:
    """The USB of this computer; None on a system that does not show it as Linux does."""
    if platform.system() != "Linux":
        return None
    return UsbView(is_root=os.geteuid() == 0)


def port_findings(usb: UsbView) -> Iterator[Finding]:
    """The boards that the system sees, and whether each is on a port where it can work."""
    if not usb.devices.is_dir():
        yield Finding.lacking(
            f"USB cannot be seen: there is no {usb.devices}.",
            should="The system shows its USB devices.",
            do="If this is a container or a virtual machine, hand the USB bus through to it.",
        )
        return
    boards = usb.boards()
    for board in boards:
        if board.ids == USB_2_ID.value:
            is_ = f"{board}: the id that boards have on a USB 2 port."
        elif board.speed_mbit_s is not None and board.speed_mbit_s < LEAST_SPEED_MBIT_S.value:
            is_ = f"{board}, linked at {board.speed_mbit_s:g} Mbit/s."
        else:
            yield Finding.ok(str(board))
            continue
        yield Finding.problem(
            is_,
            should="Boards work on USB 3 only.",
            do="Move the board to a USB 3 port, with a cable made for USB 3.",
        )
    if not boards:
        yield Finding.lacking(
            "No board is on USB.",
            should="A board is plugged in, and has power.",
            do="Plug it into a USB 3 port; if it stays unseen, try another cable.",
        )


def rule_findings(usb: UsbView) -> Iterator[Finding]:
    """Whether users other than root may use the boards."""
    without = usb.vendors_without_rules()
    if not without:
        yield Finding.ok("every user may use the boards")
        return
    forbidden = usb.forbidden_boards()
    ids = f"id{'s' if len(without) > 1 else ''} {', '.join(f'{vendor:04x}' for vendor in without)}"
    is_ = f"No udev rule lets users other than root open boards with the USB vendor {ids}."
    if forbidden:
        finding = Finding.problem
        is_ += f" {forbidden[0]} cannot be opened; samna is known to crash when it tries."
    else:
        finding = Finding.warning if usb.is_root else Finding.lacking
    if usb.is_root:
        is_ += " This process is root."
    yield finding(
        is_,
        should=f"A file in {usb.rules[0]} gives mode 0666 to each of these.",
        do="install-synsense-rules (it comes with samna), then plug the board in again",
    )


def _device(vendor_file: Path) -> UsbDevice | None:
    """The device whose folder holds that file; None if it is being unplugged just now."""
    folder = vendor_file.parent
    try:
        ids = int(_text(vendor_file), 16), int(_text(folder / "idProduct"), 16)
    except (OSError, ValueError):
        return None
    try:
        speed = float(_text(folder / "speed"))
    except (OSError, ValueError):
        speed = None
    return UsbDevice(folder.name, ids, speed)


def _words_of_rules(file: Path) -> set[str]:
    """Every word of a rules file in lower case, without its comments."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").lower().splitlines()
    except OSError:  # one that only root may read says nothing here
        return set()
    return {
        word
        for line in lines
        if not line.lstrip().startswith("#")
        for word in re.findall(r"\w+", line)
    }


def _text(file: Path) -> str:
    return file.read_text(encoding="ascii").strip()
