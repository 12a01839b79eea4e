"""Spikes are made of numbers: what is too large, or no number, is refused with a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal import InputError, Spikes

if TYPE_CHECKING:
    from collections.abc import Callable

_FEW = Spikes(time_us=[1, 2], layer=0, channel=[0, 1])
_WRONG: list[Any] = [2**63, 10**60, -(2**64), np.uint64(2**63), "x", None, 1.5, math.nan, math.inf]


@pytest.mark.parametrize("wrong", _WRONG)
@pytest.mark.parametrize(
    "asked",
    [
        lambda wrong: Spikes.from_raster(np.ones((2, 2)), layer=0, dt_us=wrong),
        lambda wrong: Spikes.from_raster(np.ones((2, 2)), layer=wrong, dt_us=1),
        lambda wrong: _FEW.to_raster((2, 1, 1), dt_us=wrong),
        lambda wrong: _FEW.to_raster((wrong, 1, 1), dt_us=1),
        lambda wrong: _FEW.to_nirdata((2, wrong, 1)),
        lambda wrong: _FEW.counts((2, 1, wrong)),
        _FEW.shifted,
        lambda wrong: Spikes.from_nirdata(
            _FEW.to_nirdata((2, 1, 1)), layer=0, shape=(2, 1, 1), sample=wrong
        ),
        lambda wrong: Spikes.concatenate(np.array(wrong)),
    ],
)
def test_numbers_that_nothing_can_be_made_of_are_refused_with_a_sentence(
    asked: Callable[[Any], object], wrong: object
) -> None:
    with pytest.raises(InputError, match=r"^Asked for .*\."):
        asked(wrong)


@pytest.mark.parametrize("wrong", [2**63, 2**64, 10**60])
def test_a_raster_of_more_steps_than_an_array_has_is_refused(wrong: int) -> None:
    for asked in (
        lambda: _FEW.to_raster((2, 1, 1), dt_us=1, steps=wrong),
        lambda: _FEW.to_raster((2, 1, 1), dt_us=1, steps=10**12),
        lambda: _FEW.to_nirdata((2, 1, 1), t_max_us=wrong),
    ):
        with pytest.raises(InputError, match=r"^Asked for "):
            asked()


@pytest.mark.parametrize("wrong", [2**63, [1, [2]], [[1], [2, 3]]])
def test_what_chooses_no_spikes_is_refused_with_a_sentence(wrong: Any) -> None:
    with pytest.raises((IndexError, InputError), match=r"^Asked for "):
        _FEW[wrong]
