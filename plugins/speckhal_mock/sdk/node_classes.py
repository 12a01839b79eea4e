"""The vendor's node classes: for each type of events one to write to and one to read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from speckhal_mock.sdk.event_types import (
    MEASUREMENT,
    SPECK2E_INPUT,
    SPECK2E_OUTPUT,
    SPECK2ET_INPUT,
    SPECK2F_INPUT,
    SPECK2F_OUTPUT,
    SPECKSIM_SPIKE,
    SPECKSIM_WEIGHTED_EVENT,
    UI,
)
from speckhal_mock.sdk.nodes.ends import (
    BasicSinkNode,
    BasicSourceNode,
    DeviceSinkNode,
    DeviceSourceNode,
    PowerSourceNode,
)
from speckhal_mock.sdk.nodes.pictures import UiSourceNode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_mock.sdk.nodes.stream import EventType, NodeInterface

N = TypeVar("N", bound="NodeInterface")


def _of(kind: type[N], event_type: EventType, name: str | None = None) -> type[N]:
    """The subclass of `kind` for events of one type, under the vendor's name."""
    made: type[N] = type(
        f"{name or kind.__name__}_{event_type.name}",
        (kind,),
        {
            "__module__": "samna",
            "__slots__": (),
            "__doc__": f"{kind.__doc__} This is the one for {event_type.variant}.",
            "_event_type": event_type,
        },
    )
    return made


_TYPES: Final = (
    SPECK2E_INPUT,
    SPECK2ET_INPUT,
    SPECK2E_OUTPUT,
    SPECK2F_INPUT,
    SPECK2F_OUTPUT,
    MEASUREMENT,
    SPECKSIM_SPIKE,
    SPECKSIM_WEIGHTED_EVENT,
)

SOURCES: Final = {
    **{event_type: _of(BasicSourceNode, event_type) for event_type in _TYPES},
    UI: _of(UiSourceNode, UI, "BasicSourceNode"),
}
"""The class that takes a script's events, by type of event."""

SINKS: Final = {event_type: _of(BasicSinkNode, event_type) for event_type in (*_TYPES, UI)}
"""The class that buffers events for a script, by type of event."""

CHIP_SOURCES: Final = {
    event_type: _of(DeviceSourceNode, event_type) for event_type in (SPECK2E_OUTPUT, SPECK2F_OUTPUT)
}
"""The class of a board's source node, by type of event."""

POWER_SOURCE: Final = _of(PowerSourceNode, MEASUREMENT, "DeviceSourceNode")
"""The class of the source node of a board's power monitor."""

CHIP_SINKS: Final = {
    event_type: _of(DeviceSinkNode, event_type)
    for event_type in (SPECK2E_INPUT, SPECK2ET_INPUT, SPECK2F_INPUT)
}
"""The class of a board's sink node, by type of event."""

NODE_CLASSES: Final[Mapping[str, type[NodeInterface]]] = {
    made.__name__: made
    for made in (
        *SOURCES.values(),
        *SINKS.values(),
        *CHIP_SOURCES.values(),
        POWER_SOURCE,
        *CHIP_SINKS.values(),
    )
}
"""All of them, by the vendor's name."""
