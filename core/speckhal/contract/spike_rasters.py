"""Rasters as sinabs has them: how many spikes each neuron has in each time step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.arrays import plain_array, whole_number
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape

    Column = npt.NDArray[np.int64]


MOST_SPIKES: Final = 1_000_000_000
"""Of a raster: more than this do not fit into the memory of a usual computer."""

_INT64_END: Final = 2**63


def step_us(dt_us: object) -> int:
    """The duration of a time step in microseconds, if it is one.

    Raises:
        InputError: it is not a whole number from 1, or not of 64 bits.
    """
    duration_us = whole_number(dt_us)
    if duration_us is None or not 1 <= duration_us < _INT64_END:
        limits = "from 1" if duration_us is None or duration_us < 1 else "of 64 bits"
        raise InputError(
            f"Asked for time steps of {dt_us!r} us, and that is no whole number {limits}.",
            hint="Give microseconds: dt_us=1000 for steps of 1 ms.",
        )
    return duration_us


def seed_of(seed: object) -> int:
    """A seed, if it is one.

    Raises:
        InputError: it is not a whole number from 0.
    """
    number = whole_number(seed)
    if number is None or number < 0:
        raise InputError(
            f"Asked to shuffle spikes with the seed {seed!r}.", hint="Give a whole number from 0."
        )
    return number


def refuse_too_many(counts: npt.NDArray[np.int64], duration_us: int) -> None:
    """Refuse a raster of more spikes, or of later ones, than an array of them can have.

    Raises:
        InputError: it is such.
    """
    spikes, last_us = float(counts.sum(dtype=np.float64)), len(counts) * duration_us
    if spikes > MOST_SPIKES:
        raise InputError(
            f"Asked for the spikes of a raster that has {spikes:.3g} of them.",
            hint=f"Give it in parts of at most {MOST_SPIKES:,}.",
        )
    if last_us >= _INT64_END:
        raise InputError(
            f"Asked for the spikes of a raster that lasts {last_us:.3g} us.",
            hint="Give microseconds: dt_us=1000 for steps of 1 ms.",
        )


def map_shape(shape: Any) -> Shape:
    """The shape of a map, (channels, height, width), if it is one.

    Raises:
        InputError: it is not three whole numbers from 0, or not of 64 bits together.
    """
    try:
        sizes = [size for one in shape if (size := whole_number(one)) is not None and size >= 0]
        if len(sizes) == len(shape) == 3 and math.prod(sizes) < _INT64_END:
            channels, height, width = sizes
            return channels, height, width
    except TypeError:
        pass
    raise InputError(
        f"Asked for the spikes of a map of shape {shape!r}, and that is not three whole numbers of "
        f"a map.",
        hint="Give (channels, height, width), such as (2, 128, 128); (10, 1, 1) for a flat map.",
    )


def counts_at(places: Sequence[Column], sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    """How many spikes each place of a grid has, of the shape `sizes`.

    Args:
        places: along each axis, (spikes,), each within the grid.
        sizes: of the grid.

    Raises:
        InputError: the grid is too large for an array.
    """
    if math.prod(sizes) > MOST_SPIKES:
        raise InputError(
            f"Asked for how many spikes came at each of too many places: {tuple(sizes)}.",
            hint=f"Ask for at most {MOST_SPIKES:,}, by fewer or longer steps, or a smaller map.",
        )
    flat = np.ravel_multi_index(tuple(places), tuple(sizes))
    found = np.bincount(flat, minlength=math.prod(sizes)).reshape(sizes)
    return found.astype(np.int64, copy=False)


def raster_counts(raster: Any) -> npt.NDArray[np.int64]:
    """How many spikes a raster has, int64, (steps, channels, height, width).

    Args:
        raster: of these axes, or (steps, channels): an array, or a tensor of torch.

    Raises:
        InputError: it has other axes, or what is not a number of spikes.
    """
    if hasattr(raster, "detach"):  # a tensor of torch, which is not imported for that
        raster = raster.detach().cpu().numpy()
    try:
        given = plain_array(raster)
    except ValueError as error:
        raise InputError(
            f"Asked for the spikes of a raster from {error}.", hint="Give an array without a mask."
        ) from error
    if given.ndim == 2:
        given = given[:, :, np.newaxis, np.newaxis]
    if given.ndim != 4:
        hint = "Give (steps, channels, height, width), or (steps, channels) for a flat map."
        if given.ndim == 5:
            hint = "Give one sample of the batch: raster[0]."
        raise InputError(f"Asked for the spikes of a raster of shape {given.shape}.", hint=hint)
    if given.dtype.kind not in "biuf":
        raise InputError(
            f"Asked for the spikes of a raster of type {given.dtype}.",
            hint="Give how many spikes came in each step, as numbers.",
        )
    numbers: npt.NDArray[Any] = given
    counts: Column | None = None
    if np.isfinite(numbers).all() and (np.abs(numbers.astype(np.float64)) < _INT64_END).all():
        counts = np.rint(numbers.astype(np.float64)).astype(np.int64)
    if counts is None or (counts < 0).any() or (counts != numbers).any():
        raise InputError(
            "Asked for the spikes of a raster with values that are no numbers of spikes.",
            hint="Give whole numbers from 0 in each time step, such as 0.0, 1.0 and 2.0.",
        )
    return counts
