"""The emulated `samna.speck2eTestBoard`: boards with a Speck2e or a Speck2e-t, and the dev kit."""  # noqa: N999  # samna's name

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

import attrs

from speckhal_mock.emulation.kits import SPECK2ET
from speckhal_mock.samna.speck2e import configuration, event
from speckhal_mock.sdk import validation
from speckhal_mock.sdk.emulated_handle import EmulatedHandle
from speckhal_mock.sdk.enums import measurement_channels
from speckhal_mock.sdk.event_types import SPECK2E_INPUT, SPECK2E_OUTPUT, SPECK2ET_INPUT
from speckhal_mock.sdk.io_module import IoModule
from speckhal_mock.sdk.model import Chip, Speck2eModel
from speckhal_mock.sdk.node_classes import CHIP_SINKS, CHIP_SOURCES
from speckhal_mock.sdk.power import SupplyModule

if TYPE_CHECKING:
    from speckhal_mock.sdk.session import Session

__all__ = ["MeasurementChannels", "PowerModule", "Speck2eTestBoard", "UnifirmModule"]

_log = logging.getLogger("samna.speck2eTestBoard")

_CHIP = Chip(
    sink=CHIP_SINKS[SPECK2E_INPUT],
    source=CHIP_SOURCES[SPECK2E_OUTPUT],
    events=event,
    configuration=configuration.SpeckConfiguration,
    validate=functools.partial(validation.validate_configuration, fast_output_limits_monitors=True),
)
_CHIP_T = attrs.evolve(
    _CHIP,
    sink=CHIP_SINKS[SPECK2ET_INPUT],
    configuration=configuration.SpeckConfigurationT,
)

MeasurementChannels = measurement_channels("samna.speck2eTestBoard")


class PowerModule(SupplyModule):
    """A board's supplies."""

    __module__ = "samna.speck2eTestBoard"
    __slots__ = ()


class UnifirmModule(IoModule):
    """The FPGA's IO module, which drives the slow clock."""

    __module__ = "samna.speck2eTestBoard"
    __slots__ = ()


class Speck2eTestBoard(EmulatedHandle[UnifirmModule, Speck2eModel, PowerModule]):
    """An open test board or dev kit with a Speck2e or a Speck2e-t."""

    __module__ = "samna.speck2eTestBoard"
    __slots__ = ()

    def __init__(self, session: Session) -> None:
        _log.info("Speck 2e test board initialized.")
        chip = _CHIP_T if session.board.kit.chip == SPECK2ET else _CHIP
        super().__init__(session, UnifirmModule, Speck2eModel(session, chip), PowerModule)
        _log.info("Speck 2e model initialized.")

    def reset_board_soft(self, arg0: object, /) -> None:
        """Reset board and chip: slow clock off at 1000 Hz, no core in use, all states 0.

        Args:
            arg0: whether the chip then waits for the host; starting from flash is not emulated.
        """
        self._reset_board(arg0)
