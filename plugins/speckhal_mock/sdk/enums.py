"""The enums of which the modules of each chip and board have their own."""

from __future__ import annotations

from typing import Any

from speckhal_mock.pybind.casters import Enumeration


def _enum(module: str, name: str, doc: str, **members: int) -> type[Enumeration]:
    of_names: Any = Enumeration  # which a type checker does not know to make classes
    made: type[Enumeration] = of_names(name, members, module=module, qualname=name)
    made.__doc__ = doc
    return made


def flash_erase_type(module: str) -> type[Enumeration]:
    """How much of the external flash to erase."""
    return _enum(
        module,
        "FlashEraseType",
        "How much of the flash to erase. The numbers are those that `FlashErase` describes.",
        SECTOR_4KB=1,
        BLOCK_32KB=2,
        BLOCK_64KB=3,
        CHIP=4,
    )


def flash_status_type(module: str) -> type[Enumeration]:
    """Whether the external flash is at work."""
    doc = "Whether the flash is at work; numbers from a public listing of the C++ structs."
    return _enum(module, "FlashStatusType", doc, IDLE=0, BUSY=1)


def measurement_channels(module: str) -> type[Enumeration]:
    """Which supply's power is measured."""
    return _enum(
        module,
        "MeasurementChannels",
        "The supplies whose power a real board measures; their numbers are assumed.",
        Io=0,
        Ram=1,
        Logic=2,
        PixelDigital=3,
        PixelAnalog=4,
    )
