"""The Speck2f: its kits, and its classes in samna."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from speckhal_samna.chip import ChipClasses, Kit, SamnaChip
from speckhal_samna.speck_facts import REFERENCE, SETTLE_AFTER_APPLY_S, UPDATES_PER_S, speck_facts
from speckhal_speck2f.chip_differences import PARTICULARS

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import ChipModule, SinkNode, SourceNode, Vendor


class _Speck2fVendor(Protocol):
    """The part of samna that only this chip uses."""

    @property
    def speck2f(self) -> ChipModule: ...
    @property
    def BasicSourceNode_speck2f_event_input_event(self) -> Callable[[], SourceNode]: ...
    @property
    def BasicSinkNode_speck2f_event_output_event(self) -> Callable[[], SinkNode]: ...


if TYPE_CHECKING:
    import samna

    _vendor: _Speck2fVendor = samna


def _classes(vendor: Vendor) -> ChipClasses:
    samna_2f = cast("_Speck2fVendor", vendor)
    return ChipClasses(
        input_node=samna_2f.BasicSourceNode_speck2f_event_input_event,
        output_node=samna_2f.BasicSinkNode_speck2f_event_output_event,
        event=samna_2f.speck2f.event,
        new_configuration=samna_2f.speck2f.configuration.SpeckConfiguration,
    )


_NAMES = f"{REFERENCE}, device; sinabs 3.1.3, io.device_types"

CHIP = SamnaChip(
    facts=speck_facts("speck2f", PARTICULARS),
    kits=(
        Kit("speck2fmodule", "Speck2fModuleDevKit", "Speck2f module kit", "speck2fmodule", _NAMES),
        Kit("speck2fdevkit", "Speck2fDevKit", "Speck2f development kit", "speck2fdevkit", _NAMES),
    ),
    classes=_classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
)
