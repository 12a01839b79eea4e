"""The Speck2f: its kits, its names in samna, and what it has otherwise than other Specks."""

from __future__ import annotations

from typing import Final

from speckhal.contract.facts import Fact
from speckhal_samna.chip import Kit, SamnaChip, SamnaNames
from speckhal_samna.speck_facts import REFERENCE, SETTLE_AFTER_APPLY_S, UPDATES_PER_S, speck_facts

NAMES: Final = SamnaNames(
    module="speck2f",
    input_node="BasicSourceNode_speck2f_event_input_event",
    output_node="BasicSinkNode_speck2f_event_output_event",
    output_filter="Speck2fOutputEventTypeFilter",
)

_PARTICULARS: Final = {
    "board_module": Fact("samna.speck2fBoards", source=f"{REFERENCE}, speck2fBoards"),
    "kits": Fact("Speck2fModuleDevKit, Speck2fDevKit", source=f"{REFERENCE}, device"),
    "input_events": Fact(
        "28 classes; no RequestSpiMon, no Frame", source=f"{REFERENCE}, speck2f.event"
    ),
    "output_events_of_its_own": Fact("DroppedEventsNum", source=f"{REFERENCE}, speck2f.event"),
    "input_node": Fact(NAMES.input_node, source=f"{REFERENCE}, nodes"),
    "apply_configuration": Fact(
        "takes a time-out, 10 s by default, and raises when it passes",
        source=f"{REFERENCE}, Speck2fModel; change log 0.33.6, 0.36.4",
    ),
    "reset_board_soft": Fact(
        "bootFromPc as a keyword or by position, and a default configuration",
        source=f"{REFERENCE}, Speck2fDevKit",
    ),
    "dvs_mirror_default": Fact(
        "x False, y False, diagonal False", source=f"{REFERENCE}, DvsLayerConfig"
    ),
    "dvs_pass_sensor_events_default": Fact(
        "False; set by the monitor flags", source=f"{REFERENCE}, DvsLayerConfig"
    ),
    "dvs_low_pass_mode_enable": Fact(
        "there", source=f"{REFERENCE}, DvsFilterConfig; change log 0.22.3"
    ),
}

_LISTED = f"{REFERENCE}, device; sinabs 3.1.3, io.device_types"

CHIP = SamnaChip(
    facts=speck_facts("speck2f", _PARTICULARS),
    kits=(
        Kit("speck2fmodule", "Speck2fModuleDevKit", "Speck2f module kit", "speck2fmodule", _LISTED),
        Kit("speck2fdevkit", "Speck2fDevKit", "Speck2f development kit", "speck2fdevkit", _LISTED),
    ),
    classes=NAMES.classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
)
