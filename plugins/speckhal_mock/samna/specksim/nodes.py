"""The emulated `samna.specksim.nodes`."""

from __future__ import annotations

from speckhal_mock.sdk.nodes.specksim import (
    SpecksimConvolutionalFilterNode,
    SpecksimIAFFilterNode,
    SpecksimSumPoolingFilterNode,
)

__all__ = [
    "SpecksimConvolutionalFilterNode",
    "SpecksimIAFFilterNode",
    "SpecksimSumPoolingFilterNode",
]
