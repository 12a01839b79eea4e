"""What must be true of a network for its neurons to leak on the chip."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from speckhal.errors import NetworkDoesNotLeak
from speckhal_samna.memory import leak_is_in_doubt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.deployment import DeployedLayer


def check_leak(layers: Sequence[DeployedLayer]) -> None:
    """Refuse a network whose biases would do nothing, or not what was asked.

    Warns where an erratum of the chip puts a layer's leak in doubt.

    Raises:
        NetworkDoesNotLeak: no layer has a bias, or a bias rounds to zero.
    """
    if not any(layer.wanted_biases.any() for layer in layers):
        raise NetworkDoesNotLeak(
            "Asked for leak, and no layer of the network has a bias: on the chip the bias is what "
            "leaks at every tick.",
            hint="Give a Conv2d bias=True and a negative bias, such as -0.1 of the threshold.",
        )
    for layer in layers:
        vanished = np.flatnonzero((layer.wanted_biases != 0) & (layer.biases == 0))
        if vanished.size:
            channel = int(vanished[0])
            raise NetworkDoesNotLeak(
                f"The bias {layer.wanted_biases[channel]:.3g} of layer {layer.index}, channel "
                f"{channel}, rounds to 0 on the chip (scale {layer.scale:.4g}): it would not leak.",
                hint=f"Use a bias of at least {0.5 / layer.scale:.2g} in size with a slower clock, "
                "or smaller weights and threshold, which raise the scale.",
            )
        if layer.biases.any() and leak_is_in_doubt(layer.core, layer.shape):
            warnings.warn(
                f"Layer {layer.index} of shape {layer.shape} leaks on core {layer.core}: the data "
                "sheet calls leak on cores 0 and 1 unusable, and it has only been seen to work "
                "where every dimension is a power of two. No other core was free.",
                UserWarning,
                stacklevel=3,
            )
