"""The Speck2e-t as the driver must know it: its boards, and its classes in samna."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from speckhal_samna.chip import ChipClasses, Kit, SamnaChip
from speckhal_samna.speck import SETTLE_AFTER_APPLY_S, UPDATES_PER_S

from speckhal_speck2et.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_samna.bindings import Configuration, NeuronEvents, SinkNode, SourceNode, Vendor


class _Configurations(Protocol):
    """`samna.speck2e.configuration`, as far as it is for this chip."""

    @property
    def SpeckConfigurationT(self) -> Callable[[], Configuration]: ...


class _Speck2e(Protocol):
    """`samna.speck2e`, as far as it is for this chip."""

    @property
    def configuration(self) -> _Configurations: ...
    @property
    def event(self) -> NeuronEvents: ...
    def validate_configuration_t(self, arg0: object, /) -> tuple[bool, str]: ...


class _Vendor(Protocol):
    """The part of samna that this chip uses."""

    @property
    def speck2e(self) -> _Speck2e: ...
    @property
    def BasicSourceNode_speck2e_event_speck2et_input_event(self) -> Callable[[], SourceNode]: ...
    @property
    def BasicSinkNode_speck2e_event_output_event(self) -> Callable[[], SinkNode]: ...


def _classes(vendor: Vendor) -> ChipClasses:
    """Event classes, node classes and configuration, out of one samna module."""
    samna = cast("_Vendor", vendor)
    return ChipClasses(
        input_node=samna.BasicSourceNode_speck2e_event_speck2et_input_event,
        output_node=samna.BasicSinkNode_speck2e_event_output_event,
        event=samna.speck2e.event,
        new_configuration=samna.speck2e.configuration.SpeckConfigurationT,
        validate=samna.speck2e.validate_configuration_t,
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
    classes=_classes,
    settle_after_apply_s=SETTLE_AFTER_APPLY_S,
    updates_per_s=UPDATES_PER_S,
)
