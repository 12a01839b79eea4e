"""The Speck2f: its kits, and how samna lists them."""

from __future__ import annotations

from speckhal_samna.chip import Kit, SamnaChip
from speckhal_samna.speck_facts import REFERENCE, SETTLE_AFTER_APPLY_S, UPDATES_PER_S, speck_facts
from speckhal_speck2f.chip_differences import NAMES, PARTICULARS

_LISTED = f"{REFERENCE}, device; sinabs 3.1.3, io.device_types"

CHIP = SamnaChip(
    facts=speck_facts("speck2f", PARTICULARS),
    kits=(
        Kit("speck2fmodule", "Speck2fModuleDevKit", "Speck2f module kit", "speck2fmodule", _LISTED),
        Kit("speck2fdevkit", "Speck2fDevKit", "Speck2f development kit", "speck2fdevkit", _LISTED),
    ),
    classes=NAMES.classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
)
