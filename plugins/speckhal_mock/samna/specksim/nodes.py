"""The emulated `samna.specksim.nodes`."""

from __future__ import annotations

from speckhal_mock.sdk.nodes.simulation import (
    SpecksimConvolutionalFilterNode,
    SpecksimIAFFilterNode,
    SpecksimSumPoolingFilterNode,
)

__all__ = [
    "SpecksimConvolutionalFilterNode",
    "SpecksimIAFFilterNode",
    "SpecksimSumPoolingFilterNode",
]
