"""The boards that can be emulated."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

SPECK2ET: Final = "speck2et"
"""The Speck2e-t, which the vendor's Speck2e modules serve too. No kit below carries it."""


@attrs.frozen
class EmulatedKit:
    """One kind of board as the vendor sells it.

    Attributes:
        name: the device type name that the vendor's software calls it by.
        chip: the chip on it, such as "speck2f".
        usb_vendor_id: USB vendor id.
        usb_product_id: USB product id; several kits share one, so it does not name the kit.
        source: where the ids are written.
    """

    name: str
    chip: str
    usb_vendor_id: int
    usb_product_id: int
    source: str = "samna 0.48.5 documentation, installation page, USB rules and table of boards"


KITS: Final[Mapping[str, EmulatedKit]] = MappingProxyType(
    {
        kit.name: kit
        for kit in (
            EmulatedKit("Speck2fModuleDevKit", "speck2f", 0x337D, 0x5BC9),
            EmulatedKit("Speck2fDevKit", "speck2f", 0x337D, 0x5BCA),
            EmulatedKit("Speck2eDevKit", "speck2e", 0x337D, 0x5BC8),
            EmulatedKit("Speck2eTestBoard", "speck2e", 0x04B4, 0x5BC7),
        )
    }
)
"""Every emulated kit under its name."""
