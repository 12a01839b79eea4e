"""The events of `samna.speck2f.event`: each name here is one of the vendor's."""

from __future__ import annotations

from typing import NoReturn as _NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError as _NotEmulatedError
from speckhal_mock.pybind.binder import Binder as _Binder
from speckhal_mock.sdk import events as _templates
from speckhal_mock.sdk import flash_enums as _flash
from speckhal_mock.sdk import records as _records

_bind = _Binder("samna.speck2f.event")

Spike = _bind(_templates.Spike)
DvsEvent = _bind(_templates.DvsEvent)
KillSensorPixel = _bind(_templates.KillSensorPixel)
ResetSensorPixel = _bind(_templates.ResetSensorPixel)
OutputModeSel = _bind(_templates.OutputModeSel)
AverageSel = _bind(_templates.AverageSel)
AsiRequest = _bind(_templates.AsiRequest)
ReadoutRequest = _bind(_templates.ReadoutRequest)
ScanChainValue = _bind(_templates.ScanChainValue)
WriteNeuronValue = _bind(_templates.WriteNeuronValue)
ReadNeuronValue = _bind(_templates.ReadNeuronValue)
WriteWeightValue = _bind(_templates.WriteWeightValue)
ReadWeightValue = _bind(_templates.ReadWeightValue)
WriteBiasValue = _bind(_templates.WriteBiasValue)
ReadBiasValue = _bind(_templates.ReadBiasValue)
WriteRegisterValue = _bind(_templates.WriteRegisterValue)
ReadRegisterValue = _bind(_templates.ReadRegisterValue)
WriteFilterValue = _bind(_templates.WriteFilterValue)
ReadFilterValue = _bind(_templates.ReadFilterValue)
WriteSramValue = _bind(_templates.WriteSramValue)
ReadSramValue = _bind(_templates.ReadSramValue)
IdCodeRequest = _bind(_templates.IdCodeRequest)
FlashRead = _bind(_templates.FlashRead)
FlashWrite = _bind(_templates.FlashWrite)
FlashErase = _bind(_templates.FlashErase, type=_flash.SPECK2F_ERASE_TYPE["SECTOR_4KB"])
FlashSpiRaw = _bind(_templates.FlashSpiRaw)
FlashWriteEnable = _bind(_templates.FlashWriteEnable)
FlashQueryStatus = _bind(_templates.FlashQueryStatus)
InputInterfaceEvent = _bind(_templates.InputInterfaceEvent)
NeuronValue = _bind(_templates.NeuronValue)
BiasValue = _bind(_templates.BiasValue)
WeightValue = _bind(_templates.WeightValue)
RegisterValue = _bind(_templates.RegisterValue)
ReadoutValue = _bind(_templates.ReadoutValue)
FilterValue = _bind(_templates.FilterValue)
SramValue = _bind(_templates.SramValue)
FilterDvsEvent = _bind(_templates.FilterDvsEvent)
FilterValueCurrent = _bind(_templates.FilterValueCurrent)
FilterValuePrevious = _bind(_templates.FilterValuePrevious)
IdCode = _bind(_templates.IdCode)
FlashValue = _bind(_templates.FlashValue)
FlashStatus = _bind(_templates.FlashStatus, status=_flash.SPECK2F_STATUS_TYPE["IDLE"])
ReadoutPinValue = _bind(_templates.ReadoutPinValue)

InputEvent = (
    Spike
    | DvsEvent
    | KillSensorPixel
    | ResetSensorPixel
    | OutputModeSel
    | AverageSel
    | AsiRequest
    | ReadoutRequest
    | ScanChainValue
    | WriteNeuronValue
    | ReadNeuronValue
    | WriteWeightValue
    | ReadWeightValue
    | WriteBiasValue
    | ReadBiasValue
    | WriteRegisterValue
    | ReadRegisterValue
    | WriteFilterValue
    | ReadFilterValue
    | WriteSramValue
    | ReadSramValue
    | IdCodeRequest
    | FlashRead
    | FlashWrite
    | FlashErase
    | FlashSpiRaw
    | FlashWriteEnable
    | FlashQueryStatus
)
OutputEvent = (
    Spike
    | DvsEvent
    | InputInterfaceEvent
    | NeuronValue
    | BiasValue
    | WeightValue
    | RegisterValue
    | ReadoutValue
    | FilterValue
    | SramValue
    | FilterDvsEvent
    | FilterValueCurrent
    | FilterValuePrevious
    | ScanChainValue
    | IdCode
    | FlashValue
    | FlashSpiRaw
    | FlashStatus
    | ReadoutPinValue
    | _records.DROPPED_EVENTS_NUM
)


def compute_sram_address(arg0: object, /) -> _NoReturn:
    """The memory address that an event is about; the formula was never published.

    Raises:
        NotEmulatedError: always.
    """
    raise _no_formula("compute_sram_address", arg0)


def determine_sram_eventrom_address(arg0: int, /) -> _NoReturn:
    """The event that a memory address is about; likewise. The vendor spells it like this.

    Raises:
        NotEmulatedError: always.
    """
    raise _no_formula("determine_sram_eventrom_address", arg0)


def _no_formula(function: str, given: object) -> _NotEmulatedError:
    return _NotEmulatedError(
        f"{_bind.module}.{function} was asked about {given!r}. It is not emulated: where the chip "
        f"keeps what is not published."
    )
