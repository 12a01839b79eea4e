"""The chips and boards that can be emulated: those of the chip plugins, as they describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import DeviceNotFound
from speckhal_samna.target import choose_boards
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2f.chip import CHIP as SPECK2F

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_samna.chip import Kit, SamnaChip

CHIPS: Final = (SPECK2F, SPECK2E)
KITS: Final = tuple(kit for chip in CHIPS for kit in chip.kits)
"""Every emulated kit; the first is the one that the published leak trace was recorded on."""


@attrs.frozen
class EmulatedTarget:
    """One emulated board that a user means."""

    chip: SamnaChip
    kit: Kit
    index: int


def choose_target(target: str | None, chips: Sequence[SamnaChip] = CHIPS) -> EmulatedTarget:
    """The emulated board that the part behind `mock:` means.

    Args:
        target: a chip ("speck2e"), a kit ("speck2fdevkit"), either with an index (":1"), or
            None for the first kit of the first chip.
        chips: the chips to choose among; as it comes, the first kit is that of the published
            trace.

    Raises:
        DeviceNotFound: there is no such board.
    """
    kits = [kit for chip in chips for kit in chip.kits]
    aliases = {chip.facts.name: chip.kits[:1] for chip in chips}
    choice = choose_boards(target, kits, aliases)
    if choice.serial_number is not None:
        raise DeviceNotFound(
            f"Asked for the emulated board {target!r}, and emulated boards go by their kit.",
            hint=f"Known boards: {', '.join([*aliases, *(kit.target for kit in kits)])}.",
        )
    kit = choice.kits[0]
    chip = next(chip for chip in chips if kit in chip.kits)
    return EmulatedTarget(chip, kit, choice.index)
