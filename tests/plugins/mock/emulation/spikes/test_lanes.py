"""Lanes in compiled code are what the same functions and operators give in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

import speckhal_mock.emulation.spikes.compiled_lanes  # noqa: F401  # which teaches numba
from speckhal_mock.emulation.spikes.jit import compiled
from speckhal_mock.emulation.spikes.lanes import (
    bits,
    chosen,
    eight,
    everywhere,
    held_sum,
    how_many,
    larger,
    lowest,
    one,
    put_back,
    sixteen,
    smaller,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.spikes.lanes import Lanes

    Words = npt.NDArray[np.int16]
    Weights = npt.NDArray[np.int8]
    Found = npt.NDArray[np.int64]

ENDS: Final = (-32768, -32767, -128, -1, 0, 1, 127, 32766, 32767)


def everything(a: Lanes, b: Lanes, rows: Words, count: int, found: Found) -> None:
    """Do all that there is to lanes, and write what they hold to rows, and masks."""
    number = np.int16(rows[0, 0])
    put_back(rows[0], 0, a + b)
    put_back(rows[1], 0, a - b)
    put_back(rows[2], 0, (a & b) | (a - number))
    put_back(rows[3], 0, held_sum(a, b))
    put_back(rows[4], 0, larger(a, b))
    put_back(rows[5], 0, smaller(a, everywhere(b, number)))
    put_back(rows[6], 0, chosen(a < b, a, b))
    put_back(rows[7], 0, a - number & (b | number))
    masks = (a < b, a >= b, a != b, a < number, a >= number, a != 0, (a < b) & (b >= 0))
    found[0] = bits(masks[0])
    found[1] = bits(masks[1])
    found[2] = bits(masks[2])
    found[3] = bits(masks[3])
    found[4] = bits(masks[4])
    found[5] = bits(masks[5])
    found[6] = bits(masks[6])
    found[7] = bits((a < b) | (a >= number))
    found[8] = how_many(found[7])
    found[9] = lowest(found[7] | 1 << count)


_everything = compiled(everything)


@compiled
def _sixteen(words: Words, weights: Weights, rows: Words, found: Found) -> None:
    _everything(sixteen(words, 3), sixteen(weights, 5), rows, 16, found)


@compiled
def _eight(words: Words, weights: Weights, rows: Words, found: Found) -> None:
    _everything(eight(words, 3), eight(weights, 5), rows, 8, found)


@compiled
def _one(words: Words, weights: Weights, rows: Words, found: Found) -> None:
    _everything(one(words, 3), one(weights, 5), rows, 1, found)


@pytest.mark.parametrize(
    ("in_compiled_code", "load", "width"),
    [(_sixteen, sixteen, 16), (_eight, eight, 8), (_one, one, 1)],
    ids=["sixteen", "eight", "one"],
)
def test_compiled_lanes_are_those_of_numpy(
    in_compiled_code: Callable[[Words, Weights, Words, Found], None],
    load: Callable[[Words | Weights, int], Lanes],
    width: int,
) -> None:
    chance = np.random.default_rng(width)
    for _ in range(200):
        words = chance.choice([*ENDS, *chance.integers(-32768, 32768, 8)], 30).astype(np.int16)
        weights = chance.choice([-128, -127, -1, 0, 1, 127], 30).astype(np.int8)
        rows = np.zeros((8, width), dtype=np.int16)
        rows[0, 0] = chance.choice(words)
        ours, theirs = np.zeros(10, dtype=np.int64), np.zeros(10, dtype=np.int64)
        compiled_rows = rows.copy()

        in_compiled_code(words, weights, compiled_rows, theirs)

        everything(load(words, 3), load(weights, 5), rows, width, ours)
        assert (compiled_rows == rows).all()
        assert (ours == theirs).all()
