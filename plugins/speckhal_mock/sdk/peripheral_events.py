"""Events beside those of sensor and cores, as templates: registers, filter, memories, flash, pins.

What is said of the templates in `speckhal_mock.sdk.events` holds of these too.
"""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from typing import cast

from speckhal_mock.pybind.casters import (
    U8,
    U16,
    U32,
    Bool,
    Enumeration,
    U8s,
    U16s,
)
from speckhal_mock.pybind.values import Record, Value, value

# each chip has enums of its own, and says which member is the default
_OF_THE_CHIP = cast("Enumeration", None)


@value
class WriteRegisterValue(Record):
    """Sets a register."""

    address: U16 = 0
    data: U8 = 0


@value
class ReadRegisterValue(Record):
    """Asks for a register."""

    address: U16 = 0


@value
class RegisterValue(Record):
    """What a register holds."""

    address: U16 = 0
    data: U8 = 0


@value
class WriteFilterValue(Record):
    """Sets the DVS filter's counter of a pixel."""

    y: U8 = 0
    x: U8 = 0
    data: U16 = 0


@value
class ReadFilterValue(Record):
    """Asks for the DVS filter's counter of a pixel."""

    y: U8 = 0
    x: U8 = 0


@value
class FilterValue(Record):
    """The DVS filter's counter of a pixel."""

    y: U8 = 0
    x: U8 = 0
    counter_data: U16 = 0


@value
class FilterDvsEvent(Record):
    """Where the DVS filter updated a counter by itself."""

    p: Bool = False
    y: U8 = 0
    x: U8 = 0


@value
class FilterValueCurrent(Record):
    """The DVS filter's counter as an event came in."""

    counter_data: U16 = 0


@value
class FilterValuePrevious(Record):
    """The DVS filter's counter as it was kept for that pixel before."""

    counter_data: U16 = 0


@value
class WriteSramValue(Record):
    """Sets one byte of memory."""

    address: U32 = 0
    data: U8 = 0


@value
class ReadSramValue(Record):
    """Asks for one byte of memory."""

    address: U32 = 0


@value
class SramValue(Record):
    """One byte of memory."""

    address: U32 = 0
    data: U8 = 0


@value
class IdCodeRequest(Value):
    """Asks for the chip's identity; not documented."""


@value
class IdCode(Record):
    """The chip's identity; not documented."""

    id: U32 = 0


@value
class FlashRead(Record):
    """Asks for data of the external flash, at a 24-bit address."""

    address: U32 = 0


@value
class FlashValue(Record):
    """Data of the external flash, at a 24-bit address."""

    address: U32 = 0
    data: U8 = 0


@value
class FlashWrite(Record):
    """Writes 24 bits to the external flash, at a 24-bit address."""

    address: U32 = 0
    data: U32 = 0


@value
class FlashErase(Record):
    """Erases a part of the external flash; `type` is a member of the chip's FlashEraseType."""

    type: Enumeration = _OF_THE_CHIP
    address: U32 = 0


@value
class FlashSpiRaw(Record):
    """Bytes to or from the external flash."""

    raw_data: U8s = ()


@value
class FlashWriteEnable(Value):
    """Permits writing to the external flash."""


@value
class FlashQueryStatus(Value):
    """Asks whether the external flash is busy."""


@value
class FlashStatus(Record):
    """Whether the external flash is busy; `status` is a member of the chip's FlashStatusType."""

    status: Enumeration = _OF_THE_CHIP


@value
class InputInterfaceEvent(Record):
    """Echo of what came in on the chip's bus; `msp` marks the more significant part."""

    value: U16 = 0
    msp: Bool = False


@value
class ReadoutValue(Record):
    """21 bits of the readout, of which the configured output mode says what they mean."""

    value: U32 = 0


@value
class ReadoutPinValue(Record):
    """The readout pins: which neuron has the largest average, and when."""

    index: U8 = 0
    timestamp: U32 = 0


@value
class RequestSpiMon(Value):
    """Asks for what was on the SPI bus. Speck2e only."""


@value
class SpiMon(Record):
    """What was on the SPI bus. Speck2e only; the type of `data` is assumed."""

    data: U32 = 0


@value
class Frame(Record):
    """A frame for the chip's parallel video input. Speck2e only."""

    data: U16s = ()
