"""What differs between the Speck2f and other Specks in samna: names, call forms, defaults."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from speckhal.contract.facts import Fact
from speckhal_samna.chip_classes import SamnaNames
from speckhal_samna.speck_facts import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final = SamnaNames(
    module="speck2f",
    input_node="BasicSourceNode_speck2f_event_input_event",
    output_node="BasicSinkNode_speck2f_event_output_event",
)

PARTICULARS: Final[Mapping[str, Fact[str]]] = MappingProxyType(
    {
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
)
