"""The events that chips and hosts exchange, as templates that each chip makes its own classes of.

Which classes exist and which members they have: the vendor's reference for samna 0.48.5. It
prints neither types nor the order of members; these are from a public listing of the C++
structs, or, where its source has no entry (named at the class), assumed.

A core's index is called `layer` in all of them, because that is what samna calls it.
"""

# ruff: noqa: TC001  # the annotations are evaluated at run time

from __future__ import annotations

from typing import cast

from speckhal_mock.pybind.casters import (
    I8,
    I16,
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
class Spike(Record):
    """A spike: to a neuron of core `layer` or, from the chip, by one.

    As input, layer is a core or 12, the readout block. As output it is a core or 13, the event
    pre-processing of the DVS. Times are in microseconds of the board's stop watch.
    """

    layer: U8 = 0
    feature: U16 = 0
    y: U8 = 0
    x: U8 = 0
    timestamp: U32 = 0


@value
class DvsEvent(Record):
    """A pixel's event: raw from the sensor, or from the host to the event pre-processing.

    Times are in microseconds of the board's stop watch.
    """

    p: Bool = False
    y: U8 = 0
    x: U8 = 0
    timestamp: U32 = 0


@value
class KillSensorPixel(Record):
    """Switches one pixel of the sensor off."""

    y: U8 = 0
    x: U8 = 0


@value
class ResetSensorPixel(Value):
    """Switches every pixel of the sensor on again."""


@value
class OutputModeSel(Record):
    """Sets the readout's output mode."""

    mode_sel: U8 = 0


@value
class AverageSel(Record):
    """Sets which neuron's average the readout gives."""

    average_sel: U8 = 0


@value
class AsiRequest(Value):
    """A request to the asynchronous serial interface; not documented, not emulated."""


@value
class ReadoutRequest(Value):
    """Asks for a readout value; not documented, not emulated."""


@value
class ScanChainValue(Record):
    """Bits of a scan chain; not documented, not emulated."""

    data: U8s = ()
    number_of_bits: U32 = 0
    block_id: U8 = 0


@value
class WriteNeuronValue(Record):
    """Sets the membrane potential at an address of a core."""

    layer: U8 = 0
    address: U32 = 0
    neuron_state: I16 = 0


@value
class ReadNeuronValue(Record):
    """Asks for the membrane potential at an address of a core."""

    layer: U8 = 0
    address: U32 = 0


@value
class NeuronValue(Record):
    """The membrane potential at an address of a core; without a time."""

    layer: U8 = 0
    address: U32 = 0
    neuron_state: I16 = 0


@value
class WriteWeightValue(Record):
    """Sets a kernel word of a core."""

    layer: U8 = 0
    address: U32 = 0
    weight: I8 = 0


@value
class ReadWeightValue(Record):
    """Asks for a kernel word of a core."""

    layer: U8 = 0
    address: U32 = 0


@value
class WeightValue(Record):
    """A kernel word of a core."""

    layer: U8 = 0
    address: U32 = 0
    weight: I8 = 0


@value
class WriteBiasValue(Record):
    """Sets the bias of a core's output channel."""

    layer: U8 = 0
    address: U32 = 0
    bias: I16 = 0


@value
class ReadBiasValue(Record):
    """Asks for the bias of a core's output channel."""

    layer: U8 = 0
    address: U32 = 0


@value
class BiasValue(Record):
    """The bias of a core's output channel."""

    layer: U8 = 0
    address: U32 = 0
    bias: I16 = 0


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
