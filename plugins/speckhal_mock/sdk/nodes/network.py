"""Nodes and links that start and stop together: what an `EventFilterGraph` is made of."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

from speckhal.system.programs import program_is_ending
from speckhal_mock.emulation.kits import other_chip_hint
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call
from speckhal_mock.sdk.nodes.stream import Circuit, Link, Node, refuse_silence
from speckhal_mock.sdk.nodes.waiting import catch_up, settle, spend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_mock.emulation.board import EmulatedBoard

_log = logging.getLogger("samna.graph")


class Network:
    """Linked nodes that pass events while the network runs.

    It keeps its nodes and links alive; what it drops, and nobody else holds, is gone.
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._links: list[Link] = []
        self._circuit = Circuit()
        self._was_started = False

    def __contains__(self, node: Node) -> bool:
        return node in self._nodes

    def add(self, node: Node) -> None:
        """Keep `node`; once is enough."""
        if node not in self._nodes:
            self._nodes.append(node)

    def chain(self, nodes: Sequence[Node]) -> None:
        """Link each node to the next; all of them or, after an error, none.

        Raises:
            RuntimeError: two neighbours cannot be linked.
            NotEmulatedError: a script would wait for what a stand-in sends.
        """
        nodes_before, links_before = list(self._nodes), len(self._links)
        for node in nodes:
            self.add(node)
        try:
            for upstream, downstream in pairwise(nodes):
                self._must_fit(upstream, downstream)
                self.link(upstream, downstream)
        except RuntimeError:
            del self._links[links_before:]
            self._nodes = nodes_before
            raise

    def _must_fit(self, upstream: Node, downstream: Node) -> None:
        refusal = self.link_refusal(upstream, downstream)
        if refusal is not None:
            raise RuntimeError(refusal)

    def link_refusal(self, upstream: Node, downstream: Node) -> str | None:
        """Why the two cannot be linked, as a sentence; None if they can."""
        given, taken = upstream.offers, downstream.accepts
        if given is None or taken is None or given is not taken:
            gives = "no events" if given is None else f"events of type {given.variant}"
            takes = "none" if taken is None else f"those of type {taken.variant}"
            return (
                f"The first of two nodes to be linked gives {gives}, and the second takes {takes}."
                f"{_hint(upstream, downstream)}"
            )
        if downstream.is_upstream_of(upstream):
            return "Linking these two nodes would close a ring, and events would go round for ever."
        return None

    def link(self, upstream: Node, downstream: Node) -> bool:
        """Let events pass from one to the other; False if they do already.

        Raises:
            NotEmulatedError: a script would wait for what a stand-in sends.
        """
        if self._between(upstream, downstream):
            return False
        refuse_silence(upstream, downstream)
        self.add(upstream)
        self.add(downstream)
        catch_up(upstream.boards_upstream())
        self._links.append(Link(upstream, downstream, self._circuit))
        return True

    def unlink(self, upstream: Node, downstream: Node) -> bool:
        """Let no more events pass from one to the other; False if none did."""
        between = self._between(upstream, downstream)
        settle(upstream.boards_upstream())
        self._links = [link for link in self._links if link not in between]
        return bool(between)

    def remove(self, node: Node) -> bool:
        """Drop `node` and its links here; False if it is not here."""
        if node not in self:
            return False
        settle(self._boards())
        self._links = [link for link in self._links if node not in {link.upstream, link.downstream}]
        self._nodes.remove(node)
        return True

    def start(self) -> bool:
        """Let events pass from now on; False if they do already.

        What fell due before is lost, as it is on a board nobody listens to. Starting takes time
        on the clock of every board that has a node here.
        """
        if self._circuit.closed:
            return False
        boards = self._boards()
        with current_bus().faults.calling(Call.START, *boards):
            spend(boards, lambda board: board.options.graph_start_s)
            catch_up(boards)
            self._circuit.closed = self._was_started = True
            return True

    def stop(self) -> bool:
        """Let no more events pass; False if none do. What has fallen due still arrives."""
        if not self._circuit.closed:
            return False
        boards = self._boards()
        with current_bus().faults.calling(Call.STOP, *boards):
            try:
                settle(boards)
            finally:
                self._circuit.closed = False
            return True

    def abandon(self) -> None:
        """Complain, as the vendor does, if the graph goes while running or was never started.

        Where a whole program ends, and everything goes, nothing is said.
        """
        if program_is_ending():
            return
        if self._circuit.closed:
            _log.warning("Graph is destroyed while running! Stop it before dropping it.")
        elif not self._was_started:
            _log.warning("Graph is destroyed without any start!")

    def _boards(self) -> tuple[EmulatedBoard, ...]:
        boards = (board for node in self._nodes for board in node.boards_upstream())
        return tuple({id(board): board for board in boards}.values())

    def _between(self, upstream: Node, downstream: Node) -> list[Link]:
        return [
            link
            for link in self._links
            if link.upstream is upstream and link.downstream is downstream
        ]


def _hint(upstream: Node, downstream: Node) -> str:
    """What to type if one of two nodes is a board's, and the other is for another chip."""
    if upstream.offers is None or downstream.accepts is None:
        return ""
    given, taken = downstream.accepts.variant, upstream.offers.variant
    if downstream.boards:
        given, taken = taken, given
    elif not upstream.boards_upstream():
        return ""
    return other_chip_hint(given, taken)
