"""A desk with emulated boards that pass for real ones, for the hardware backends to open."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final
from unittest import mock

import attrs

import speckhal
from placed_once import placed_once
from speckhal import ClockDrive, VirtualClock
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.kits import KITS, EmulatedKit
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.samna_install.install import replace_samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.board.access import BoardAccess
from speckhal_samna.device import SamnaDevice
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import nn

CHIPS: Final = {"speck2e": SPECK2E, "speck2f": SPECK2F}
KIT_OF_CHIP: Final = {"speck2e": "Speck2eDevKit", "speck2f": "Speck2fModuleDevKit"}
SHAPE: Final = (1, 2, 2)


@attrs.frozen
class Desk:
    """Boards of one time, and the driver for them as the hardware backends use it."""

    clock: VirtualClock
    make_network: Callable[..., nn.Module]

    def plug(
        self,
        kit: str | EmulatedKit = "Speck2fModuleDevKit",
        address: int = 1,
        *,
        clock: VirtualClock | None = None,
        **options: object,
    ) -> EmulatedBoard:
        """Plug in a board at that USB address."""
        board = EmulatedBoard(
            KITS[kit] if isinstance(kit, str) else kit,
            SPECK2F.facts.core_memories.value,
            clock=clock or self.clock,
            options=EmulationOptions(**options),  # type: ignore[arg-type]  # checked by attrs
            serial_number=f"desk-{address}",
            usb_device_address=address,
        )
        current_bus().plug(board)
        return board

    def open(
        self, chip: str = "speck2f", index: int = 0, *, clock: VirtualClock | None = None
    ) -> SamnaDevice:
        """Open the `index`-th board with that chip; only its time is not the wall's."""
        known = CHIPS[chip]
        access = BoardAccess(samna, known, known.kits, index, clock or self.clock, emulated=False)
        return SamnaDevice(access, backend=chip)

    def deploy(
        self, device: speckhal.Device, drive: ClockDrive = ClockDrive.EXTERNAL, rate_hz: int = 10
    ) -> None:
        """Put 1 x 2 x 2 neurons at 127 on the chip, of bias -1."""
        events = 2**14 if drive is ClockDrive.INTERNAL else None
        leak = device.leak_config(
            drive=drive,
            rate_hz=rate_hz if drive is ClockDrive.EXTERNAL else None,
            events_per_tick=events,
        )
        network = self.make_network(bias=(-0.01,), shape=SHAPE)
        with placed_once():  # a desk is for what boards do
            device.deploy(network, input_shape=SHAPE, leak=leak)


@contextlib.contextmanager
def empty_desk(make_network: Callable[..., nn.Module]) -> Iterator[Desk]:
    """An empty desk, in a process whose samna passes for the vendor's as long as it is there."""
    bus = current_bus()
    bus.clear()
    replace_samna()
    with mock.patch.object(samna, "_speckhal_emulated", new=False):
        yield Desk(VirtualClock(), make_network)
    bus.clear()
