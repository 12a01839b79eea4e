"""The emulated `samna.graph.nodes`: nothing but what its nodes need."""

from __future__ import annotations

from speckhal_mock.samna.graph.nodes import detail

__all__ = ["detail"]
