"""The vendor's compiled filters: one has a counterpart here, the others say that they have none."""

from __future__ import annotations

from speckhal_mock.emulation.errors import NotEmulatedError


class JitMemberSelect:
    """Becomes, in a graph, a filter that selects events by the value of a member."""

    __module__ = "samna.graph"
    __slots__ = ()


class _NotEmulated:
    """A compiled filter that the emulation has no counterpart of."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, *_arguments: object, **_options: object) -> None:
        raise NotEmulatedError(
            f"samna.graph.{type(self).__name__} is not emulated: nothing compiles C++ here. "
            f"JitMemberSelect and the event type filters are."
        )


class JitFilter(_NotEmulated):
    """A filter from C++ source; not emulated."""

    __module__ = "samna.graph"

    def __init__(self, name: str, source: str, debug: object = False) -> None:
        super().__init__(name, source, debug)


class JitFunctionFilter(JitFilter):
    """A filter from a C++ function; not emulated."""

    __module__ = "samna.graph"


class JitSource(_NotEmulated):
    """A source of any type; not emulated."""

    __module__ = "samna.graph"


class JitSink(_NotEmulated):
    """A sink of any types; not emulated."""

    __module__ = "samna.graph"


class JitDvsEventToViz(_NotEmulated):
    """DVS events to the visualizer; not emulated."""

    __module__ = "samna.graph"


class JitSpikeCollection(_NotEmulated):
    """Spikes of an interval; not emulated."""

    __module__ = "samna.graph"


class JitSpikeCount(_NotEmulated):
    """Spike counts for the visualizer; not emulated."""

    __module__ = "samna.graph"


class JitMajorityReadout(_NotEmulated):
    """The feature that spiked most; not emulated."""

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
