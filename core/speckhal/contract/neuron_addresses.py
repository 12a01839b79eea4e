"""Where in a core's memory the neuron (c, y, x) lives: what every kind of address can be asked.

The core, the suite and drivers ask `NeuronAddresses`. A chip has either of two kinds: bit fields
(`speckhal.contract.address.AddressLayout`) or consecutive numbers
(`speckhal.contract.linear_address.LinearAddresses`).
"""

from __future__ import annotations

import operator
from typing import Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from speckhal.contract.arrays import plain_array

Shape: TypeAlias = tuple[int, int, int]
Axis: TypeAlias = Literal["c", "y", "x"]
Addresses: TypeAlias = npt.NDArray[np.int64]

AXES: tuple[Axis, ...] = ("c", "y", "x")


def bits_for(count: int) -> int:
    """Bits that number `count` things from zero: 1 -> 0, 2 -> 1, 5 -> 3."""
    return (count - 1).bit_length()


class NeuronAddresses(Protocol):
    """How the coordinates of a layer's neurons make their addresses in the memory of a core.

    A shape is (channels, height, width) of the layer's neurons, each at least 1.
    """

    def bits(self, shape: Shape) -> int:
        """How many bits the address of a neuron of such a layer takes."""

    def memory_words(self, shape: Shape) -> int:
        """Words of neuron memory that the layer takes."""

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
            ValueError: a coordinate is no whole number or lies outside `shape`; or `shape` has
                an empty axis, or needs bits that an `AddressLayout` does not name.
        """

    def decode(
        self, addresses: npt.ArrayLike, shape: Shape
    ) -> tuple[Addresses, Addresses, Addresses]:
        """Coordinates (c, y, x) of `addresses`; the inverse of `encode`.

        Raises:
            ValueError: an address is no whole number, or belongs to no neuron of `shape`.
        """

    def addresses(self, shape: Shape) -> Addresses:
        """Address of every neuron, as an array of `shape`."""

    def formula(self) -> str:
        """How an address is made, for people, such as "c | x << cb | y << (cb + xb)"."""


def whole_numbers(values: npt.ArrayLike) -> Addresses:
    """The values as int64; numpy by itself would cut the fraction off without a word."""
    array = plain_array(values)
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"Coordinates and addresses are whole numbers, not {array.dtype}.")
    return array.astype(np.int64, copy=False)


def checked_shape(shape: Shape) -> Shape:
    """The shape in Python's numbers.

    Raises:
        ValueError: it is not (channels, height, width), each a whole number of at least 1.
    """
    try:
        channels, height, width = map(operator.index, shape)
    except (TypeError, ValueError):
        channels = height = width = 0
    if min(channels, height, width) < 1:
        raise ValueError(
            f"A shape is (channels, height, width), each at least 1; not {tuple(shape)}."
        )
    return channels, height, width


def checked_coordinates(
    c: npt.ArrayLike, y: npt.ArrayLike, x: npt.ArrayLike, shape: Shape
) -> dict[Axis, Addresses]:
    """Coordinates of neurons as whole numbers, by axis.

    Raises:
        ValueError: one is no whole number or lies outside `shape`.
    """
    values: dict[Axis, Addresses] = {}
    for axis, coordinate, size in zip(AXES, (c, y, x), shape, strict=True):
        values[axis] = whole_numbers(coordinate)
        if values[axis].size and not (values[axis].min() >= 0 and values[axis].max() < size):
            raise ValueError(
                f"{axis} must lie in 0..{size - 1} for neurons of shape {shape} "
                f"(channels, height, width)."
            )
    return values


def every_coordinate(shape: Shape) -> tuple[Addresses, Addresses, Addresses]:
    """The coordinates (c, y, x) of all neurons of a layer, as arrays that broadcast to `shape`."""
    channels, height, width = map(np.arange, shape)
    return channels.reshape(-1, 1, 1), height.reshape(-1, 1), width


def refuse_strays(addresses: Addresses, outside: npt.NDArray[np.bool_], shape: Shape) -> None:
    """Raise ValueError for the first of the addresses that lies outside, if one does."""
    if outside.any():
        stray = int(addresses[outside].flat[0])
        raise ValueError(f"Address {stray} belongs to no neuron of shape {shape}.")
