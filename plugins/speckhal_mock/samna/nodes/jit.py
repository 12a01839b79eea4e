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

    def __init__(self, *_arguments: object) -> None:
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
