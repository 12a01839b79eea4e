"""The events of all chips, as templates that each chip makes its own classes of.

Which classes exist and which members they have: the vendor's reference for samna 0.48.5. It
prints neither types nor the order of members; these are from a public listing of the C++
structs, or, where its source has no entry (named at the class), assumed.

A core's index is called `layer` in all of them, because that is what samna calls it.
"""

from __future__ import annotations

from typing import Final

from speckhal_mock.pybind.casters import I8, I16, U8, U16, U32, Bool, Enumeration, U8s, U16s
from speckhal_mock.pybind.values import Record, Value


def _event(name: str, doc: str, /, **members: object) -> type[Value]:
    """The template of an event with members of these types, in the order of its arguments."""
    kind = Record if members else Value
    return type(name, (kind,), {"__doc__": doc, "__slots__": (), "__annotations__": members})


_PIXEL: Final = {"y": U8, "x": U8}
_WORD: Final = {"layer": U8, "address": U32}

_SPIKE: Final = _event(
    "Spike",
    """A spike: to a neuron of core `layer` or, from the chip, by one.

    As input, layer is a core or 12, the readout block. As output it is a core or 13, the event
    pre-processing of the DVS. Times are in microseconds of the board's stop watch.
    """,
    layer=U8,
    feature=U16,
    y=U8,
    x=U8,
    timestamp=U32,
)
_DVS_EVENT: Final = _event(
    "DvsEvent",
    """A pixel's event: raw from the sensor, or from the host to the event pre-processing.

    Times are in microseconds of the board's stop watch.
    """,
    p=Bool,
    **_PIXEL,
    timestamp=U32,
)
_SCAN_CHAIN_VALUE: Final = _event(
    "ScanChainValue",
    "Bits of a scan chain; not documented, not emulated.",
    data=U8s,
    number_of_bits=U32,
    block_id=U8,
)
_FLASH_SPI_RAW: Final = _event("FlashSpiRaw", "Bytes to or from the external flash.", raw_data=U8s)

# in the vendor's order, to which a chip may add some of its own
INPUTS: Final = (
    _SPIKE,
    _DVS_EVENT,
    _event("KillSensorPixel", "Switches one pixel of the sensor off.", **_PIXEL),
    _event("ResetSensorPixel", "Switches every pixel of the sensor on again."),
    _event("OutputModeSel", "Sets the readout's output mode.", mode_sel=U8),
    _event("AverageSel", "Sets which neuron's average the readout gives.", average_sel=U8),
    _event(
        "AsiRequest",
        "A request to the asynchronous serial interface; not documented, not emulated.",
    ),
    _event("ReadoutRequest", "Asks for a readout value; not documented, not emulated."),
    _SCAN_CHAIN_VALUE,
    _event(
        "WriteNeuronValue",
        "Sets the membrane potential at an address of a core.",
        **_WORD,
        neuron_state=I16,
    ),
    _event("ReadNeuronValue", "Asks for the membrane potential at an address of a core.", **_WORD),
    _event("WriteWeightValue", "Sets a kernel word of a core.", **_WORD, weight=I8),
    _event("ReadWeightValue", "Asks for a kernel word of a core.", **_WORD),
    _event("WriteBiasValue", "Sets the bias of a core's output channel.", **_WORD, bias=I16),
    _event("ReadBiasValue", "Asks for the bias of a core's output channel.", **_WORD),
    _event("WriteRegisterValue", "Sets a register.", address=U16, data=U8),
    _event("ReadRegisterValue", "Asks for a register.", address=U16),
    _event("WriteFilterValue", "Sets the DVS filter's counter of a pixel.", **_PIXEL, data=U16),
    _event("ReadFilterValue", "Asks for the DVS filter's counter of a pixel.", **_PIXEL),
    _event("WriteSramValue", "Sets one byte of memory.", address=U32, data=U8),
    _event("ReadSramValue", "Asks for one byte of memory.", address=U32),
    _event("IdCodeRequest", "Asks for the chip's identity; not documented."),
    _event("FlashRead", "Asks for data of the external flash, at a 24-bit address.", address=U32),
    _event(
        "FlashWrite",
        "Writes 24 bits to the external flash, at a 24-bit address.",
        address=U32,
        data=U32,
    ),
    _event(
        "FlashErase",
        "Erases a part of the external flash; `type` is a member of the chip's FlashEraseType.",
        type=Enumeration,
        address=U32,
    ),
    _FLASH_SPI_RAW,
    _event("FlashWriteEnable", "Permits writing to the external flash."),
    _event("FlashQueryStatus", "Asks whether the external flash is busy."),
)

OUTPUTS: Final = (
    _SPIKE,
    _DVS_EVENT,
    _event(
        "InputInterfaceEvent",
        "Echo of what came in on the chip's bus; `msp` marks the more significant part.",
        value=U16,
        msp=Bool,
    ),
    _event(
        "NeuronValue",
        "The membrane potential at an address of a core; without a time.",
        **_WORD,
        neuron_state=I16,
    ),
    _event("BiasValue", "The bias of a core's output channel.", **_WORD, bias=I16),
    _event(
        "WeightValue",
        "The answer of a core about one word of its kernel memory.",
        **_WORD,
        weight=I8,
    ),
    _event("RegisterValue", "What a register holds.", address=U16, data=U8),
    _event(
        "ReadoutValue",
        "21 bits of the readout, of which the configured output mode says what they mean.",
        value=U32,
    ),
    _event("FilterValue", "The DVS filter's counter of a pixel.", **_PIXEL, counter_data=U16),
    _event("SramValue", "One byte of memory.", address=U32, data=U8),
    _event("FilterDvsEvent", "Where the DVS filter updated a counter by itself.", p=Bool, **_PIXEL),
    _event("FilterValueCurrent", "The DVS filter's counter as an event came in.", counter_data=U16),
    _event(
        "FilterValuePrevious",
        "The DVS filter's counter as it was kept for that pixel before.",
        counter_data=U16,
    ),
    _SCAN_CHAIN_VALUE,
    _event("IdCode", "The chip's identity; not documented.", id=U32),
    _event("FlashValue", "Data of the external flash, at a 24-bit address.", address=U32, data=U8),
    _FLASH_SPI_RAW,
    _event(
        "FlashStatus",
        "Whether the external flash is busy; `status` is a member of the chip's FlashStatusType.",
        status=Enumeration,
    ),
    _event(
        "ReadoutPinValue",
        "The readout pins: which neuron has the largest average, and when.",
        index=U8,
        timestamp=U32,
    ),
)

REQUEST_SPI_MON: Final = _event("RequestSpiMon", "Asks for what was on the SPI bus. Speck2e only.")
FRAME: Final = _event(
    "Frame", "A frame for the chip's parallel video input. Speck2e only.", data=U16s
)
SPI_MON: Final = _event(
    "SpiMon", "What was on the SPI bus. Speck2e only; the type of `data` is assumed.", data=U32
)
