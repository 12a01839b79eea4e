"""The vendor's compiled filters: some have a counterpart here, the others say that they have none.

Those that make pictures become stand-ins. What is compiled from a user's C++ is refused, since what
it does to events cannot be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import object_list
from speckhal_mock.sdk import windows as ui
from speckhal_mock.sdk.event_types import UI
from speckhal_mock.sdk.node_classes import SINKS, SOURCES
from speckhal_mock.sdk.nodes.counting_nodes import (
    MajorityReadoutNode,
    SpikeCollectionNode,
    SpikeCountNode,
)
from speckhal_mock.sdk.nodes.filters import MemberSelectNode
from speckhal_mock.sdk.nodes.pictures import PictureNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal_mock.sdk.nodes.stream import EventType, NodeInterface

__all__ = [
    "JitDvsEventToViz",
    "JitEventCounterSink",
    "JitEventCrop",
    "JitEventDecimate",
    "JitEventRescale",
    "JitEventToggle",
    "JitEventTypeFilter",
    "JitFilter",
    "JitFunctionFilter",
    "JitMajorityReadout",
    "JitMemberSelect",
    "JitSink",
    "JitSource",
    "JitSpikeCollection",
    "JitSpikeCount",
    "JitSplitting",
    "JitZMQReceiver",
    "JitZMQStreamer",
]


class JitBuilder:
    """What becomes a node in a graph, mostly for events of the type of the node in front of it."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _built(self, before: EventType | None) -> NodeInterface:
        """The node behind one that gives events of that type, or in front of all."""
        if before is None:
            raise RuntimeError(
                f"A {type(self).__name__} takes the type of its events from the node in front of "
                f"it, and there is none that sends any. Put a source node first."
            )
        return self._after(before)

    def _after(self, stream: EventType) -> NodeInterface:
        """The filter behind a node that gives events of that type."""
        raise NotImplementedError


def built(builder: JitBuilder, before: EventType | None) -> NodeInterface:
    """What a builder becomes behind a node that gives events of that type, if there is any.

    Raises:
        RuntimeError: it needs one, and there is none.
        NotEmulatedError: only stand-ins are in front of what would buffer events.
    """
    return builder._built(before)  # noqa: SLF001  # private only to the scripts that hold it


class JitSource(JitBuilder):
    """Becomes what takes a script's events of one of the vendor's variants."""

    __module__ = "samna.graph"
    __slots__ = ("_node_class",)

    def __init__(self, arg0: object, /) -> None:
        self._node_class: Callable[[], NodeInterface] = SOURCES[_variant(arg0, self)]

    def _built(self, _before: EventType | None) -> NodeInterface:
        return self._node_class()


class JitSink(JitBuilder):
    """Becomes what buffers events for a script: of a variant given, or of the node in front."""

    __module__ = "samna.graph"
    __slots__ = ("_streams",)

    def __init__(self, arg0: object = (), /) -> None:
        given = object_list(arg0, "JitSink")
        if len(given) > 1:
            raise NotEmulatedError(
                f"samna.graph.JitSink is not emulated for {len(given)} types of events at once. "
                f"Make one for each."
            )
        self._streams = [_variant(handle, self) for handle in given]

    def _built(self, before: EventType | None) -> NodeInterface:
        return SINKS[self._streams[0]]() if self._streams else super()._built(before)

    def _after(self, stream: EventType) -> NodeInterface:
        if stream not in SINKS:
            raise NotEmulatedError(
                f"Asked for a JitSink for {stream.variant}: samna's type of these is not known. "
                f"Put it behind what counts them."
            )
        return SINKS[stream]()


def _variant(handle: object, asking: JitBuilder) -> EventType:
    """The stream of which `handle` is the type, such as `samna.speck2f.event.OutputEvent`."""
    if handle is ui.Event:
        return UI
    kinds = set(get_args(handle)) or {handle}
    for stream in SOURCES:
        if kinds == set(stream.classes):
            return stream
    raise NotEmulatedError(
        f"samna.graph.{type(asking).__name__} is not emulated for {handle!r}: events pass only "
        f"as one of {', '.join(stream.variant for stream in SOURCES)}. Give that one, such as "
        f"samna.speck2f.event.OutputEvent, and select by an event type filter."
    )


class JitMemberSelect(JitBuilder):
    """Becomes a filter that selects events by the value of a member."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, stream: EventType) -> NodeInterface:
        return MemberSelectNode(stream)


class JitDvsEventToViz(JitBuilder):
    """Becomes a stand-in for what shows DVS events."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, arg0: object, /) -> None:
        """Take the type of a window's events, `samna.ui.Event`."""

    def _after(self, stream: EventType) -> NodeInterface:
        return PictureNode(type(self).__name__, stream, UI)


class JitSpikeCollection(JitBuilder):
    """Becomes what collects the spikes of a type, such as `samna.speck2f.event.Spike`."""

    __module__ = "samna.graph"
    __slots__ = ("_spike",)

    def __init__(self, arg0: object, /) -> None:
        if not isinstance(arg0, type):
            raise misfit("JitSpikeCollection", "a type of spikes", arg0)
        self._spike = arg0

    def _after(self, stream: EventType) -> NodeInterface:
        return SpikeCollectionNode(stream, self._spike)


class JitSpikeCount(JitBuilder):
    """Becomes what counts the spikes of each feature in what is collected."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, arg0: object, /) -> None:
        """Take the type of a window's events, `samna.ui.Event`."""

    def _after(self, _stream: EventType) -> NodeInterface:
        return SpikeCountNode(UI)


class JitMajorityReadout(JitBuilder):
    """Becomes what picks the feature with the most spikes in what is collected."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, arg0: object, /) -> None:
        """Take the type of a window's events, `samna.ui.Event`."""

    def _after(self, _stream: EventType) -> NodeInterface:
        return MajorityReadoutNode(UI)


class JitFilter:
    """A filter from C++ source; not emulated."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, name: str, source: str, debug: object = False) -> None:  # noqa: ARG002  # the vendor's
        raise NotEmulatedError(
            f"samna.graph.{type(self).__name__} is not emulated: nothing compiles C++ here, and "
            f"what {name!r} does to events cannot be known. Do it in Python, on what a sink gives."
        )


class JitFunctionFilter(JitFilter):
    """A filter from a C++ function; not emulated."""

    __module__ = "samna.graph"


class _NotEmulated:
    """A compiled filter that the emulation has no counterpart of."""

    def __init__(self, *_arguments: object, **_options: object) -> None:
        raise NotEmulatedError(
            f"samna.graph.{type(self).__name__} is not emulated: it has no counterpart here. "
            f"JitSource, JitSink, JitMemberSelect and the event type filters have; what only makes "
            f"pictures is taken."
        )


def _not_emulated(name: str, what: str) -> type[_NotEmulated]:
    doc = f"{what}; not emulated."
    return type(name, (_NotEmulated,), {"__module__": "samna.graph", "__doc__": doc})


JitEventCounterSink = _not_emulated("JitEventCounterSink", "Counts events")
JitEventCrop = _not_emulated("JitEventCrop", "Events of a region")
JitEventDecimate = _not_emulated("JitEventDecimate", "One event of every few")
JitEventRescale = _not_emulated("JitEventRescale", "Events fitted to another size of image")
JitEventToggle = _not_emulated("JitEventToggle", "Events while it is switched on")
JitEventTypeFilter = _not_emulated(
    "JitEventTypeFilter", "Events of one type, unlike the filters with such names"
)
JitSplitting = _not_emulated("JitSplitting", "One stream in several")
JitZMQReceiver = _not_emulated("JitZMQReceiver", "Events from a socket")
JitZMQStreamer = _not_emulated("JitZMQStreamer", "Events to a socket")
