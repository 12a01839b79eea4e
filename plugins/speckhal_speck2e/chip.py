"""The Speck2e: its kits, and how samna lists them."""

from __future__ import annotations

from speckhal_samna.chip import Kit, RefusedBoard, SamnaChip
from speckhal_samna.speck_facts import REFERENCE, SETTLE_AFTER_APPLY_S, UPDATES_PER_S, speck_facts
from speckhal_speck2e.chip_differences import NAMES, PARTICULARS

_LISTED = f"{REFERENCE}, device; sinabs 3.1.3, io.device_types"

CHIP = SamnaChip(
    facts=speck_facts("speck2e", PARTICULARS),
    kits=(
        Kit("speck2edevkit", "Speck2eDevKit", "Speck2e development kit", "speck2edevkit", _LISTED),
        Kit("speck2etestboard", "Speck2eTestBoard", "Speck2e test board", "speck2e", _LISTED),
    ),
    classes=NAMES.classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
    refused=(
        RefusedBoard(
            "Speck2etTestBoard",
            "The Speck2etTestBoard that is plugged in carries a Speck2e-t, a chip of five cores "
            "with a configuration of its own, which this plugin does not support.",
            source=f"{REFERENCE}, device; {REFERENCE}, SpeckConfigurationT",
        ),
    ),
)
