"""Shapes of layers in which a wrong address shows, and distinct values for their neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.core_room import CoreRoom
from speckhal.conformance.expectations import demand

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.facts import Range

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

SMALL_SHAPES: tuple[Shape, ...] = (
    (2, 3, 4),
    (2, 4, 3),
    (1, 3, 5),
    (1, 5, 3),
    (2, 2, 3),
    (2, 3, 2),
    (4, 2, 4),
    (4, 4, 2),
    (1, 1, 2),
    (1, 2, 1),
)
"""Small ones, for chips on which none of `SHAPES` that is wide or tall is possible."""


def shapes_of(facts: ChipFacts) -> list[Shape]:
    """Those of `SHAPES` that a layer can have on that chip, or else of `SMALL_SHAPES`.

    Raises:
        Violation: none of them would show that x and y are swapped, so that nothing is tried.
    """
    possible = [shape for shape in SHAPES if _is_possible(shape, facts)]
    if not any(map(_sets_axes_apart, possible)):
        possible += [shape for shape in SMALL_SHAPES if _is_possible(shape, facts)]
    room = max(core.neuron_words for core in facts.core_memories.value)
    demand(
        any(map(_sets_axes_apart, possible)),
        f"By its facts, a layer of the chip has {facts.channel_range.value} channels in maps of "
        f"{facts.map_size_range.value}, and its largest core {room} words for neurons. Of the "
        f"{len(SHAPES) + len(SMALL_SHAPES)} shapes that neurons are looked for in, "
        f"{len(possible)} are left, and none of those is higher than wide, or wider than high: "
        "nothing can be said of its addresses.",
    )
    return possible


def distinct(shape: Shape, first: int = 1, within: Range | None = None) -> npt.NDArray[np.int16]:
    """A membrane potential for each neuron that no other one has, from `first` up.

    Args:
        shape: (channels, height, width).
        first: the lowest.
        within: what they may be; where there are fewer than neurons, they begin again.
    """
    count = shape[0] * shape[1] * shape[2]
    values = np.arange(count)
    if within is not None:
        first = min(max(first, within.lowest), within.highest)
        if first + count - 1 > within.highest:  # further down there may be room for all
            first = max(within.lowest, min(first, within.highest - count + 1))
        values %= within.highest - first + 1
    return (first + values).astype(np.int16).reshape(shape)


def some_of(shape: Shape) -> npt.NDArray[np.int64]:
    """Three neurons of a layer in no order of theirs, (neurons, 3), or all if it has fewer."""
    channels, height, width = shape
    corners = [
        (channels - 1, height - 1, width - 1),
        (0, 0, min(1, width - 1)),
        (channels - 1, 0, 0),
    ]
    return np.array(list(dict.fromkeys(corners)))


def _is_possible(shape: Shape, facts: ChipFacts) -> bool:
    channels, height, width = shape
    return (
        channels in facts.channel_range.value
        and height in facts.map_size_range.value
        and width in facts.map_size_range.value
        and CoreRoom(facts).holds(shape)
    )


def _sets_axes_apart(shape: Shape) -> bool:
    return shape[1] != shape[2]
