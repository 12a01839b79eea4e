"""The Speck2e-t as the driver must know it: its boards, and its classes in samna."""

from speckhal_samna.chip import Kit, SamnaChip, SamnaNames
from speckhal_samna.speck import SETTLE_AFTER_APPLY_S, UPDATES_PER_S

from speckhal_speck2et.facts import FACTS

NAMES = SamnaNames(
    module="speck2e",
    input_node="BasicSourceNode_speck2e_event_speck2et_input_event",
    output_node="BasicSinkNode_speck2e_event_output_event",
    configuration="SpeckConfigurationT",
    validate="validate_configuration_t",
)

CHIP = SamnaChip(
    facts=FACTS,
    kits=(
        Kit(
            target="speck2ettestboard",
            board="Speck2etTestBoard",
            summary="Speck2e-t test board",
            sinabs_device=None,
            source="samna 0.48.5 reference, device",
        ),
    ),
    classes=NAMES.classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
)
