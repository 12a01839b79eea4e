"""How events get from node to node: streams, links, nodes, and what scripts hold of a node."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, TypeAlias

import attrs

from speckhal_mock.emulation.errors import NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.clock import EmulationClock


@attrs.frozen(eq=False)
class EventType:
    """What a stream carries: one of the vendor's C++ variants.

    Attributes:
        name: as in the names of node classes, such as "speck2f_event_output_event".
        variant: the vendor's C++ name, such as "speck2f::event::OutputEvent".
        classes: the event classes of the variant, in its order.
    """

    name: str
    variant: str
    classes: tuple[type[object], ...]

    def cpp_names(self) -> tuple[str, ...]:
        """C++ names of the classes, such as "speck2f::event::Spike", in the variant's order."""
        return tuple(map(cpp_name, self.classes))

    def strangers(self, events: Sequence[object]) -> list[object]:
        """Those of `events` that this stream cannot carry."""
        kinds = set(map(type, events)).difference(self.classes)
        return [event for event in events if type(event) in kinds] if kinds else []


def cpp_name(event_class: type[object]) -> str:
    """The vendor's C++ name of an event class."""
    namespace = event_class.__module__.removeprefix("samna.").replace(".", "::")
    return f"{namespace}::{event_class.__name__}"


@attrs.define(eq=False)
class Circuit:
    """What a set of links shares: events pass while it is closed."""

    closed: bool = False


Links: TypeAlias = "tuple[weakref.ref[Link], ...]"
"""Links at one side of a node. Replaced, never changed, since threads may be going over it."""


class Link:
    """Events may pass from `upstream` to `downstream`, for as long as somebody holds this.

    It keeps the upstream node alive but not the downstream one, so that a sink nobody holds is
    gone at once and not when the garbage collector finds it.
    """

    __slots__ = ("__weakref__", "_downstream", "circuit", "upstream")

    def __init__(self, upstream: Node, downstream: Node, circuit: Circuit) -> None:
        self.upstream = upstream
        self._downstream = weakref.ref(downstream)
        self.circuit = circuit
        upstream.outputs = _with(upstream.outputs, self)
        downstream.inputs = _with(downstream.inputs, self)

    @property
    def downstream(self) -> Node | None:
        """Where events go; None once that node is gone."""
        return self._downstream()


def _existing(links: Links) -> Iterator[Link]:
    return (link for reference in links if (link := reference()) is not None)


def _with(links: Links, more: Link) -> Links:
    return tuple(map(weakref.ref, (*_existing(links), more)))


class Node:
    """A place that events pass: what `accepts` goes in, what `offers` comes out.

    A node that takes nothing, or gives nothing, has None there.

    Attributes:
        is_silent: whether it gives nothing, and only stands where one would that does.
        is_read: whether a script takes what gets here, or that nothing does, for an answer.
        keeps: what must not go before this node does.
    """

    is_silent = False
    is_read = False

    def __init__(self, accepts: EventType | None = None, offers: EventType | None = None) -> None:
        self.accepts = accepts
        self.offers = offers
        self.inputs: Links = ()
        self.outputs: Links = ()
        self.keeps: tuple[object, ...] = ()

    @property
    def boards(self) -> tuple[EmulatedBoard, ...]:
        """Open boards that this node itself belongs to."""
        return ()

    @property
    def clocks(self) -> tuple[EmulationClock, ...]:
        """Clocks of the boards that this node itself belongs to, open or not."""
        return ()

    def waits_ns(self) -> Iterator[int]:
        """How long until what this node itself belongs to could send something through it."""
        return iter(())

    def pass_time(self) -> None:
        """Send what is due by now at this node itself."""

    def pass_time_upstream(self) -> None:
        """Let each node whose events could get here, and then this one, send what is due."""
        for link in _existing(self.inputs):
            link.upstream.pass_time_upstream()
        self.pass_time()

    def receive(self, events: Sequence[object]) -> None:
        """Take `events`, none of which `accepts` would refuse."""
        raise NotImplementedError

    def receive_failure(self, message: str) -> None:
        """Hear that a node upstream failed."""
        self.emit_failure(message)

    def emit(self, events: Sequence[object]) -> bool:
        """Pass `events` on; whether anybody got them."""
        heard = False
        for node in self._listeners():
            node.receive(events)
            heard = True
        return heard

    def emit_failure(self, message: str) -> None:
        """Let every node downstream know that something failed."""
        for node in self._listeners():
            node.receive_failure(message)

    @property
    def is_heard(self) -> bool:
        """Whether an event would reach any node downstream now."""
        return any(True for _ in self._listeners())

    def boards_upstream(self) -> tuple[EmulatedBoard, ...]:
        """Open boards whose events could get here, over started and stopped graphs alike."""
        found = dict.fromkeys(self.boards)
        for link in _existing(self.inputs):
            found |= dict.fromkeys(link.upstream.boards_upstream())
        return tuple(found)

    def clocks_upstream(self) -> tuple[EmulationClock, ...]:
        """Clocks of the boards whose events could get here, or could until they were closed."""
        found = dict.fromkeys(self.clocks)
        for link in _existing(self.inputs):
            found |= dict.fromkeys(link.upstream.clocks_upstream())
        return tuple(found)

    def waits_upstream_ns(self) -> set[int]:
        """How long until something could get here by itself, for each node that could send it."""
        found = set(self.waits_ns())
        for link in _existing(self.inputs):
            found |= link.upstream.waits_upstream_ns()
        return found

    def board_behind(self) -> EmulatedBoard | None:
        """The board, if only one's events get here, each once, and get nowhere else."""
        return None

    def board_of_sole_input(self) -> EmulatedBoard | None:
        """The same of what is upstream of this node, if that is one node."""
        upstream = [link.upstream for link in _existing(self.inputs)]
        if len(upstream) != 1 or len(list(_existing(upstream[0].outputs))) != 1:
            return None
        return upstream[0].board_behind()

    def is_upstream_of(self, other: Node) -> bool:
        """Whether events of this node could get to `other`; a node is upstream of itself."""
        return self is other or any(
            self.is_upstream_of(link.upstream) for link in _existing(other.inputs)
        )

    def _listeners(self) -> Iterator[Node]:
        """Nodes downstream that events reach now."""
        for link in _existing(self.outputs):
            downstream = link.downstream
            if link.circuit.closed and downstream is not None:
                yield downstream


def refuse_silence(upstream: Node, downstream: Node) -> None:
    """Let nobody take the silence of a stand-in for an answer.

    Raises:
        NotEmulatedError: a script would wait for what a stand-in sends.
    """
    if upstream.is_silent and downstream.is_read and upstream.offers is not None:
        raise NotEmulatedError(
            f"Asked for a sink for {upstream.offers.variant} behind what is a stand-in, and gives "
            f"nothing. Windows are not emulated."
        )


class NodeInterface:
    """A node of an event graph, as scripts hold it.

    It only shows the vendor's methods. What it does is a `Node`, got with `node_behind`.
    """

    __module__ = "samna.iris"
    __slots__ = ("__weakref__", "_node")

    def __init__(self, node: Node) -> None:
        self._node = node


def node_behind(face: NodeInterface) -> Node:
    """The node that does what `face` shows."""
    return face._node  # noqa: SLF001  # private only to the scripts that hold the face
