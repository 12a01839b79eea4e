"""Neuron addresses whose bits are fields, one for each coordinate, as the Speck chips have them.

The Speck chips pack the coordinates as bit fields, each as wide as its map needs, low bits first:
`address = c | x << cb | y << (cb + xb)` with `cb = ceil(log2(channels))` and so on (source:
chip data sheet 1.02, memory configuration). sinabs 3.1.3 shifts y by the bits of the *height*,
which collides on maps wider than high and is why this module exists.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.neuron_addresses import (
    AXES,
    Addresses,
    Axis,
    NeuronAddresses,
    Shape,
    bits_for,
    checked_coordinates,
    checked_shape,
    every_coordinate,
    refuse_strays,
    whole_numbers,
)

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "AddressLayout",
    "Addresses",
    "Axis",
    "NeuronAddresses",
    "Shape",
    "bits_for",
    "memory_words",
]

_AXIS_OF: dict[str, Axis] = {axis: axis for axis in AXES}
_FIELD = re.compile(r"[cyx](0|[1-9][0-9]*)?")


def _are_fields(
    _instance: object, _attribute: attrs.Attribute[tuple[str, ...]], value: tuple[str, ...]
) -> None:
    if not (all(map(_FIELD.fullmatch, value)) and all(_is_complete(axis, value) for axis in AXES)):
        raise ValueError(
            f"fields must name each of c, y and x once, or each of its bits from 0 up once, such "
            f"as c0; not {value!r}."
        )


def _is_complete(axis: Axis, fields: tuple[str, ...]) -> bool:
    """Whether the fields name the axis once, or its bits without a gap."""
    parts = [field[1:] for field in fields if field[0] == axis]
    return parts == [""] or (
        "" not in parts and sorted(map(int, parts)) == list(range(len(parts))) and bool(parts)
    )


@attrs.frozen
class _Piece:
    """Neighbouring bits of a coordinate, from `first` on, that stay neighbours in the address."""

    axis: Axis
    first: int
    width: int
    position: int

    @property
    def mask(self) -> int:
        return (1 << self.width) - 1


@attrs.frozen
class AddressLayout(NeuronAddresses):
    """The order of the bits in a neuron address.

    Attributes:
        fields: lowest bits first. "c" stands for all bits that the channels of a layer need,
            "c0" for the lowest of these alone, so that any permutation of bits can be written
            down. A layout is packed: bits that a shape does not need leave no gap.
    """

    fields: tuple[str, ...] = attrs.field(default=("c", "x", "y"), validator=_are_fields)

    def bits(self, shape: Shape) -> int:
        return sum(_widths(shape).values())

    def bit_order(self, shape: Shape) -> tuple[str, ...]:
        """Which bit of which coordinate each bit of an address is, lowest first.

        Args:
            shape: (channels, height, width) of the layer's neurons.
        """
        return tuple(
            f"{piece.axis}{piece.first + bit}"
            for piece in self._pieces(shape)
            for bit in range(piece.width)
        )

    def encode(
        self, c: npt.ArrayLike, y: npt.ArrayLike, x: npt.ArrayLike, shape: Shape
    ) -> Addresses:
        pieces = self._pieces(shape)
        return _joined(pieces, checked_coordinates(c, y, x, shape))

    def decode(
        self, addresses: npt.ArrayLike, shape: Shape
    ) -> tuple[Addresses, Addresses, Addresses]:
        values = whole_numbers(addresses)
        coordinates = {axis: np.zeros_like(values) for axis in AXES}
        for piece in self._pieces(shape):
            coordinates[piece.axis] |= (values >> piece.position & piece.mask) << piece.first
        outside = values >> self.bits(shape) != 0
        for axis, size in zip(AXES, shape, strict=True):
            outside |= coordinates[axis] >= size
        refuse_strays(values, outside, shape)
        return coordinates["c"], coordinates["y"], coordinates["x"]

    def addresses(self, shape: Shape) -> Addresses:
        """Address of every neuron, as an array of `shape` (channels, height, width)."""
        return _joined(self._pieces(shape), dict(zip(AXES, every_coordinate(shape), strict=True)))

    def memory_words(self, shape: Shape) -> int:
        return memory_words(shape)

    def formula(self) -> str:
        """How an address is made: as shifts of coordinates, or bit by bit."""
        if any(field[1:] for field in self.fields):
            return f"from the lowest bit up: {' '.join(self.fields)}"
        terms: list[str] = []
        widths: list[str] = []
        for axis in self.fields:
            shift = " + ".join(widths)
            shift = f"({shift})" if len(widths) > 1 else shift
            terms.append(f"{axis} << {shift}" if shift else axis)
            widths.append(f"{axis}b")
        return f"{' | '.join(terms)}, each field as wide as its axis needs"

    def _pieces(self, shape: Shape) -> tuple[_Piece, ...]:
        return _pieces_of(tuple(self.fields), checked_shape(shape))


@functools.lru_cache(maxsize=128)  # they are asked for again and again, for the same few layers
def _pieces_of(fields: tuple[str, ...], shape: Shape) -> tuple[_Piece, ...]:
    widths = _widths(shape)
    pieces: list[_Piece] = []
    position = 0
    for field in fields:
        axis = _AXIS_OF[field[0]]
        first = int(field[1:] or 0)
        needed = widths[axis] - first
        bits = min(1, max(0, needed)) if field[1:] else needed
        pieces.append(_Piece(axis, first, bits, position))
        position += bits
    if position < sum(widths.values()):
        raise ValueError(
            f"The layout {' '.join(fields)} has {position} bits for neurons of shape "
            f"{shape} (channels, height, width), and they need {sum(widths.values())}."
        )
    return tuple(pieces)


def _joined(pieces: tuple[_Piece, ...], coordinates: dict[Axis, Addresses]) -> Addresses:
    address: Addresses = np.zeros(np.broadcast(*coordinates.values()).shape, dtype=np.int64)
    for piece in pieces:
        bits = coordinates[piece.axis] >> piece.first & piece.mask
        address = address | (bits << piece.position)
    return address


def _widths(shape: Shape) -> dict[Axis, int]:
    return dict(zip(AXES, map(bits_for, checked_shape(shape)), strict=True))


def memory_words(shape: Shape) -> int:
    """Neuron memory words that a layer takes: `f * 2^(ceil(log2 h) + ceil(log2 w))`.

    Args:
        shape: (channels, height, width).
    """
    channels, height, width = checked_shape(shape)
    return channels << (bits_for(height) + bits_for(width))
