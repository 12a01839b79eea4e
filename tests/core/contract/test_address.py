from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from speckhal.contract.address import Addresses, AddressLayout, Axis, Shape, bits_for, memory_words
from speckhal.contract.linear_address import LinearAddresses

if TYPE_CHECKING:
    from collections.abc import Callable

ORDERS: list[tuple[Axis, ...]] = list(itertools.permutations(("c", "y", "x")))

layouts = st.sampled_from(ORDERS).map(AddressLayout)
# what the chips take: up to 1024 channels, maps of up to 64 by 64
legal = st.tuples(st.integers(1, 1024), st.integers(1, 64), st.integers(1, 64))
small = legal.filter(lambda shape: math.prod(shape) <= 1 << 15)


def every_coordinate(shape: Shape) -> tuple[Addresses, Addresses, Addresses]:
    c, y, x = np.indices(shape)
    return c, y, x


@given(layouts, small)
def test_decode_inverts_encode(layout: AddressLayout, shape: Shape) -> None:
    wanted = every_coordinate(shape)
    for found, coordinate in zip(
        layout.decode(layout.encode(*wanted, shape), shape), wanted, strict=True
    ):
        np.testing.assert_array_equal(found, coordinate)


@given(layouts, small)
def test_no_two_neurons_share_an_address(layout: AddressLayout, shape: Shape) -> None:
    addresses = layout.addresses(shape)
    assert addresses.shape == shape
    assert np.unique(addresses).size == math.prod(shape)
    assert addresses.min() == 0
    assert addresses.max() < 1 << layout.bits(shape)


@given(layouts, small, st.integers(-9, 1 << 17))
def test_an_address_is_decoded_only_if_it_is_some_neurons(
    layout: AddressLayout, shape: Shape, address: int
) -> None:
    if np.isin(address, layout.addresses(shape)):
        assert layout.encode(*layout.decode(address, shape), shape) == address
    else:
        with pytest.raises(ValueError, match=f"Address {address} belongs to no neuron"):
            layout.decode(address, shape)


@given(legal, st.data())
def test_an_address_is_channel_column_row_from_the_low_bits_up(
    shape: Shape, data: st.DataObject
) -> None:
    c, y, x = (data.draw(st.integers(0, size - 1)) for size in shape)
    channel_bits, _, column_bits = (math.ceil(math.log2(size)) for size in shape)
    expected = c + x * 2**channel_bits + y * 2 ** (channel_bits + column_bits)
    assert AddressLayout().encode(c, y, x, shape) == expected


@given(legal)
def test_a_layer_that_fits_its_memory_has_no_address_beyond_it(shape: Shape) -> None:
    channels, height, width = shape
    words = memory_words(shape)
    assert words == channels * 2 ** (math.ceil(math.log2(height)) + math.ceil(math.log2(width)))
    for memory in (1 << 14, 1 << 15, 1 << 16):
        if words <= memory:
            last = AddressLayout().encode(channels - 1, height - 1, width - 1, shape)
            assert last < memory


@pytest.mark.parametrize(
    ("shape", "c", "y", "x", "address"),
    [
        ((128, 16, 16), 63, 11, 3, 22975),  # the data sheet's own example
        ((1, 2, 8), 0, 1, 7, 15),  # wider than high, where sinabs' formula gives 7
        ((1, 8, 2), 0, 7, 1, 15),
        ((5, 7, 7), 4, 6, 6, 436),
        ((1, 1, 1), 0, 0, 0, 0),
    ],
)
def test_known_addresses(shape: Shape, c: int, y: int, x: int, address: int) -> None:
    assert AddressLayout().encode(c, y, x, shape) == address
    assert tuple(map(int, AddressLayout().decode(address, shape))) == (c, y, x)


def test_coordinates_are_broadcast_against_each_other() -> None:
    addresses = AddressLayout().encode(0, [[0], [1]], [0, 1, 2], (1, 2, 3))
    np.testing.assert_array_equal(addresses, [[0, 1, 2], [4, 5, 6]])


def test_no_coordinates_make_no_addresses() -> None:
    layout = AddressLayout()
    assert layout.encode([], [], [], (1, 2, 2)).shape == (0,)
    assert [axis.shape for axis in layout.decode([], (1, 2, 2))] == [(0,)] * 3


@given(legal, st.sampled_from([0, 1, 2]), st.sampled_from(["below", "above"]))
def test_a_coordinate_outside_the_shape_is_refused(shape: Shape, axis: int, side: str) -> None:
    c, y, x = (0 if other != axis else -1 if side == "below" else shape[axis] for other in range(3))
    with pytest.raises(ValueError, match=rf"^{'cyx'[axis]} must lie in 0\.\.{shape[axis] - 1} "):
        AddressLayout().encode(c, y, x, shape)


@pytest.mark.parametrize("fraction", [0.5, [0.0], np.float32(1)])
def test_a_fraction_is_no_coordinate_and_no_address(fraction: float) -> None:
    with pytest.raises(ValueError, match="whole numbers, not float"):
        AddressLayout().encode(fraction, 0, 0, (2, 2, 2))
    with pytest.raises(ValueError, match="whole numbers, not float"):
        AddressLayout().decode(fraction, (2, 2, 2))


@pytest.mark.parametrize("shape", [(0, 1, 1), (1, 2), (1, 2, 3, 4), (1, -1, 1), (1.0, 2, 3)])
def test_a_shape_that_is_none_is_refused(shape: Shape) -> None:
    with pytest.raises(ValueError, match=r"A shape is \(channels, height, width\)"):
        AddressLayout().bits(shape)


@pytest.mark.parametrize("number", [int, np.uint8, np.int64])
def test_a_shape_may_be_of_numpys_numbers_and_a_list(number: Callable[[int], int]) -> None:
    shape: Any = [number(size) for size in (4, 16, 16)]
    layout = AddressLayout(cast("tuple[str, ...]", ["c", "x", "y"]))  # as an untyped plugin may
    assert layout.addresses(shape).tolist() == AddressLayout().addresses((4, 16, 16)).tolist()
    assert LinearAddresses().addresses(shape).ravel().tolist() == list(range(4 * 16 * 16))


def test_a_layout_must_name_each_axis_once() -> None:
    with pytest.raises(ValueError, match="each of c, y and x once"):
        AddressLayout(("c", "c", "x"))


@given(st.integers(1, 1 << 20))
def test_bits_are_just_enough(count: int) -> None:
    bits = bits_for(count)
    assert 1 << bits >= count
    assume(bits)
    assert 1 << (bits - 1) < count
