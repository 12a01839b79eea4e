"""Networks of random weights, run spike by spike on an emulated chip and in time steps by sinabs.

Weights and thresholds are whole numbers that sinabs puts on a chip as they are, and floats of 32
bits hold their sums exactly: both run the same network, and differ in their rule alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from sinabs.activation import MembraneReset, MembraneSubtract
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Shape = tuple[int, int, int]

THRESHOLD: Final = 127
NO_FLOOR: Final = -32767.0  # the lowest that sinabs puts on a chip as it is
DURATION_US: Final = 500_000


def random_network(
    seed: int,
    channels: Sequence[int],
    kernel: int,
    draw: Callable[[np.random.Generator, tuple[int, ...]], npt.NDArray[np.float64]],
    *,
    floor: bool,
    hard_reset: bool = False,
) -> nn.Sequential:
    """Convolutions that keep the size of their maps, with neurons that integrate and fire.

    Args:
        seed: of the weights; the same seed gives the same weights, with and without a floor.
        channels: of the input and of each layer.
        kernel: rows and columns of each kernel; 1 makes a dense layer where maps are 1 x 1.
        draw: weights of that shape, which are rounded and kept within 8 bits.
        floor: whether the lower threshold is minus the upper one, as with sinabs' `min_v_mem=-1.0`
            for a threshold of 1; if not, only the end of 16 bits is one.
        hard_reset: whether a neuron that fires becomes 0.
    """
    chance = np.random.default_rng(seed)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        weights = np.clip(np.rint(draw(chance, (outputs, inputs, kernel, kernel))), -127, 127)
        weights.flat[np.abs(weights).argmax()] = 127  # so that nothing is scaled for the chip
        convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        with torch.no_grad():
            convolution.weight.copy_(torch.from_numpy(weights))
        layers += [
            convolution,
            IAFSqueeze(
                batch_size=1,
                spike_threshold=float(THRESHOLD),
                min_v_mem=-float(THRESHOLD) if floor else NO_FLOOR,
                reset_fn=MembraneReset() if hard_reset else MembraneSubtract(),
            ),
        ]
    return nn.Sequential(*layers)


def random_input(seed: int, shape: Shape, count: int) -> speckhal.Spikes:
    """Spikes for layer 0 at random moments of half a second, each for any place."""
    chance = np.random.default_rng(seed)
    return speckhal.Spikes(
        time_us=np.sort(chance.integers(0, DURATION_US, count)),
        layer=0,
        channel=chance.integers(0, shape[0], count),
        y=chance.integers(0, shape[1], count),
        x=chance.integers(0, shape[2], count),
    )


def dense_weights(chance: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Weights around 0 for a dense layer, 1.5 thresholds / square root of its inputs."""
    return chance.normal(0, 1.5 * THRESHOLD / np.sqrt(shape[1]), shape)


def spikes_of_chip(
    network: nn.Sequential, shape: Shape, spikes: speckhal.Spikes, **options: object
) -> tuple[speckhal.Spikes, Shape]:
    """What the last layer of an emulated chip sends, and the shape of its map."""
    _reset(network)
    last = len(network) // 2 - 1
    with speckhal.open_device("mock", **options) as device:
        layers = device.deploy(network, input_shape=shape, monitor=[last]).layers
        assert layers[0].scale == 1
        return device.stimulate(spikes), layers[last].shape


def on_chip(
    network: nn.Sequential, shape: Shape, spikes: speckhal.Spikes, **options: object
) -> npt.NDArray[np.int64]:
    """How often each neuron of the last layer fires on an emulated chip."""
    fired, out_shape = spikes_of_chip(network, shape, spikes, **options)
    return fired.counts(out_shape)


def raster_of_sinabs(
    network: nn.Sequential, shape: Shape, spikes: speckhal.Spikes, *, step_us: int = 1000
) -> npt.NDArray[np.int64]:
    """How often each neuron of the last layer fires in each time step of sinabs."""
    raster = spikes.to_raster(shape, dt_us=step_us, steps=DURATION_US // step_us)
    _reset(network)
    with torch.no_grad():
        fired = network(torch.from_numpy(raster).float()).numpy()
    return np.asarray(np.rint(fired), dtype=np.int64)


def in_steps(
    network: nn.Sequential, shape: Shape, spikes: speckhal.Spikes, *, step_us: int = 1000
) -> npt.NDArray[np.int64]:
    """How often each neuron of the last layer fires in sinabs, in time steps of that length."""
    raster = raster_of_sinabs(network, shape, spikes, step_us=step_us)
    return np.asarray(raster.sum(axis=0), dtype=np.int64)


def _reset(network: nn.Sequential) -> None:
    """Put all neurons to 0: a network also goes to a chip with the states that it has."""
    for layer in network.modules():
        if isinstance(layer, IAFSqueeze):
            layer.reset_states()
