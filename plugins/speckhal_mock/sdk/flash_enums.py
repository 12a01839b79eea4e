"""The enums of the external flash, of which each chip has its own."""

from __future__ import annotations

from typing import Final

from speckhal_mock.pybind.casters import Enumeration


def _erase_type(module: str) -> type[Enumeration]:
    class FlashEraseType(Enumeration):
        """How much of the flash to erase. The numbers are those that `FlashErase` describes."""

        __module__ = module
        __qualname__ = "FlashEraseType"

        SECTOR_4KB = 1
        BLOCK_32KB = 2
        BLOCK_64KB = 3
        CHIP = 4

    return FlashEraseType


def _status_type(module: str) -> type[Enumeration]:
    class FlashStatusType(Enumeration):
        """Whether the flash is at work; numbers from a public listing of the C++ structs."""

        __module__ = module
        __qualname__ = "FlashStatusType"

        IDLE = 0
        BUSY = 1

    return FlashStatusType


SPECK2E_ERASE_TYPE: Final = _erase_type("samna.speck2e")
SPECK2E_STATUS_TYPE: Final = _status_type("samna.speck2e")
SPECK2F_ERASE_TYPE: Final = _erase_type("samna.speck2f")
SPECK2F_STATUS_TYPE: Final = _status_type("samna.speck2f")
