"""The enums of `samna.speck2f`, for the external flash."""

from __future__ import annotations

from speckhal_mock.pybind.casters import Enumeration


class FlashEraseType(Enumeration):
    """How much of the flash to erase. The numbers are those that `FlashErase` describes."""

    __module__ = "samna.speck2f"

    SECTOR_4KB = 1
    BLOCK_32KB = 2
    BLOCK_64KB = 3
    CHIP = 4


class FlashStatusType(Enumeration):
    """Whether the flash is at work. The numbers are from a public listing of the C++ structs."""

    __module__ = "samna.speck2f"

    IDLE = 0
    BUSY = 1
