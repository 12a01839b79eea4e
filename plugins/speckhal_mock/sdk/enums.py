"""The enums of which the modules of each chip and board have their own."""

from __future__ import annotations

from speckhal_mock.pybind.casters import Enumeration


def flash_erase_type(module: str) -> type[Enumeration]:
    """How much of the external flash to erase."""

    class FlashEraseType(Enumeration):
        """How much of the flash to erase. The numbers are those that `FlashErase` describes."""

        __module__ = module
        __qualname__ = "FlashEraseType"

        SECTOR_4KB = 1
        BLOCK_32KB = 2
        BLOCK_64KB = 3
        CHIP = 4

    return FlashEraseType


def flash_status_type(module: str) -> type[Enumeration]:
    """Whether the external flash is at work."""

    class FlashStatusType(Enumeration):
        """Whether the flash is at work; numbers from a public listing of the C++ structs."""

        __module__ = module
        __qualname__ = "FlashStatusType"

        IDLE = 0
        BUSY = 1

    return FlashStatusType


def measurement_channels(module: str) -> type[Enumeration]:
    """Which supply's power is measured."""

    class MeasurementChannels(Enumeration):
        """The supplies whose power a real board measures; their numbers are assumed."""

        __module__ = module
        __qualname__ = "MeasurementChannels"

        Io = 0
        Ram = 1
        Logic = 2
        PixelDigital = 3
        PixelAnalog = 4

    return MeasurementChannels
