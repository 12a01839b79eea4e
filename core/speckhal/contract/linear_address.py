"""Addresses that count neurons without gaps, as chips have them whose memory is one array."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.neuron_addresses import (
    AXES,
    Axis,
    NeuronAddresses,
    bits_for,
    checked_coordinates,
    checked_shape,
    every_coordinate,
    refuse_strays,
    whole_numbers,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.neuron_addresses import Addresses, Shape


def _is_an_order(
    _instance: object, _attribute: attrs.Attribute[tuple[Axis, ...]], value: tuple[Axis, ...]
) -> None:
    if sorted(value) != sorted(AXES):
        raise ValueError(f"order must name each of c, y and x once, not {value!r}.")


@attrs.frozen
class LinearAddresses(NeuronAddresses):
    """Neuron addresses that are consecutive: `address = c*h*w + y*w + x`, or in another order.

    Attributes:
        order: of the axes, slowest first, as numpy stores an array of (channels, height, width).
    """

    order: tuple[Axis, ...] = attrs.field(default=AXES, validator=_is_an_order)

    def bits(self, shape: Shape) -> int:
        return bits_for(self.memory_words(shape))

    def memory_words(self, shape: Shape) -> int:
        """Words of neuron memory that a layer takes: one for each neuron."""
        return math.prod(checked_shape(shape))

    def encode(
        self, c: npt.ArrayLike, y: npt.ArrayLike, x: npt.ArrayLike, shape: Shape
    ) -> Addresses:
        lengths = self._lengths(shape)
        values = checked_coordinates(c, y, x, shape)
        in_order = tuple(values[axis] for axis in self.order)
        return np.ravel_multi_index(in_order, lengths).astype(np.int64)

    def decode(
        self, addresses: npt.ArrayLike, shape: Shape
    ) -> tuple[Addresses, Addresses, Addresses]:
        values = whole_numbers(addresses)
        refuse_strays(values, (values < 0) | (values >= self.memory_words(shape)), shape)
        in_order = np.unravel_index(values, self._lengths(shape))
        c, y, x = (in_order[self.order.index(axis)].astype(np.int64) for axis in AXES)
        return c, y, x

    def addresses(self, shape: Shape) -> Addresses:
        return self.encode(*every_coordinate(checked_shape(shape)), shape)

    def formula(self) -> str:
        """How an address is made, such as "c*h*w + y*w + x"."""
        length = {"c": "channels", "y": "h", "x": "w"}
        return " + ".join(
            "*".join([axis, *(length[faster] for faster in self.order[place + 1 :])])
            for place, axis in enumerate(self.order)
        )

    def _lengths(self, shape: Shape) -> tuple[int, ...]:
        """Of the axes, slowest first."""
        sizes = checked_shape(shape)
        return tuple(sizes[AXES.index(axis)] for axis in self.order)
