"""Shapes of layers that tell one neuron's address from another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.address import memory_words
from speckhal.conformance.expectations import demand

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.address import Shape
    from speckhal.chip import ChipFacts

SHAPES: tuple[Shape, ...] = (
    (1, 1, 1),
    (1, 2, 2),
    (1, 2, 8),  # wider than high: sinabs' formula collides here
    (1, 8, 2),
    (2, 4, 16),
    (2, 16, 4),
    (3, 5, 7),  # no power of two anywhere
    (5, 7, 3),
    (7, 1, 6),
    (6, 9, 1),
    (33, 2, 3),
    (4, 16, 16),
)
"""(channels, height, width): square, wide and tall, powers of two and not."""


def shapes_of(facts: ChipFacts) -> list[Shape]:
    """Those of `SHAPES` that a layer can have on that chip.

    Raises:
        Violation: none of them would show that x and y are swapped, so that nothing is tried.
    """
    room = max(core.neuron_words for core in facts.core_memories.value)
    possible = [
        shape
        for shape in SHAPES
        if shape[0] in facts.channel_range.value
        and shape[1] in facts.map_size_range.value
        and shape[2] in facts.map_size_range.value
        and memory_words(shape) <= room
    ]
    demand(
        any(height != width for _, height, width in possible),
        f"By its facts, a layer of the chip has {facts.channel_range.value} channels in maps of "
        f"{facts.map_size_range.value}, and its largest core {room} words for neurons. Of the "
        f"{len(SHAPES)} shapes that neurons are looked for in, {len(possible)} are left, and none "
        "of those is higher than wide, or wider than high: nothing can be said of its addresses.",
    )
    return possible


def largest(facts: ChipFacts) -> Shape:
    """The most channels of the largest map that fit into the largest neuron memory."""
    size = facts.map_size_range.value.highest
    room = max(core.neuron_words for core in facts.core_memories.value)
    while memory_words((1, size, size)) > room:
        size //= 2
    return room // memory_words((1, size, size)), size, size


def distinct(shape: Shape, first: int = 1) -> npt.NDArray[np.int16]:
    """A membrane potential for each neuron that no other one has, from `first` up."""
    count = shape[0] * shape[1] * shape[2]
    return np.arange(first, first + count, dtype=np.int16).reshape(shape)
