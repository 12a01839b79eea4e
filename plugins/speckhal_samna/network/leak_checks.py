"""What must be true of a network for its neurons to leak on the chip."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import NetworkDoesNotLeak
from speckhal.contract.limits import FactWarning
from speckhal.contract.warn import warn_user

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal_samna.chip import SamnaChip


def check_leak(layers: Sequence[DeployedLayer], rate_hz: int | None, chip: SamnaChip) -> None:
    """Refuse a network whose biases would do nothing, or not what was asked.

    Gives a `FactWarning` where an erratum of the chip puts a layer's leak in doubt, and where ticks
    come faster than a core can follow.

    Args:
        layers: of the network, in network order.
        rate_hz: of the slow clock; None where no rate is fixed.
        chip: that it is deployed to.

    Raises:
        NetworkDoesNotLeak: no layer has a bias, or a bias rounds to zero.
    """
    if not any(layer.wanted_biases.any() for layer in layers):
        raise NetworkDoesNotLeak(
            "Asked for leak, and no layer of the network has a bias other than 0: on the chip the "
            "bias is what leaks at every tick.",
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
    for layer in layers:
        if layer.biases.any():
            for doubt in _doubts(layer, rate_hz, chip):
                warn_user(doubt, FactWarning)


def _doubts(layer: DeployedLayer, rate_hz: int | None, chip: SamnaChip) -> Iterator[str]:
    """Why a layer that leaks might not leak as it should."""
    for erratum in chip.facts.errata_of("leak", layer.core, layer.shape):
        yield (
            f"Layer {layer.index} of shape {layer.shape} leaks on core {layer.core}, where an "
            f"erratum of the {chip.facts.name} puts that in doubt ({erratum.name}, "
            f"{erratum.certainty.value}): {erratum.consequence} No placement of this network has "
            "fewer such layers."
        )
    updates_per_s = chip.updates_per_s
    neurons = math.prod(layer.shape)
    if rate_hz is not None and neurons * rate_hz > updates_per_s.value:
        yield (
            f"Layer {layer.index} has {neurons} neurons, which at {rate_hz} Hz means "
            f"{neurons * rate_hz} updates a second, and a core is {updates_per_s.certainty.value} "
            f"to make at most {updates_per_s.value}. Ticks may be lost; use a slower clock with "
            "a larger bias."
        )
