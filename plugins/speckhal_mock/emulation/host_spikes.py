"""What a host sends to an emulated board to be played, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal_mock.emulation.core import READOUT
from speckhal_mock.emulation.sensor.dvs_events import PREPROCESSING, SENSOR_SIZE

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip

    Integers = npt.NDArray[np.int64]

_ANYWHERE: Final = np.iinfo(np.int64).max
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


def check_host_spikes(spikes: HostSpikes, chip: EmulatedChip, *, refuse: bool) -> None:
    """Raise ValueError where spikes go to no core or, if `refuse`, to no place of its input."""
    if not _all_fit(spikes, _limits(chip, refuse=refuse)):
        _find_what_is_wrong(spikes, chip, refuse=refuse)


def _limits(chip: EmulatedChip, *, refuse: bool) -> Integers:
    """(3, layers), what channels, rows and columns must stay below, for each layer."""
    limits = np.full((3, PREPROCESSING + 1), _NOWHERE, dtype=np.int64)
    for core in chip.cores:
        if not refuse:
            limits[:, core.index] = _ANYWHERE
        elif core.config is not None:
            limits[:, core.index] = core.config.input_shape
    limits[:, READOUT] = _ANYWHERE
    limits[:, PREPROCESSING] = _ANYWHERE, SENSOR_SIZE, SENSOR_SIZE
    return limits


def _all_fit(spikes: HostSpikes, limits: Integers) -> bool:
    """Whether all is well, found in one go: it is done for each of many spikes."""
    layers = spikes.layers
    if not layers.size:
        return True
    if (
        layers.min() < 0
        or layers.max() > PREPROCESSING
        or (spikes.c | spikes.y | spikes.x).min() < 0
    ):
        return False
    places = (spikes.c, spikes.y, spikes.x)
    return all((place < row[layers]).all() for place, row in zip(places, limits, strict=True))


def _find_what_is_wrong(spikes: HostSpikes, chip: EmulatedChip, *, refuse: bool) -> None:
    cores = len(chip.cores)
    for layer in np.unique(spikes.layers).tolist():
        if layer == READOUT:
            continue
        if layer == PREPROCESSING:
            _check_pixels(spikes)
            continue
        if not 0 <= layer < cores:
            raise ValueError(
                f"A spike was sent to layer {layer}; it must be a core, 0..{cores - 1}, or "
                f"{READOUT}, the readout."
            )
        if not refuse:
            continue
        config = chip.cores[layer].config
        if config is None:
            raise ValueError(f"A spike was sent to core {layer}, which is not in use.")
        at = spikes.layers == layer
        for name, values, size in zip(
            ("feature", "y", "x"),
            (spikes.c[at], spikes.y[at], spikes.x[at]),
            config.input_shape,
            strict=True,
        ):
            outside = values[(values < 0) | (values >= size)]
            if outside.size:
                raise ValueError(
                    f"A spike was sent to {name} {outside[0]} of core {layer}, whose input has "
                    f"{name} 0..{size - 1}. What a chip makes of it is not published; say what to "
                    f"assume with the option out_of_range_event: 'drop' or 'wrap'."
                )


def _check_pixels(spikes: HostSpikes) -> None:
    of_pixels = spikes.layers == PREPROCESSING
    for name, values in (("y", spikes.y[of_pixels]), ("x", spikes.x[of_pixels])):
        outside = values[(values < 0) | (values >= SENSOR_SIZE)]
        if outside.size:
            raise ValueError(
                f"An event of a pixel was sent to {name} {outside[0]}; the sensor has {name} "
                f"0..{SENSOR_SIZE - 1}."
            )
