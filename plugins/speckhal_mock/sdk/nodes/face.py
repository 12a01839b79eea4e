"""What scripts hold of a node of an event graph, and the node behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speckhal_mock.sdk.nodes.stream import Node


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
