"""What differs between the Speck2e and other Specks in samna: names, call forms, defaults."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from speckhal.contract.facts import Fact
from speckhal_samna.chip_classes import SamnaNames
from speckhal_samna.speck_facts import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES: Final = SamnaNames(
    module="speck2e",
    input_node="BasicSourceNode_speck2e_event_speck2e_input_event",
    output_node="BasicSinkNode_speck2e_event_output_event",
)

PARTICULARS: Final[Mapping[str, Fact[str]]] = MappingProxyType(
    {
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
)
