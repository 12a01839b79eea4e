"""The emulated `samna.specksim`: the vendor's simulator of networks, which needs no board."""

from __future__ import annotations

from speckhal_mock.samna.specksim import events as events
from speckhal_mock.samna.specksim import nodes as nodes
from speckhal_mock.sdk.simulated_layers import Convolution2d, IntegrateAndFire, SumPooling

__all__ = ["Convolution2d", "IntegrateAndFire", "SumPooling", "events", "nodes"]
