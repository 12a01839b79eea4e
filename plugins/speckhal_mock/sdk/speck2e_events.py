"""The events of `samna.speck2e.event`: each public name here is one of the vendor's."""

from __future__ import annotations

import typing as _typing

from speckhal_mock.pybind.binder import Binder as _Binder
from speckhal_mock.sdk import flash_enums as _flash
from speckhal_mock.sdk import peripheral_events as _templates
from speckhal_mock.sdk.chip_events import ChipEvents as _ChipEvents

if _typing.TYPE_CHECKING:  # for a type checker, the classes of each chip are their templates
    from speckhal_mock.sdk.events import *  # noqa: F403  # all of them
    from speckhal_mock.sdk.peripheral_events import *  # noqa: F403  # all of them

_chip = _ChipEvents(
    _Binder("samna.speck2e.event"),
    _templates.RequestSpiMon,
    _templates.Frame,
    _templates.SpiMon,
    erase=_flash.SPECK2E_ERASE_TYPE["SECTOR_4KB"],
    status=_flash.SPECK2E_STATUS_TYPE["IDLE"],
)
globals().update(_chip.classes)

Speck2etInputEvent = _chip.inputs(_chip.classes["RequestSpiMon"])
Speck2eInputEvent = _chip.inputs(_chip.classes["RequestSpiMon"], _chip.classes["Frame"])
OutputEvent = _chip.outputs(_chip.classes["SpiMon"])


def compute_sram_address(arg0: object, /) -> _typing.NoReturn:
    """The memory address that an event is about; the formula was never published.

    Raises:
        NotEmulatedError: always.
    """
    raise _chip.no_formula("compute_sram_address", arg0)


def compute_sram_address_t(arg0: object, /) -> _typing.NoReturn:
    """The memory address that an event of a Speck2e-t is about, which is not published either.

    Raises:
        NotEmulatedError: always.
    """
    raise _chip.no_formula("compute_sram_address_t", arg0)


def determine_sram_eventrom_address(arg0: int, /) -> _typing.NoReturn:
    """The event that a memory address is about, which is not published either.

    The vendor spells it like this.

    Raises:
        NotEmulatedError: always.
    """
    raise _chip.no_formula("determine_sram_eventrom_address", arg0)
