"""Where in a core's memory the neuron (c, y, x) lives.

The chips pack the coordinates as bit fields, each as wide as its map needs, low bits first:
`address = c | x << cb | y << (cb + xb)` with `cb = ceil(log2(channels))` and so on (source:
chip data sheet 1.02, memory configuration). sinabs 3.1.3 shifts y by the bits of the *height*,
which collides on maps wider than high and is why this module exists.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

Shape: TypeAlias = tuple[int, int, int]
Axis: TypeAlias = Literal["c", "y", "x"]
Addresses: TypeAlias = npt.NDArray[np.int64]

_AXES: tuple[Axis, ...] = ("c", "y", "x")


def bits_for(count: int) -> int:
    """Bits that number `count` things from zero: 1 -> 0, 2 -> 1, 5 -> 3."""
    return (count - 1).bit_length()


def _whole_numbers(values: npt.ArrayLike) -> Addresses:
    """The values as int64; numpy by itself would cut the fraction off without a word."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise ValueError(f"Coordinates and addresses are whole numbers, not {array.dtype}.")
    return array.astype(np.int64, copy=False)


def _is_an_order_of_the_axes(
    _instance: object, _attribute: attrs.Attribute[tuple[Axis, ...]], value: tuple[Axis, ...]
) -> None:
    if sorted(value) != sorted(_AXES):
        raise ValueError(f"fields must name each of c, y and x once, not {value!r}.")


@attrs.frozen
class AddressLayout:
    """The order of the bit fields in a neuron address, lowest bits first."""

    fields: tuple[Axis, ...] = attrs.field(
        default=("c", "x", "y"), validator=_is_an_order_of_the_axes
    )

    def shifts(self, shape: Shape) -> dict[Axis, int]:
        """How far left each coordinate is shifted, for maps of (channels, height, width)."""
        widths = self._widths(shape)
        shifts: dict[Axis, int] = {}
        position = 0
        for axis in self.fields:
            shifts[axis] = position
            position += widths[axis]
        return shifts

    def bits(self, shape: Shape) -> int:
        """Width of an address for maps of (channels, height, width)."""
        return sum(self._widths(shape).values())

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
        shifts = self.shifts(shape)
        address: Addresses = np.zeros((), dtype=np.int64)
        for axis, coordinate, size in zip(_AXES, (c, y, x), shape, strict=True):
            values = _whole_numbers(coordinate)
            if values.size and not (values.min() >= 0 and values.max() < size):
                raise ValueError(
                    f"{axis} must lie in 0..{size - 1} for neurons of shape {shape} "
                    f"(channels, height, width)."
                )
            address = address | (values << shifts[axis])
        return address

    def decode(
        self, addresses: npt.ArrayLike, shape: Shape
    ) -> tuple[Addresses, Addresses, Addresses]:
        """Coordinates (c, y, x) of `addresses`; the inverse of `encode`.

        Raises:
            ValueError: an address is no whole number, or belongs to no neuron of `shape`.
        """
        shifts, widths = self.shifts(shape), self._widths(shape)
        values = _whole_numbers(addresses)
        c, y, x = (values >> shifts[axis] & (1 << widths[axis]) - 1 for axis in _AXES)
        outside = values >> self.bits(shape) != 0
        for coordinate, size in zip((c, y, x), shape, strict=True):
            outside |= coordinate >= size
        if outside.any():
            stray = int(values[outside].flat[0])
            raise ValueError(f"Address {stray} belongs to no neuron of shape {shape}.")
        return c, y, x

    def addresses(self, shape: Shape) -> Addresses:
        """Address of every neuron, as an array of `shape` (channels, height, width)."""
        c, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
        return self.encode(c, y, x, shape)

    def _widths(self, shape: Shape) -> dict[Axis, int]:
        if len(shape) != len(_AXES) or min(shape) < 1:
            raise ValueError(f"A shape is (channels, height, width), each at least 1; not {shape}.")
        return dict(zip(_AXES, map(bits_for, shape), strict=True))


def memory_words(shape: Shape) -> int:
    """Neuron memory words that a layer takes: `f * 2^(ceil(log2 h) + ceil(log2 w))`.

    Args:
        shape: (channels, height, width).
    """
    channels, height, width = shape
    return channels << (bits_for(height) + bits_for(width))
