"""The emulated `samna.iris`: what every node of a graph is."""

from __future__ import annotations

from speckhal_mock.sdk.nodes.face import NodeInterface

__all__ = ["NodeInterface"]
