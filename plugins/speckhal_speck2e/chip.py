"""The Speck2e: its kits, and its classes in samna."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from speckhal_samna.chip import ChipClasses, Kit, RefusedBoard, SamnaChip
from speckhal_samna.speck_facts import REFERENCE, SETTLE_AFTER_APPLY_S, UPDATES_PER_S, speck_facts
from speckhal_speck2e.chip_differences import PARTICULARS

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import ChipModule, SinkNode, SourceNode, Vendor


class _Speck2eVendor(Protocol):
    """The part of samna that only this chip uses."""

    @property
    def speck2e(self) -> ChipModule: ...
    @property
    def BasicSourceNode_speck2e_event_speck2e_input_event(self) -> Callable[[], SourceNode]: ...
    @property
    def BasicSinkNode_speck2e_event_output_event(self) -> Callable[[], SinkNode]: ...


if TYPE_CHECKING:
    import samna

    _vendor: _Speck2eVendor = samna


def _classes(vendor: Vendor) -> ChipClasses:
    samna_2e = cast("_Speck2eVendor", vendor)
    return ChipClasses(
        input_node=samna_2e.BasicSourceNode_speck2e_event_speck2e_input_event,
        output_node=samna_2e.BasicSinkNode_speck2e_event_output_event,
        event=samna_2e.speck2e.event,
        new_configuration=samna_2e.speck2e.configuration.SpeckConfiguration,
    )


_NAMES = f"{REFERENCE}, device; sinabs 3.1.3, io.device_types"

CHIP = SamnaChip(
    facts=speck_facts("speck2e", PARTICULARS),
    kits=(
        Kit("speck2edevkit", "Speck2eDevKit", "Speck2e development kit", "speck2edevkit", _NAMES),
        Kit("speck2etestboard", "Speck2eTestBoard", "Speck2e test board", "speck2e", _NAMES),
    ),
    classes=_classes,
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
