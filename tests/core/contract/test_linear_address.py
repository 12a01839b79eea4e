from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal import LinearAddresses, Shape

if TYPE_CHECKING:
    from speckhal.contract.address import Axis, NeuronAddresses

ORDERS: list[tuple[Axis, ...]] = list(itertools.permutations(("c", "y", "x")))

linear = st.sampled_from(ORDERS).map(LinearAddresses)
shapes = st.tuples(st.integers(1, 40), st.integers(1, 12), st.integers(1, 12))


@given(linear, shapes)
def test_addresses_are_all_numbers_from_0_up_without_a_gap(
    layout: LinearAddresses, shape: Shape
) -> None:
    addresses = layout.addresses(shape)
    assert addresses.shape == shape
    assert sorted(addresses.ravel().tolist()) == list(range(math.prod(shape)))
    assert layout.memory_words(shape) == math.prod(shape)
    assert int(addresses.max()).bit_length() == layout.bits(shape)


@given(linear, shapes)
def test_decode_inverts_encode(layout: LinearAddresses, shape: Shape) -> None:
    c, y, x = np.indices(shape)
    for found, wanted in zip(
        layout.decode(layout.encode(c, y, x, shape), shape), (c, y, x), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


@given(shapes)
def test_as_it_comes_the_order_is_that_of_a_numpy_array(shape: Shape) -> None:
    expected = np.arange(math.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(LinearAddresses().addresses(shape), expected)


@pytest.mark.parametrize(
    ("order", "formula"),
    [(("c", "y", "x"), "c*h*w + y*w + x"), (("x", "y", "c"), "x*h*channels + y*channels + c")],
)
def test_the_formula_is_written_down(order: tuple[Axis, ...], formula: str) -> None:
    layout: NeuronAddresses = LinearAddresses(order)
    assert layout.formula() == formula


@pytest.mark.parametrize("stray", [-1, 30])
def test_an_address_of_no_neuron_is_refused(stray: int) -> None:
    with pytest.raises(ValueError, match=f"Address {stray} belongs to no neuron"):
        LinearAddresses().decode([0, stray], (2, 3, 5))


def test_what_is_no_neuron_no_shape_and_no_order_is_refused() -> None:
    with pytest.raises(ValueError, match=r"y must lie in 0\.\.2"):
        LinearAddresses().encode(0, 3, 0, (2, 3, 5))
    with pytest.raises(ValueError, match="each at least 1"):
        LinearAddresses().addresses((2, 0, 5))
    with pytest.raises(ValueError, match="order must name each of c, y and x once"):
        LinearAddresses(("c", "y", "y"))
