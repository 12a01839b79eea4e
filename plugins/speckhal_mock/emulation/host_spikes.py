"""What a host sends to an emulated board to be played, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal_mock.emulation.core import READOUT
from speckhal_mock.emulation.sensor.dvs_events import PREPROCESSING, SENSOR_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip

    Integers = npt.NDArray[np.int64]

_ANYWHERE: Final = (1 << 16, 1 << 8, 1 << 8)
"""Channels, rows and columns that an event has bits for."""

_NOWHERE: Final = np.iinfo(np.int64).min


@attrs.frozen(eq=False)
class HostSpikes:
    """Spikes that a host sent, in its order.

    Attributes:
        layers: cores that they go to; 12 is the readout, and 13 stands for events of pixels, which
            go through the sensor's pre-processing.
        stamps_us: when the stop watch lets them pass.
        c: channel, or the polarity of a pixel's event.
        y: row.
        x: column.
    """

    layers: Integers
    stamps_us: Integers
    c: Integers
    y: Integers
    x: Integers

    def part(self, first: int, last: int | None = None) -> HostSpikes:
        """Those from the `first` up to the `last`, in their order."""
        return HostSpikes(*(column[first:last] for column in attrs.astuple(self, recurse=False)))


def host_spikes(*columns: npt.ArrayLike) -> HostSpikes:
    """Spikes of columns as `HostSpikes` has them, each (n,) or one value for all.

    Columns that can be written to are copied: whoever has them may change them while spikes wait.
    """
    given = [np.asarray(column, np.int64) for column in columns]
    shape = np.broadcast_shapes(*(column.shape for column in given))
    return HostSpikes(*(_kept(column, shape).reshape(-1) for column in given))


def _kept(column: Integers, shape: tuple[int, ...]) -> Integers:
    """The column in that shape, which nobody changes any more."""
    if column.shape == shape and not column.flags.writeable:
        return column
    return np.array(np.broadcast_to(column, shape))


def check_host_spikes(spikes: HostSpikes, chip: EmulatedChip, *, refuse: bool) -> None:
    """Raise ValueError where spikes go to no core or, if `refuse`, to no place of its input."""
    if not _all_fit(spikes, _limits(chip, refuse=refuse)):
        _find_what_is_wrong(spikes, chip, refuse=refuse)


def check_host_pixels(events: HostSpikes) -> None:
    """Raise ValueError where events of pixels, which are all of the layer 13, are of no pixel."""
    for name, values in (("y", events.y), ("x", events.x)):
        outside = values[(values < 0) | (values >= SENSOR_SIZE)]
        if outside.size:
            raise ValueError(
                f"An event of a pixel was sent to {name} {outside[0]}; the sensor has {name} "
                f"0..{SENSOR_SIZE - 1}."
            )


def _limits(chip: EmulatedChip, *, refuse: bool) -> Integers:
    """(3, layers), what channels, rows and columns must stay below, for each layer."""
    limits = np.full((3, READOUT + 1), _NOWHERE, dtype=np.int64)
    for core in chip.cores:
        if not refuse:
            limits[:, core.index] = _ANYWHERE
        elif core.config is not None:
            limits[:, core.index] = core.config.input_shape
    limits[:, READOUT] = _ANYWHERE
    return limits


def _all_fit(spikes: HostSpikes, limits: Integers) -> bool:
    """Whether all is well, found in one go: it is done for each of many spikes."""
    layers = spikes.layers
    if not layers.size:
        return True
    first, last = layers.min(), layers.max()
    places = (spikes.c, spikes.y, spikes.x)
    if first < 0 or last > READOUT or any(place.min() < 0 for place in places):
        return False
    if first == last:  # as it mostly is; looking each of many up takes memory, and so time
        return all(place.max() < row[first] for place, row in zip(places, limits, strict=True))
    return all((place < row[layers]).all() for place, row in zip(places, limits, strict=True))


def _find_what_is_wrong(spikes: HostSpikes, chip: EmulatedChip, *, refuse: bool) -> None:
    cores = len(chip.cores)
    for layer in np.unique(spikes.layers).tolist():
        if layer != READOUT and not 0 <= layer < cores:
            sensor = " It takes events of pixels, DvsEvent." if layer == PREPROCESSING else ""
            raise ValueError(
                f"A spike was sent to layer {layer}; it must be a core, 0..{cores - 1}, or "
                f"{READOUT}, the readout.{sensor}"
            )
        at = spikes.layers == layer
        places = (spikes.c[at], spikes.y[at], spikes.x[at])
        for name, value, size in _outside(places, _ANYWHERE):
            raise ValueError(
                f"A spike was sent to {name} {value} of layer {layer}; an event has bits for "
                f"{name} 0..{size - 1}."
            )
        if layer == READOUT or not refuse:
            continue
        config = chip.cores[layer].config
        if config is None:
            raise ValueError(f"A spike was sent to core {layer}, which is not in use.")
        for name, value, size in _outside(places, config.input_shape):
            raise ValueError(
                f"A spike was sent to {name} {value} of core {layer}, whose input has "
                f"{name} 0..{size - 1}. What a chip makes of it is not published; say what to "
                f"assume with the option out_of_range_event: 'drop' or 'wrap'."
            )


def _outside(
    places: tuple[Integers, ...], sizes: tuple[int, ...]
) -> Iterator[tuple[str, int, int]]:
    """The name, the value and the limit of each coordinate that is outside, one of each."""
    for name, values, size in zip(("feature", "y", "x"), places, sizes, strict=True):
        outside = values[(values < 0) | (values >= size)]
        if outside.size:
            yield name, int(outside[0]), size
