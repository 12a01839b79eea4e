"""Spikes and monitored layers as users give them: checked against what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.contract.spikes import SENSOR_INPUT, Spikes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speckhal.contract.deployment import Deployment

    Sizes = tuple[int | None, int | None, int | None]

LAST_US: Final = 2**32 - 1
"""The latest time that a board stamps: microseconds in 32 bits; source: samna 0.48.5, `Spike`."""

_POLARITIES: Final = 2


def checked_spikes(spikes: object, deployment: Deployment) -> Spikes:
    """The spikes in the order of time, if they are for inputs that are deployed.

    Args:
        spikes: from the user.
        deployment: that gets them.

    Raises:
        InputError: they are something else than `Spikes`; or one comes after the last time that a
            board knows, or lies outside of the input that it is for.
        LayerNotFound: no deployed layer has that index.
    """
    if not isinstance(spikes, Spikes):
        raise InputError(
            f"Asked to stimulate with something of type {type(spikes).__name__}, and it takes "
            "speckhal.Spikes.",
            hint=f"Make them with {_maker(spikes)}.",
        )
    if len(spikes) and int(spikes.time_us.max()) > LAST_US:
        raise InputError(
            f"Asked to stimulate until {spikes.time_us.max():,} us, and a board counts to "
            f"{LAST_US:,} us in a stimulation.",
            hint="Times begin at 0 with each stimulation: subtract the earliest, as "
            "spikes.shifted(-spikes.time_us.min()) does, or play at most 71 minutes at a time.",
        )
    sizes = {index: _input_of(index, deployment) for index in spikes.layers}
    _refuse_outside(spikes, sizes)
    return spikes.sorted()


def _input_of(index: int, deployment: Deployment) -> Sizes:
    """(channels, height, width) of the input of a layer, as far as they are known."""
    if index == SENSOR_INPUT:
        return _POLARITIES, None, None
    shape = deployment.layer(index).input_shape
    return (None, None, None) if shape is None else shape


def _refuse_outside(spikes: Spikes, sizes: Mapping[int, Sizes]) -> None:
    """Refuse a spike outside of the input that it is for; of all at once, as there may be many."""
    if not sizes:
        return
    first = min(sizes)
    limits = np.full((max(sizes) - first + 1, 3), np.iinfo(np.int64).max)
    for index, known in sizes.items():
        for axis, size in enumerate(known):
            limits[index - first, axis] = limits[index - first, axis] if size is None else size
    row = spikes.layer - first if len(sizes) > 1 else np.zeros(1, np.int64)  # of one layer, for all
    for axis, name in enumerate(("channel", "y", "x")):
        column = getattr(spikes, name)
        outside = column >= limits[row, axis]
        if outside.any():
            at = int(np.argmax(outside))
            index = int(spikes.layer[at])
            is_sensor = index == SENSOR_INPUT
            what = "the sensor's input" if is_sensor else f"the input of layer {index}"
            has = " x ".join(str(one) for one in sizes[index] if one is not None)
            kind = "polarities" if is_sensor else "channels x height x width"
            raise InputError(
                f"Asked to stimulate {what} with a spike of {name} {column[at]}, and it has {has} "
                f"({kind}).",
                hint=f"Let {name} be from 0 to {limits[index - first, axis] - 1}.",
            )


def _maker(given: object) -> str:
    """What makes spikes of something, as what is typed."""
    kind = getattr(given, "dtype", None)
    if isinstance(kind, np.dtype) and kind.names:
        return "speckhal.Spikes.from_structured(events, layer=0)"
    if all(hasattr(given, name) for name in ("idx", "time", "n_neurons")):
        return "speckhal.Spikes.from_nirdata(data, layer=0, shape=(channels, height, width))"
    if getattr(given, "ndim", 0) in {2, 4, 5}:
        return "speckhal.Spikes.from_raster(raster, layer=0, dt_us=1000)"
    return "speckhal.Spikes(time_us=..., layer=..., channel=..., y=..., x=...)"


def checked_monitor(monitor: Iterable[int]) -> tuple[int, ...]:
    """Indices of the layers whose spikes are to come to the host.

    Whether the network has them, only the device can know.

    Raises:
        InputError: they are not a list, or one is named twice.
        LayerNotFound: one is not a whole number, or cannot be an index.
    """
    hint = "Give a list of indices of layers, such as monitor=[0, 1]."
    if isinstance(monitor, str | bytes) or not hasattr(monitor, "__iter__"):
        raise InputError(f"Asked to deploy with monitor={monitor!r}, which is no list.", hint=hint)
    checked: list[int] = []
    for given in monitor:
        index = whole_number(given)
        if index is None or index < SENSOR_INPUT:
            raise LayerNotFound(
                f"Asked to monitor layer {given!r}, and layers are named by whole numbers from 0; "
                f"{SENSOR_INPUT} is the sensor's input.",
                hint=hint,
            )
        if index in checked:
            raise InputError(f"Asked to monitor layer {index} twice.", hint="Name each once.")
        checked.append(index)
    return tuple(checked)
