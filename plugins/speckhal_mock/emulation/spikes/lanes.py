"""Neurons side by side, as one value: what a kernel does to all of them at once.

Lanes are an array of 16-bit numbers; comparing them gives a mask, an array of bool. The operators
`+ - & | < >= !=` and these functions are all that there is; on the right of an operator may
stand one number for all lanes. This file says in NumPy what they do. `compiled_lanes` makes each an
instruction of the processor, which numba does not find by itself for as few channels as most
layers have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.leak_rule import V_MAX, V_MIN

if TYPE_CHECKING:
    import numpy.typing as npt

    Lanes = npt.NDArray[np.int16]
    Mask = npt.NDArray[np.bool_]
    Words = npt.NDArray[np.int16] | npt.NDArray[np.int8]


def sixteen(words: Words, first: int) -> Lanes:
    """Sixteen words of a memory, from the first one on."""
    return words[first : first + 16].astype(np.int16)


def eight(words: Words, first: int) -> Lanes:
    """Eight words of a memory, from the first one on."""
    return words[first : first + 8].astype(np.int16)


def one(words: Words, first: int) -> Lanes:
    """A single word of a memory."""
    return words[first : first + 1].astype(np.int16)


def put_back(words: npt.NDArray[np.int16], first: int, lanes: Lanes) -> None:
    """Write lanes to a memory, from the first word on."""
    words[first : first + lanes.size] = lanes


def everywhere(lanes: Lanes, number: np.int16) -> Lanes:
    """As many lanes, which all hold the number."""
    return np.full_like(lanes, number)


def chosen(mask: Mask, yes: Lanes, no: Lanes) -> Lanes:
    """Each lane of the one where the mask holds, else of the other."""
    return np.where(mask, yes, no)


def held_sum(lanes: Lanes, others: Lanes) -> Lanes:
    """The sum of each two, held at the ends of 16 bits; `+` takes it modulo 2^16."""
    held: Lanes = np.clip(lanes.astype(np.int32) + others, V_MIN, V_MAX).astype(np.int16)
    return held


def larger(lanes: Lanes, others: Lanes) -> Lanes:
    """The larger one of each two."""
    return np.maximum(lanes, others)


def smaller(lanes: Lanes, others: Lanes) -> Lanes:
    """The smaller one of each two."""
    return np.minimum(lanes, others)


def bits(mask: Mask) -> int:
    """The mask as a whole number; the first lane is its lowest bit."""
    return sum(1 << lane for lane in range(mask.size) if mask[lane])


def how_many(number: int) -> int:
    """How many bits of a number are set, which must not be negative."""
    return int(number).bit_count()


def lowest(number: int) -> int:
    """Which bit is the lowest one that is set; the number must be positive."""
    return int(number & -number).bit_length() - 1
