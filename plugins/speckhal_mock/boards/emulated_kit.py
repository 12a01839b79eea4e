"""Which emulated vendor API serves a chip, by the classes that its description picks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import NotEmulated, VendorUnavailable
from speckhal_mock import samna
from speckhal_mock.emulation.kits import KITS, SPECK2ET, EmulatedKit

if TYPE_CHECKING:
    from speckhal_samna.chip import Kit, SamnaChip

_APIS: Final = {
    samna.speck2f.configuration.SpeckConfiguration: "speck2f",
    samna.speck2e.configuration.SpeckConfiguration: "speck2e",
    samna.speck2e.configuration.SpeckConfigurationT: SPECK2ET,
}


def kit_of(chip: SamnaChip, kit: Kit) -> EmulatedKit:
    """The board to emulate for a kit that a chip's description names.

    Raises:
        NotEmulated: the chip has classes of its own in samna, which are not emulated.
    """
    if kit.board in KITS:
        return KITS[kit.board]
    try:
        configuration = chip.classes(samna).new_configuration
    except (AttributeError, VendorUnavailable) as error:
        raise _not_emulated(chip, f"its classes are not all there: {error}") from error
    api = _APIS.get(configuration)  # type: ignore[call-overload]  # whatever it is, it is hashed
    if api is None:
        raise _not_emulated(chip, f"its configuration is {configuration}")
    # on no USB port, so it needs no ids
    return EmulatedKit(kit.board, api, usb_vendor_id=0, usb_product_id=0, source=kit.source)


def _not_emulated(chip: SamnaChip, why: str) -> NotEmulated:
    return NotEmulated(
        f"Asked to emulate a {chip.facts.name}, and the emulated samna has no such chip: {why}.",
        hint="A chip can be emulated that is configured and asked as a Speck2e, a Speck2e-t or "
        "a Speck2f is.",
    )
