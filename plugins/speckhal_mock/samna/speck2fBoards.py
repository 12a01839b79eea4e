"""The emulated `samna.speck2fBoards`: kits with a Speck2f."""  # noqa: N999  # samna's name

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from speckhal_mock.pybind.binder import Binder
from speckhal_mock.pybind.scalars import flag, integer
from speckhal_mock.samna.speck2f import configuration, event
from speckhal_mock.sdk import records, validation
from speckhal_mock.sdk.emulated_handle import EmulatedHandle
from speckhal_mock.sdk.enums import measurement_channels
from speckhal_mock.sdk.event_types import SPECK2F_INPUT, SPECK2F_OUTPUT
from speckhal_mock.sdk.io_module import IoModule
from speckhal_mock.sdk.model import Chip, Speck2fModel
from speckhal_mock.sdk.node_classes import CHIP_SINKS, CHIP_SOURCES
from speckhal_mock.sdk.power import SupplyModule
from speckhal_mock.sdk.session import not_emulated

if TYPE_CHECKING:
    from speckhal_mock.sdk.session import Session

__all__ = [
    "DevKitDefaultConfig",
    "DevKitPowerModule",
    "MeasurementChannels",
    "Speck2fDevKit",
    "Speck2fModuleDevKit",
    "UnifirmModule",
]

DEFAULT_CHECK_DELAY_US: Final = 500_000

_log = logging.getLogger("samna.speck2fBoards")

_CHIP = Chip(
    sink=CHIP_SINKS[SPECK2F_INPUT],
    source=CHIP_SOURCES[SPECK2F_OUTPUT],
    events=event,
    configuration=configuration.SpeckConfiguration,
    validate=validation.validate_configuration,
)

DevKitDefaultConfig = Binder("samna.speck2fBoards")(records.DevKitDefaultConfig)
MeasurementChannels = measurement_channels("samna.speck2fBoards")


class DevKitPowerModule(SupplyModule):
    """A board's supplies."""

    __module__ = "samna.speck2fBoards"
    __slots__ = ()


class UnifirmModule(IoModule):
    """The FPGA's IO module, which drives the slow clock."""

    __module__ = "samna.speck2fBoards"
    __slots__ = ()

    request_dropped_events_num = not_emulated(
        "request_dropped_events_num", "Counting dropped events"
    )

    def set_chip_stuck_check_enable(self, arg0: object, /) -> None:
        """Take it; the emulated chip never gets stuck."""
        if flag(arg0, "set_chip_stuck_check_enable"):
            self._session.go_on_without("set_chip_stuck_check_enable(True)", "The stuck check")
        self._session.check_open()

    def set_chip_stuck_check_delay(
        self, check_delay_micro_sec: object = DEFAULT_CHECK_DELAY_US
    ) -> None:
        """Take it; the emulated chip never gets stuck."""
        delay_us = integer(check_delay_micro_sec, "set_chip_stuck_check_delay")
        if delay_us != DEFAULT_CHECK_DELAY_US:
            call = f"set_chip_stuck_check_delay({delay_us})"
            self._session.go_on_without(call, "The stuck check")
        self._session.check_open()

    def stop_packet_dump(self) -> None:
        """Go on as before: the emulated FPGA never drops packets."""
        self._session.check_open()


class _DevKit(EmulatedHandle[UnifirmModule, Speck2fModel, DevKitPowerModule]):
    """What the kits have in common, which is all."""

    __slots__ = ()

    def __init__(self, session: Session) -> None:
        _log.info("Speck 2f dev kit initialized.")
        super().__init__(session, UnifirmModule, Speck2fModel(session, _CHIP), DevKitPowerModule)
        _log.info("Speck 2f model initialized.")

    get_io_control_module = not_emulated("get_io_control_module", "Control of the FPGA's pins")
    make_unifirm_hook = not_emulated("make_unifirm_hook", "Sniffing packets")

    def reset_board_soft(
        self,
        bootFromPc: object,  # noqa: N803  # the vendor's keyword
        defaultConfig: object = None,  # noqa: N803  # the vendor's keyword
    ) -> None:
        """Reset board and chip: slow clock off at 1000 Hz, no core in use, all states 0.

        Args:
            bootFromPc: whether the chip then waits for the host; starting from flash is not
                emulated.
            defaultConfig: a `DevKitDefaultConfig` whose settings are those the board has.
        """
        board = self._session.board
        records.check_default_config(
            defaultConfig, DevKitDefaultConfig, board=board, taker="reset_board_soft"
        )
        self._reset_board(bootFromPc)


class Speck2fDevKit(_DevKit):
    """An open Speck2f dev kit."""

    __module__ = "samna.speck2fBoards"
    __slots__ = ()


class Speck2fModuleDevKit(_DevKit):
    """An open Speck2f module dev kit."""

    __module__ = "samna.speck2fBoards"
    __slots__ = ()
