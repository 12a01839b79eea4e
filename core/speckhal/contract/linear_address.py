"""Addresses that count neurons without gaps, as chips have them whose memory is one array."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.address import (
    Axis,
    check_shape,
    checked_coordinates,
    every_coordinate,
    refuse_strays,
    whole_numbers,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Addresses, Shape

_AXES: tuple[Axis, ...] = ("c", "y", "x")


def _is_an_order(
    _instance: object, _attribute: attrs.Attribute[tuple[Axis, ...]], value: tuple[Axis, ...]
) -> None:
    if sorted(value) != sorted(_AXES):
        raise ValueError(f"order must name each of c, y and x once, not {value!r}.")


@attrs.frozen
class LinearAddresses:
    """Neuron addresses that are consecutive: `address = c*h*w + y*w + x`, or in another order.

    Attributes:
        order: of the axes, slowest first, as numpy stores an array of (channels, height, width).
    """

    order: tuple[Axis, ...] = attrs.field(default=_AXES, validator=_is_an_order)

    def bits(self, shape: Shape) -> int:
        """Width of an address for maps of (channels, height, width)."""
        return (self.memory_words(shape) - 1).bit_length()

    def memory_words(self, shape: Shape) -> int:
        """Words of neuron memory that a layer takes: one for each neuron."""
        check_shape(shape)
        return math.prod(shape)

    def encode(
        self, c: npt.ArrayLike, y: npt.ArrayLike, x: npt.ArrayLike, shape: Shape
    ) -> Addresses:
        """Addresses of the neurons at `c`, `y`, `x` (broadcast against each other).

        Args:
            c: channel of each neuron.
            y: row of each neuron.
            x: column of each neuron.
            shape: (channels, height, width) of the layer's neurons.

        Raises:
            ValueError: a coordinate is no whole number or lies outside `shape`, or `shape` has
                an empty axis.
        """
        check_shape(shape)
        values = checked_coordinates(c, y, x, shape)
        sizes = self._sizes(shape)
        address: Addresses = np.zeros(np.broadcast(*values.values()).shape, dtype=np.int64)
        for axis in self.order:
            address = address * sizes[axis] + values[axis]
        return address

    def decode(
        self, addresses: npt.ArrayLike, shape: Shape
    ) -> tuple[Addresses, Addresses, Addresses]:
        """Coordinates (c, y, x) of `addresses`; the inverse of `encode`.

        Raises:
            ValueError: an address is no whole number, or belongs to no neuron of `shape`.
        """
        values = rest = whole_numbers(addresses)
        refuse_strays(values, (values < 0) | (values >= self.memory_words(shape)), shape)
        sizes = self._sizes(shape)
        coordinates: dict[Axis, Addresses] = {}
        for axis in reversed(self.order):
            rest, coordinates[axis] = np.divmod(rest, sizes[axis])
        return coordinates["c"], coordinates["y"], coordinates["x"]

    def addresses(self, shape: Shape) -> Addresses:
        """Address of every neuron, as an array of `shape` (channels, height, width)."""
        check_shape(shape)
        return self.encode(*every_coordinate(shape), shape)

    def formula(self) -> str:
        """How an address is made, such as "c*h*w + y*w + x"."""
        length = {"c": "channels", "y": "h", "x": "w"}
        return " + ".join(
            "*".join([axis, *(length[faster] for faster in self.order[place + 1 :])])
            for place, axis in enumerate(self.order)
        )

    def _sizes(self, shape: Shape) -> dict[Axis, int]:
        return dict(zip(_AXES, shape, strict=True))
