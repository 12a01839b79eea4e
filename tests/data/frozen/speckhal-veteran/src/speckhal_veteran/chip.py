"""The Veteran as the driver must know it: its boards, and its classes in samna."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from speckhal_samna.chip import ChipClasses, Kit, SamnaChip
from speckhal_samna.speck import SETTLE_AFTER_APPLY_S, UPDATES_PER_S

from speckhal_veteran.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import ChipModule, SinkNode, SourceNode, Vendor


class _Vendor(Protocol):
    """The part of samna that this chip uses. The names are those of the Speck2f: check them."""

    @property
    def speck2f(self) -> ChipModule: ...
    @property
    def BasicSourceNode_speck2f_event_input_event(self) -> Callable[[], SourceNode]: ...
    @property
    def BasicSinkNode_speck2f_event_output_event(self) -> Callable[[], SinkNode]: ...


def _classes(vendor: Vendor) -> ChipClasses:
    """Event classes, node classes and configuration, out of one samna module."""
    samna = cast("_Vendor", vendor)
    return ChipClasses(
        input_node=samna.BasicSourceNode_speck2f_event_input_event,
        output_node=samna.BasicSinkNode_speck2f_event_output_event,
        event=samna.speck2f.event,
        new_configuration=samna.speck2f.configuration.SpeckConfiguration,
    )


CHIP = SamnaChip(
    facts=FACTS,
    kits=(
        Kit(
            target="veterankit",
            board="VeteranDevKit",
            summary="Veteran kit",
            sinabs_device=None,
            source="a guess, check: samna's list of boards (device_type_name)",
        ),
    ),
    classes=_classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
)
