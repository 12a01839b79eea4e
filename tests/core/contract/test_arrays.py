"""Arrays from users become plain arrays that say the same, or are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from speckhal.contract.address import AddressLayout
from speckhal.contract.arrays import plain_array

VALUES = arrays.arrays(np.int16, arrays.array_shapes(max_dims=3))


@given(values=VALUES)
def test_what_hides_nothing_stays_as_it_is(values: Any) -> None:
    for same in (values, values.tolist(), np.ma.MaskedArray(values), torch.from_numpy(values)):
        plain = plain_array(same)
        assert type(plain) is np.ndarray
        assert np.array_equal(plain, values)


@given(values=VALUES, data=st.data())
def test_a_mask_that_hides_something_is_refused_wherever_it_is(values: Any, data: Any) -> None:
    mask = data.draw(arrays.arrays(np.bool_, values.shape).filter(np.any))
    masked: Any = np.ma.MaskedArray(values, mask)
    nested: tuple[Any, ...] = (masked, [masked, masked], (1, [masked]), [1, np.ma.masked])
    for each in nested:
        with pytest.raises(ValueError, match="masked array, whose mask would be lost"):
            plain_array(each)


def test_what_makes_no_array_is_refused_with_the_reason() -> None:
    uneven: Any = [[1], [1, 2]]
    with pytest.raises(ValueError, match="lists of different lengths"):
        plain_array(uneven)
    with pytest.raises(ValueError, match=r"a Tensor that makes no array: .*requires grad"):
        plain_array(torch.ones(2, requires_grad=True))
    with pytest.raises(ValueError, match="a Tensor that makes no array"):
        plain_array(torch.ones(2, device="meta"))


def test_masked_coordinates_and_addresses_are_refused() -> None:
    masked: Any = np.ma.MaskedArray([0, 1], [True, False])
    with pytest.raises(ValueError, match="mask would be lost"):
        AddressLayout().encode(masked, 0, 0, (2, 2, 2))
    with pytest.raises(ValueError, match="mask would be lost"):
        AddressLayout().decode(masked, (2, 2, 2))
