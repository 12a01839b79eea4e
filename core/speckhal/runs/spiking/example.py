"""A network to see spikes with, where nobody brings one."""

from __future__ import annotations

from typing import Final

import numpy as np

from speckhal.contract.network_spec import SPIKE_WEIGHT, ExampleNetwork, LayerSpec

SUMMARY: Final = "an example of three layers, 2x16x16, 4x12x12 and 10x1x1 neurons"

_LAYERS: Final = (((2, 16, 16), 2), ((4, 12, 12), 25), ((10, 1, 1), 200))
"""Shape of each layer, and how many spikes that reach a neuron let it fire."""


def spiking_example() -> ExampleNetwork:
    """Three layers for an input of 1x16x16, for every device; all of them fire.

    Neurons start from potentials of their own, always the same ones, so that not all channels fire
    together although all weights are alike.
    """
    random = np.random.default_rng(0)
    layers = [
        LayerSpec(
            shape,
            threshold_high=spikes * SPIKE_WEIGHT,
            threshold_low=-spikes * SPIKE_WEIGHT,
            initial=random.integers(0, spikes * SPIKE_WEIGHT, shape).astype(np.int16),
        )
        for shape, spikes in _LAYERS
    ]
    return ExampleNetwork(layers, (1, 16, 16), SUMMARY)
