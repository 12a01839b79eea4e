"""What the streams of each chip carry, and the filters that the vendor names after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from speckhal_mock.sdk import windows as ui
from speckhal_mock.sdk.chip_events import SPECK2E, SPECK2F, ChipEvents
from speckhal_mock.sdk.nodes.counting_nodes import (
    MajorityReadoutNode,
    SpikeCollectionNode,
    SpikeCountNode,
)
from speckhal_mock.sdk.nodes.filters import ForwardNode, MemberSelectNode, TypeFilterNode
from speckhal_mock.sdk.nodes.picking import CustomFilterNode, EventCropNode
from speckhal_mock.sdk.nodes.pictures import (
    PictureNode,
    VizEventReceiverNode,
    VizEventStreamerNode,
)
from speckhal_mock.sdk.nodes.stream import EventType, NodeInterface
from speckhal_mock.sdk.records import POWER_MEASUREMENT
from speckhal_mock.sdk.simulated_events import SPIKE, WEIGHTED_EVENT

NamedFilter: TypeAlias = Callable[[], NodeInterface]


def _of_variant(chip: ChipEvents, name: str, variant: str) -> EventType:
    """What a stream of that chip carries; `name` is the variant's in names of node classes."""
    return EventType(
        f"{chip.name}_event_{name}", f"{chip.name}::event::{variant}", chip.variants[variant]
    )


SPECK2E_INPUT: Final = _of_variant(SPECK2E, "speck2e_input_event", "Speck2eInputEvent")
SPECK2ET_INPUT: Final = _of_variant(SPECK2E, "speck2et_input_event", "Speck2etInputEvent")
SPECK2E_OUTPUT: Final = _of_variant(SPECK2E, "output_event", "OutputEvent")
SPECK2F_INPUT: Final = _of_variant(SPECK2F, "input_event", "InputEvent")
SPECK2F_OUTPUT: Final = _of_variant(SPECK2F, "output_event", "OutputEvent")

UI: Final = EventType(
    "ui_event",
    "ui::Event",
    (
        ui.VisualizerConfiguration,
        ui.ActivityPlotConfiguration,
        ui.PowerMeasurementPlotConfiguration,
        ui.ReadoutPlotConfiguration,
        ui.SpikeCountPlotConfiguration,
    ),
)
MEASUREMENT: Final = EventType(
    "unifirm_modules_events_measurement",
    "unifirm::modules::events::Measurement",
    (POWER_MEASUREMENT,),
)
"""What a power monitor gives."""

SPECKSIM_SPIKE: Final = EventType("specksim_events_spike", "specksim::events::Spike", (SPIKE,))
SPECKSIM_WEIGHTED_EVENT: Final = EventType(
    "specksim_events_weighted_event", "specksim::events::WeightedEvent", (WEIGHTED_EVENT,)
)

CAMERA: Final = EventType("camera_event_dvs_event", "camera::event::DvsEvent", ())
"""What a camera at the host would give. None is emulated, so that none exists."""


def _pictures(
    *stand_ins: tuple[type[PictureNode], str, EventType | None, EventType | None],
) -> dict[str, NamedFilter]:
    """Stand-ins by name, from their class, their name, what they accept and what they offer."""
    return {name: partial(kind, name, *ends) for kind, name, *ends in stand_ins}


def _of_chip(chip: str, given: EventType, sent: EventType) -> dict[str, NamedFilter]:
    """The filters that exist once for each chip, whose names begin with the chip's."""
    return {
        f"{chip}InputEventTypeFilter": partial(TypeFilterNode, given),
        f"{chip}InputMemberSelect": partial(MemberSelectNode, given),
        f"{chip}OutputEventTypeFilter": partial(TypeFilterNode, sent),
        f"{chip}OutputMemberSelect": partial(MemberSelectNode, sent),
        f"{chip}Forward": partial(ForwardNode, sent),
        f"{chip}CustomFilterNode": partial(CustomFilterNode, sent),
        f"{chip}DvsEventCrop": partial(EventCropNode, sent, "DvsEvent"),
        f"{chip}SpikeEventCrop": partial(EventCropNode, sent, "Spike"),
        **_pictures((PictureNode, f"{chip}DvsToVizConverter", sent, UI)),
        f"{chip}SpikeCollectionNode": partial(SpikeCollectionNode, sent),
        f"{chip}SpikeCountNode": partial(SpikeCountNode, UI),
        f"{chip}MajorityReadoutNode": partial(MajorityReadoutNode, UI),
    }


NAMED_FILTERS: Final[Mapping[str, NamedFilter]] = {
    **_of_chip("Speck2e", SPECK2E_INPUT, SPECK2E_OUTPUT),
    **_of_chip("Speck2f", SPECK2F_INPUT, SPECK2F_OUTPUT),
    **_pictures(
        (PictureNode, "CameraToVizConverter", CAMERA, UI),
        (PictureNode, "MeasurementToVizConverter", MEASUREMENT, UI),
        (VizEventStreamerNode, "VizEventStreamer", UI, None),
        (VizEventReceiverNode, "VizEventReceiver", None, UI),
    ),
}
"""What makes each filter that has a name. The vendor's pages show Speck2f's names; those for
Speck2e are seen in users' programs or follow from them."""
