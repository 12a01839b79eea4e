"""Spikes that nobody recorded, to try a network with: at random, or evenly in time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import InputError
from speckhal.contract.spike_rasters import map_shape
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from speckhal.contract.address import Shape

US_PER_S = 1_000_000
MOST_SPIKES = 100_000_000
"""More than this do not fit into the memory of a usual computer, with what comes of them."""


def random_spikes(
    shape: Shape, *, rate_hz: float, for_s: float, layer: int = 0, seed: int
) -> Spikes:
    """Spikes for all neurons of an input, each at random times of its own (a Poisson process).

    Args:
        shape: (channels, height, width) of the input.
        rate_hz: mean rate of each neuron of it.
        for_s: until when.
        layer: index of the layer whose input it is, or `SENSOR_INPUT`.
        seed: the same for the same spikes.

    Returns:
        In the order of time.

    Raises:
        InputError: the shape is of no map, the rate or the time is no positive number, the seed is
            no whole number from 0, or there would be too many.
    """
    shape = map_shape(shape)
    seeded = whole_number(seed)
    rate_hz = _positive("a rate", rate_hz, "Hz")
    for_s = _positive("a time", for_s, "s")
    if seeded is None or not 0 <= seeded < 2**64:
        raise InputError(
            f"Asked to make spikes with the seed {seed!r}.", hint="Give a whole number from 0 up."
        )
    neurons = math.prod(shape)
    expected = neurons * rate_hz * for_s
    if expected > MOST_SPIKES:
        raise InputError(
            f"Asked to make about {expected:.3g} spikes: {rate_hz:g} Hz for each of {neurons} "
            f"neurons and {for_s:g} s.",
            hint=f"Give a lower rate or a shorter time, for at most {MOST_SPIKES:,} spikes.",
        )
    random = np.random.default_rng(seeded)
    count = int(random.poisson(expected))
    # whole microseconds of the time that was asked for; at least one
    time_us = np.sort(random.integers(0, max(1, math.floor(for_s * US_PER_S)), count))
    channel, y, x = np.unravel_index(random.integers(0, neurons, count), shape)
    return Spikes(time_us=time_us, layer=layer, channel=channel, y=y, x=x)


def _positive(what: str, value: object, unit: str) -> float:
    if isinstance(value, float | int | np.number) and math.isfinite(value) and value > 0:
        return float(value)
    shown = f"{value:g}" if isinstance(value, float | int | np.number) else repr(value)
    raise InputError(
        f"Asked to make spikes with {what} of {shown} {unit}.", hint="Give a positive number."
    )
