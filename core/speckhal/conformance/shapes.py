"""Shapes of layers: which a chip has room for, and in which of them a wrong address shows."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.conformance.expectations import demand
from speckhal.contract.layer_geometry import kernel_size, layer_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts, CoreMemory
    from speckhal.contract.facts import Range
    from speckhal.contract.network_spec import LayerSpec

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


@attrs.frozen(eq=False)
class CoreRoom:
    """The memories of a chip's cores, and what fits into them.

    Args:
        facts: of the chip.
    """

    facts: ChipFacts

    @property
    def cores(self) -> tuple[CoreMemory, ...]:
        """Memories of the chip's cores."""
        return self.facts.core_memories.value

    def neuron_words(self, shape: Shape) -> int:
        """Words of neuron memory that a layer of that shape takes."""
        return self.facts.neuron_address.value.memory_words(shape)

    def holds(self, shape: Shape) -> bool:
        """Whether a core has room for that layer behind an input of one channel."""
        need = self.facts.layer_memory(shape, inputs=1, kernel=(1, 1), has_biases=True)
        return any(not core.shortfalls(need) for core in self.cores)

    def most_channels(self, size: int) -> int:
        """As many channels of square maps of that size as a core has room for; 0 for none."""
        allowed = self.facts.channel_range.value
        counts = range(allowed.lowest, allowed.highest + 1)
        # a layer of more channels takes no less of any memory
        possible = bisect.bisect_left(
            counts, True, key=lambda count: not self.holds((count, size, size))
        )
        return counts[possible - 1] if possible else 0

    def places(self, specs: Sequence[LayerSpec], cores: Sequence[CoreMemory] = ()) -> bool:
        """Whether each of these layers, one behind the other, finds a core of its own.

        Args:
            specs: the layers.
            cores: among which they are placed; as it comes, those of the chip.
        """
        return _place(list(self.needs(specs)), list(cores or self.cores))

    def needs(self, specs: Sequence[LayerSpec]) -> Iterator[CoreMemory]:
        """The memory that each of a network's layers takes."""
        for spec, before in zip(specs, layer_inputs(specs), strict=True):
            yield self.facts.layer_memory(
                spec.shape,
                inputs=before[0],
                kernel=kernel_size(spec, before),
                has_biases=spec.biases is not None,
            )


def _place(layers: list[CoreMemory], cores: list[CoreMemory]) -> bool:
    """Whether each need finds a core of its own, by trying."""
    if not layers:
        return True
    first, *others = layers
    return any(
        not core.shortfalls(first) and _place(others, cores[:index] + cores[index + 1 :])
        for index, core in enumerate(cores)
    )
