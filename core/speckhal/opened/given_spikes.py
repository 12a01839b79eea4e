"""Spikes and monitored layers as users give them: checked against what is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.contract.spikes import SENSOR_INPUT, Spikes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from speckhal.contract.deployment import Deployment

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
            f"Asked to stimulate with a {type(spikes).__name__}, and spikes are given as "
            "speckhal.Spikes.",
            hint=f"Make them with {_maker(spikes)}.",
        )
    if len(spikes) and int(spikes.time_us.max()) > LAST_US:
        raise InputError(
            f"Asked to stimulate until {spikes.time_us.max()} us, and a board counts to {LAST_US} "
            "us in a stimulation.",
            hint="Times begin at 0 with each stimulation: spikes.shifted(-spikes.time_us.min()), "
            "or give them in parts.",
        )
    for index in spikes.layers:
        of_layer = spikes.layer == index
        if index == SENSOR_INPUT:
            _refuse_outside(spikes[of_layer], (_POLARITIES, None, None), "the sensor's input")
            continue
        shape = deployment.layer(index).input_shape
        if shape is not None:
            _refuse_outside(spikes[of_layer], shape, f"the input of layer {index}")
    return spikes.sorted()


def _refuse_outside(spikes: Spikes, sizes: tuple[int | None, ...], what: str) -> None:
    for name, size in zip(("channel", "y", "x"), sizes, strict=True):
        column = getattr(spikes, name)
        if size is not None and int(column.max()) >= size:
            known = " x ".join(str(one) for one in sizes if one is not None)
            kind = "polarities" if None in sizes else "channels x height x width"
            raise InputError(
                f"Asked to stimulate {what} with a spike of {name} {column.max()}, and it has "
                f"{known} ({kind}).",
                hint=f"Let {name} be from 0 to {size - 1}.",
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
