"""The Speck2e: its kits, its names in samna, and what it has otherwise than other Specks."""

from __future__ import annotations

from typing import Final

from speckhal.contract.facts import Fact
from speckhal_samna.chip import Kit, RefusedBoard, SamnaChip, SamnaNames
from speckhal_samna.speck_facts import REFERENCE, SETTLE_AFTER_APPLY_S, UPDATES_PER_S, speck_facts

NAMES: Final = SamnaNames(
    module="speck2e",
    input_node="BasicSourceNode_speck2e_event_speck2e_input_event",
    output_node="BasicSinkNode_speck2e_event_output_event",
    output_filter="Speck2eOutputEventTypeFilter",
)

_PARTICULARS: Final = {
    "board_module": Fact("samna.speck2eTestBoard", source=f"{REFERENCE}, speck2eTestBoard"),
    "kits": Fact("Speck2eDevKit, Speck2eTestBoard", source=f"{REFERENCE}, device"),
    "input_events": Fact(
        "30 classes; with RequestSpiMon and Frame", source=f"{REFERENCE}, speck2e.event"
    ),
    "output_events_of_its_own": Fact("SpiMon", source=f"{REFERENCE}, speck2e.event"),
    "input_node": Fact(NAMES.input_node, source=f"{REFERENCE}, nodes"),
    "apply_configuration": Fact(
        "by position only, without a time-out", source=f"{REFERENCE}, Speck2eModel"
    ),
    "reset_board_soft": Fact("by position only", source=f"{REFERENCE}, Speck2eTestBoard"),
    "dvs_mirror_default": Fact(
        "x True, y False, diagonal True", source=f"{REFERENCE}, DvsLayerConfig"
    ),
    "dvs_pass_sensor_events_default": Fact("True", source=f"{REFERENCE}, DvsLayerConfig"),
    "dvs_low_pass_mode_enable": Fact("absent", source=f"{REFERENCE}, DvsFilterConfig"),
}

_LISTED = f"{REFERENCE}, device; sinabs 3.1.3, io.device_types"

CHIP = SamnaChip(
    facts=speck_facts("speck2e", _PARTICULARS),
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
