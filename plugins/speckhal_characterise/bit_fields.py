"""From where each neuron was found to how addresses are made of coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from speckhal.contract.address import AddressLayout, bits_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from speckhal.contract.address import Addresses, Shape

Bits: TypeAlias = tuple[str, ...]
"""Which bit of which coordinate each bit of an address is, lowest first, such as ("c0", "x0")."""

NOWHERE: Final = -1
SINABS_FORMULA: Final = "sinabs' address formula"


@attrs.frozen(eq=False)
class Sighting:
    """Where the neurons of one core were found.

    Attributes:
        core: which one.
        shape: (channels, height, width) of its neurons.
        addresses: of each neuron, an array of `shape`; `NOWHERE` if it was found at none or
            at several.
    """

    core: int
    shape: Shape
    addresses: Addresses


def locate(shape: Shape, first: npt.NDArray[np.int16], second: npt.NDArray[np.int16]) -> Addresses:
    """The address of each neuron, an array of `shape`.

    Args:
        shape: (channels, height, width).
        first: what every address holds where each neuron was given its number.
        second: the same where each was given the complement of it; a word that belongs to no
            neuron is the same in both, and thus given away.
    """
    numbers = first.astype(np.int64) & 0xFFFF
    size = int(np.prod(shape))
    is_neuron = (second == ~first) & (numbers < size)
    found = np.full(size, NOWHERE, dtype=np.int64)
    addresses = np.flatnonzero(is_neuron)
    found[numbers[addresses]] = addresses
    twice = np.bincount(numbers[addresses], minlength=size) > 1
    found[twice] = NOWHERE
    return found.reshape(shape)


def solve(sighting: Sighting) -> Bits | None:
    """The bit fields of the addresses; None if they do not permute the bits of coordinates."""
    addresses, shape = sighting.addresses, sighting.shape
    order: dict[int, str] = {}
    for axis, (name, size) in enumerate(zip("cyx", shape, strict=True)):
        for bit in range(bits_for(size)):
            neuron = tuple(1 << bit if other == axis else 0 for other in range(3))
            order[int(addresses[neuron])] = f"{name}{bit}"
    if sorted(order) != [1 << bit for bit in range(sum(map(bits_for, shape)))]:
        return None
    bits = tuple(order[address] for address in sorted(order))
    c, y, x = np.indices(shape)
    coordinates = {"c": c, "y": y, "x": x}
    expected = np.zeros(shape, dtype=np.int64)
    for place, field in enumerate(bits):
        expected |= (coordinates[field[0]] >> int(field[1:]) & 1) << place
    return bits if np.array_equal(expected, addresses) else None


def order_of_bits(
    shape: Shape, first: npt.NDArray[np.int16], second: npt.NDArray[np.int16]
) -> Bits | None:
    """The bit fields of the addresses, from few of them; None if they are not such fields.

    Args:
        shape: (channels, height, width).
        first: what address 0 and then each address of a single bit holds, from the lowest up, where
            each neuron was given its number.
        second: the same where each was given the complement of it.
    """
    numbers = first.astype(np.int64) & 0xFFFF
    if (second != ~first).any() or (numbers >= np.prod(shape)).any() or numbers[0]:
        return None
    order = []
    for neuron in zip(*np.unravel_index(numbers[1:], shape), strict=True):
        bits = [
            f"{name}{bit}"
            for name, coordinate in zip("cyx", map(int, neuron), strict=True)
            for bit in range(coordinate.bit_length())
            if coordinate >> bit & 1
        ]
        if len(bits) != 1:
            return None
        order += bits
    return tuple(order) if len(set(order)) == len(order) else None


def merge(orders: Iterable[Bits]) -> Bits | None:
    """One order of bits of which each of these is a part; None if they contradict each other.

    Bits of which no order was seen are put as low as possible, channels before columns before
    rows.
    """
    lower: dict[str, set[str]] = {}
    for order in orders:
        for place, bit in enumerate(order):
            lower.setdefault(bit, set()).update(order[:place])
    merged: list[str] = []
    while lower:
        free = [bit for bit, below in lower.items() if below <= set(merged)]
        if not free:
            return None
        merged.append(min(free, key=lambda bit: ("cxy".index(bit[0]), int(bit[1:]))))
        del lower[merged[-1]]
    return tuple(merged)


def simplest_fields(bits: Bits, limits: Mapping[str, int]) -> tuple[str, ...]:
    """The fields of an `AddressLayout` with this order of bits.

    Whole coordinates where every one of them stands together in its own order; else all bits
    that the chip has, where those that were never seen come last.

    Args:
        bits: an order of some of them.
        limits: how many bits each coordinate has on the chip.
    """
    seen = [bit[0] for bit in bits]
    fields = tuple(dict.fromkeys([*seen, *"cxy"]))
    whole = AddressLayout(fields)
    shape = tuple(1 << seen.count(axis) for axis in "cyx")
    if bits == whole.bit_order((shape[0], shape[1], shape[2])):
        return fields
    rest = [f"{axis}{bit}" for axis in "cxy" for bit in range(limits[axis])]
    return (*bits, *(bit for bit in rest if bit not in bits))


def sinabs_addresses(shape: Shape) -> Addresses:
    """Addresses by sinabs' formula, which shifts y by the bits of the height.

    Read from sinabs 3.1.3, `neuron_coordinates_to_address`. Several neurons share an address
    where the map is wider than high.
    """
    channels, height, width = shape
    c, y, x = np.ogrid[:channels, :height, :width]
    channel_bits, height_bits = bits_for(channels), bits_for(height)
    addresses: Addresses = c | x << channel_bits | y << (channel_bits + height_bits)
    return np.broadcast_to(addresses, shape)


def follows(sighting: Sighting, expected: Addresses) -> bool:
    """Whether neurons are where they are expected; where some share an address, one of them is."""
    places, neurons, sharing = np.unique(expected, return_inverse=True, return_counts=True)
    found = sighting.addresses.ravel()
    there = found != NOWHERE
    at_place = np.bincount(neurons.ravel()[there], minlength=places.size)
    return (
        bool((found[there] == expected.ravel()[there]).all())
        and bool((at_place == 1).all())
        and int(sharing.sum()) == found.size
    )
