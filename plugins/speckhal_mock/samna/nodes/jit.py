"""The vendor's compiled filters: some have a counterpart here, the others say that they have none.

Those that make pictures become stand-ins. What is compiled from a user's C++ is refused, since what
it does to events cannot be known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.samna.event_types import UI
from speckhal_mock.samna.nodes.filters import MemberSelectNode
from speckhal_mock.samna.nodes.pictures import (
    COLLECTED,
    MajorityReadoutNode,
    PictureNode,
    SpikeCollectionNode,
    SpikeCountNode,
)

if TYPE_CHECKING:
    from speckhal_mock.samna.iris import NodeInterface
    from speckhal_mock.samna.nodes.stream import EventType


class JitBuilder:
    """What becomes a filter in a graph, for events of the type of the node in front of it."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, stream: EventType) -> NodeInterface:
        """The filter behind a node that gives events of that type."""
        raise NotImplementedError


def built_after(builder: JitBuilder, stream: EventType) -> NodeInterface:
    """The filter that a builder becomes behind a node that gives events of that type."""
    return builder._after(stream)  # noqa: SLF001  # private only to the scripts that hold it


class JitMemberSelect(JitBuilder):
    """Becomes a filter that selects events by the value of a member."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, stream: EventType) -> NodeInterface:
        return MemberSelectNode(stream)


class _Picture(JitBuilder):
    """Becomes a stand-in. Of which type the events are, it learns from the node in front of it."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, arg0: object, /) -> None:  # noqa: ARG002  # the vendor's
        super().__init__()


class JitDvsEventToViz(_Picture):
    """Becomes a stand-in for what shows DVS events."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, stream: EventType) -> NodeInterface:
        return PictureNode("JitDvsEventToViz", stream, UI)


class JitSpikeCollection(_Picture):
    """Becomes a stand-in for what collects spikes over an interval."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, stream: EventType) -> NodeInterface:
        return SpikeCollectionNode("JitSpikeCollection", stream, COLLECTED)


class JitSpikeCount(_Picture):
    """Becomes a stand-in for what counts collected spikes."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, _stream: EventType) -> NodeInterface:
        return SpikeCountNode("JitSpikeCount", COLLECTED, UI)


class JitMajorityReadout(_Picture):
    """Becomes a stand-in for what picks the feature that spiked most."""

    __module__ = "samna.graph"
    __slots__ = ()

    def _after(self, _stream: EventType) -> NodeInterface:
        return MajorityReadoutNode("JitMajorityReadout", COLLECTED, UI)


class _NotEmulated:
    """A compiled filter that the emulation has no counterpart of."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, *_arguments: object, **_options: object) -> None:
        raise NotEmulatedError(
            f"samna.graph.{type(self).__name__} is not emulated: nothing compiles C++ here. "
            f"JitMemberSelect and the event type filters are; what only makes pictures is taken."
        )


class JitFilter(_NotEmulated):
    """A filter from C++ source; not emulated."""

    __module__ = "samna.graph"

    def __init__(self, name: str, source: str, debug: object = False) -> None:  # noqa: ARG002  # the vendor's
        raise NotEmulatedError(
            f"samna.graph.{type(self).__name__} is not emulated: nothing compiles C++ here, and "
            f"what {name!r} does to events cannot be known. Do it in Python, on what a sink gives."
        )


class JitFunctionFilter(JitFilter):
    """A filter from a C++ function; not emulated."""

    __module__ = "samna.graph"


class JitSource(_NotEmulated):
    """A source of any type; not emulated."""

    __module__ = "samna.graph"


class JitSink(_NotEmulated):
    """A sink of any types; not emulated."""

    __module__ = "samna.graph"


class JitEventCounterSink(_NotEmulated):
    """Counts events; not emulated."""

    __module__ = "samna.graph"


class JitEventCrop(_NotEmulated):
    """Events of a region; not emulated."""

    __module__ = "samna.graph"


class JitEventDecimate(_NotEmulated):
    """One event of every few; not emulated."""

    __module__ = "samna.graph"


class JitEventRescale(_NotEmulated):
    """Events fitted to another size of image; not emulated."""

    __module__ = "samna.graph"


class JitEventToggle(_NotEmulated):
    """Events while it is switched on; not emulated."""

    __module__ = "samna.graph"


class JitEventTypeFilter(_NotEmulated):
    """Events of one type; not emulated, unlike the filters with such names."""

    __module__ = "samna.graph"


class JitSplitting(_NotEmulated):
    """One stream in several; not emulated."""

    __module__ = "samna.graph"


class JitZMQReceiver(_NotEmulated):
    """Events from a socket; not emulated."""

    __module__ = "samna.graph"


class JitZMQStreamer(_NotEmulated):
    """Events to a socket; not emulated."""

    __module__ = "samna.graph"
