"""The emulated `samna.graph`: event graphs, and the short cuts that need none.

Events pass through a graph while it is started. What a board sends while nobody listens is lost,
and what is written where no started graph leads on is refused.
"""

from __future__ import annotations

import weakref
from types import ModuleType
from typing import TYPE_CHECKING

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import object_list, text
from speckhal_mock.sdk.event_types import NAMED_FILTERS
from speckhal_mock.sdk.node_classes import SINKS, SOURCES
from speckhal_mock.sdk.nodes import jit
from speckhal_mock.sdk.nodes.filters import rescaling_coefficient
from speckhal_mock.sdk.nodes.jit import *  # noqa: F403  # what it says that it has
from speckhal_mock.sdk.nodes.network import Network
from speckhal_mock.sdk.nodes.stream import Circuit, Link, NodeInterface, node_behind, refuse_silence
from speckhal_mock.sdk.nodes.waiting import catch_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_mock.sdk.nodes.ends import BasicSinkNode, BasicSourceNode
    from speckhal_mock.sdk.nodes.stream import Node

__all__ = ["EventFilterGraph", "nodes", "sink_from", "source_to"]
__all__ += jit.__all__

_detail = ModuleType("samna.graph.nodes.detail", "How events are fitted to another image size.")
vars(_detail)["rescaling_coefficient"] = rescaling_coefficient
nodes = ModuleType("samna.graph.nodes", "Nothing but what its nodes need.")
vars(nodes)["detail"] = _detail


class EventFilterGraph:
    """Connects nodes, and passes events along while it is started."""

    __module__ = "samna.graph"
    __slots__ = ("__weakref__", "_network")

    def __init__(self) -> None:
        self._network = Network()
        weakref.finalize(self, self._network.abandon).atexit = False

    def sequential(self, arg0: object, /) -> list[NodeInterface]:
        """Connect nodes in the order given; a node that is known already branches or merges.

        Args:
            arg0: nodes, names of filters and Jit objects.

        Returns:
            One node for each element: the nodes given, and the filters made.

        Raises:
            TypeError: an element is none of these.
            RuntimeError: two neighbours cannot be connected; then none are.
            NotEmulatedError: there is such a filter, but not here.
        """
        faces: list[NodeInterface] = []
        for element in object_list(arg0, "sequential"):
            faces.append(_node_for(element, faces))
        self._network.chain(list(map(node_behind, faces)))
        return faces

    def start(self) -> bool:
        """Let events pass; False if they do already. It takes time on every board in the graph."""
        return self._network.start()

    def stop(self) -> bool:
        """Let no more events pass; False if none do."""
        return self._network.stop()

    def has_node(self, arg0: object, /) -> bool:
        """Whether the node is part of this graph."""
        return _node(arg0, "has_node") in self._network

    def add_filter_node(self, arg0: object, /) -> NodeInterface:
        """Make a filter by its name. Deprecated: `sequential` does this."""
        _deprecate("add_filter_node")
        made = _named_filter(text(arg0, "add_filter_node"))
        self._network.add(node_behind(made))
        return made

    def connect(self, arg0: object, arg1: object, /) -> bool:
        """Connect two nodes; False if they cannot be, or are already. Deprecated."""
        _deprecate("connect")
        upstream, downstream = _node(arg0, "connect"), _node(arg1, "connect")
        if self._network.link_refusal(upstream, downstream) is not None:
            return False
        return self._network.link(upstream, downstream)

    def disconnect(self, arg0: object, arg1: object, /) -> bool:
        """Disconnect two nodes; False if they were not connected here. Deprecated."""
        _deprecate("disconnect")
        return self._network.unlink(_node(arg0, "disconnect"), _node(arg1, "disconnect"))

    def remove(self, arg0: object, /) -> bool:
        """Take a node out of the graph; False if it is not in it. Deprecated."""
        _deprecate("remove")
        return self._network.remove(_node(arg0, "remove"))


def sink_from(node: object) -> BasicSinkNode:
    """A sink that gets what `node` sends from now on, for as long as the sink is held.

    Raises:
        TypeError: it is not a node.
        RuntimeError: it is a node that sends nothing.
    """
    source = _node(node, "sink_from")
    if source.offers is None:
        raise RuntimeError(
            f"Asked for a sink from a {type(node).__name__}, which sends nothing. "
            f"Give a source node, such as a board's get_model_source_node()."
        )
    if source.offers not in SINKS:
        raise NotEmulatedError(
            f"Asked for a sink from a {type(node).__name__}, which gives {source.offers.variant}: "
            f"samna's type of these is not known. Take it from what counts them."
        )
    face = SINKS[source.offers]()
    sink = node_behind(face)
    refuse_silence(source, sink)
    catch_up(source.boards_upstream())
    sink.keeps = (Link(source, sink, Circuit(closed=True)),)
    return face


def source_to(node: object) -> BasicSourceNode:
    """A source whose events go straight to `node`, for as long as the source is held.

    Raises:
        TypeError: it is not a node.
        RuntimeError: it is a node that takes nothing.
    """
    sink = _node(node, "source_to")
    if sink.accepts is None:
        raise RuntimeError(
            f"Asked for a source to a {type(node).__name__}, which takes nothing. "
            f"Give a sink node, such as a board's get_model_sink_node()."
        )
    face = SOURCES[sink.accepts]()
    source = node_behind(face)
    source.keeps = (Link(source, sink, Circuit(closed=True)), sink)
    return face


def _node_for(element: object, before: Sequence[NodeInterface]) -> NodeInterface:
    """The node that an element of `sequential` stands for, `before` being those in front of it."""
    if isinstance(element, NodeInterface):
        return element
    if isinstance(element, str):
        return _named_filter(element)
    if isinstance(element, jit.JitBuilder):
        return jit.built(element, node_behind(before[-1]).offers if before else None)
    raise misfit("sequential", "a list of nodes, names of filters and Jit objects", element)


def _named_filter(name: str) -> NodeInterface:
    if name not in NAMED_FILTERS:
        raise NotEmulatedError(
            f"Asked for a filter called {name!r}, and none of that name is emulated. "
            f"There are: {', '.join(sorted(NAMED_FILTERS))}."
        )
    return NAMED_FILTERS[name]()


def _node(candidate: object, taker: str) -> Node:
    if not isinstance(candidate, NodeInterface):
        raise misfit(taker, "a node", candidate)
    return node_behind(candidate)


def _deprecate(method: str) -> None:
    warn_user(
        f"EventFilterGraph.{method} is deprecated, use sequential instead.",
        DeprecationWarning,
    )
