"""The emulated `samna.specksim`: the vendor's simulator of networks, which needs no board."""

from __future__ import annotations

from speckhal_mock.samna.specksim import events as events
from speckhal_mock.samna.specksim import nodes as nodes

__all__ = ["events", "nodes"]
