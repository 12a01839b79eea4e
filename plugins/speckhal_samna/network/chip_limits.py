"""Holds a rounded network against what the chip takes, and against what leaks there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import (
    InputError,
    LayerNotFound,
    NetworkDoesNotLeak,
    NetworkError,
)
from speckhal.contract.limits import FactWarning
from speckhal.contract.spikes import SENSOR_INPUT
from speckhal.contract.warn import warn_user

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy.typing as npt
    from sinabs.backend.dynapcnn import DynapcnnLayer
    from torch import Tensor

    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import DeployedLayer
    from speckhal_samna.chip import SamnaChip

_SCALED = "All values of a layer are scaled alike."


def check_size(index: int, layer: DynapcnnLayer, facts: ChipFacts) -> None:
    """Check the numbers of channels, rows and columns of a layer's neurons.

    Raises:
        NetworkError: there are more of them, or fewer, than the chip takes.
    """
    channels, height, width = layer.get_neuron_shape()
    for fact, what, size in (
        ("channel_range", "channels", channels),
        ("map_size_range", "rows", height),
        ("map_size_range", "columns", width),
    ):
        facts.limit(fact).check(
            size, size, f"Asked to deploy layer {index} with {size} {what}", NetworkError
        )


def warn_of_odd_pooling(
    layers: Mapping[int, DynapcnnLayer], destinations: Mapping[int, Sequence[int]]
) -> None:
    """Warn of maps whose last row or column belongs to no whole part that is pooled.

    sinabs leaves them out. What a chip makes of spikes there is not published.

    Args:
        layers: by index.
        destinations: of each, the layers that get its spikes; negative for none.
    """
    for index, layer in layers.items():
        _, height, width = layer.get_neuron_shape()
        for follower, pool in zip(destinations.get(index, ()), layer.pool, strict=False):
            down, right = np.broadcast_to(pool, 2).tolist()
            sides = (("row", height, down), ("column", width, right))
            left = [name for name, size, by in sides if size % by]
            if follower >= 0 and left:
                warn_user(
                    f"Layer {index} has {height} x {width} neurons and is pooled by {down} x "
                    f"{right} before layer {follower}: the spikes of its last "
                    f"{' and '.join(left)} belong to no place there. sinabs and the emulation "
                    "leave them out; what a chip makes of them is not published. Let the size be "
                    "a multiple of the pooling.",
                    FactWarning,
                )


def check_values(index: int, layer: DynapcnnLayer, facts: ChipFacts) -> None:
    """Check the upper threshold and the states that rounding made of a layer's own.

    Raises:
        NetworkError: one is beyond what the chip takes.
    """
    neurons = layer.spk_layer
    threshold = int(neurons.spike_threshold)
    facts.limit("threshold_high_range").check(
        threshold,
        threshold,
        f"spike_threshold of layer {index} comes to threshold_high {threshold} on the chip",
        NetworkError,
        hint=f"Use a smaller threshold, or larger weights for it. {_SCALED}",
    )
    if neurons.is_state_initialised():
        lowest, highest = _ends(neurons.v_mem)
        facts.limit("v_mem_range").check(
            lowest,
            highest,
            f"The states of layer {index} come to {lowest}..{highest} on the chip",
            NetworkError,
            hint=f"Reset the network's states, or limit them. {_SCALED}",
        )


def check_biases(index: int, layer: DynapcnnLayer, facts: ChipFacts) -> None:
    """Check the biases that rounding made of a layer's own.

    Raises:
        NetworkError: one is beyond what the chip takes.
    """
    bias = layer.conv_layer.bias
    if bias is not None:
        lowest, highest = _ends(bias)
        facts.limit("bias_range").check(
            lowest,
            highest,
            f"The biases of layer {index} come to {lowest}..{highest} on the chip",
            NetworkError,
            hint=f"Use smaller biases, or a faster slow clock with them. {_SCALED}",
        )


def direct_biases(
    biases: Mapping[int, npt.ArrayLike], layers: Mapping[int, DynapcnnLayer]
) -> dict[int, npt.NDArray[np.int16]]:
    """The biases by index of their layer, int16, (channels,) each.

    Args:
        biases: by index of their layer, of numbers that the chip can have.
        layers: of the network, by index.

    Raises:
        LayerNotFound: a layer is not one of `layers`.
        InputError: there are more or fewer of them than the layer has channels.
    """
    direct: dict[int, npt.NDArray[np.int16]] = {}
    for index, values in biases.items():
        if index not in layers:
            raise LayerNotFound(
                f"Asked for biases of layer {index!r}, and the network has no such layer.",
                hint=f"Its layers are: {', '.join(map(str, layers))}.",
            )
        given = np.asarray(values, np.int16)
        shape = (layers[index].get_neuron_shape()[0],)
        if given.shape != shape:
            raise InputError(
                f"Asked to write biases of shape {given.shape} to layer {index}, and it takes "
                f"{shape}.",
                hint="Give one value for each channel, in an array of that shape.",
            )
        direct[index] = given
    return direct


def check_monitored(monitor: Collection[int], there: Collection[int]) -> None:
    """Refuse layers whose spikes cannot come to the host.

    Args:
        monitor: indices of the layers, or `SENSOR_INPUT`.
        there: those that the network has.

    Raises:
        LayerNotFound: one is not there.
    """
    for index in monitor:
        if index not in there:
            what = "the sensor's input" if index == SENSOR_INPUT else f"layer {index!r}"
            raise LayerNotFound(
                f"Asked to monitor {what}, and the network has no such layer.",
                hint=f"Its layers are: {', '.join(str(one) for one in there if one >= 0)}. "
                "It takes events of the sensor where it begins with a DVSLayer.",
            )


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


def _ends(values: Tensor) -> tuple[int, int]:
    return int(values.min()), int(values.max())
