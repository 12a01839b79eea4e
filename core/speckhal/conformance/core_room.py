"""Which layers the cores of a chip have room for, by its facts."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts, CoreMemory
    from speckhal.contract.network_spec import LayerSpec


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
        before = None
        for spec in specs:
            inputs = 1 if before is None else before.shape[0]
            kernel = 1 if before is None else before.shape[1] - spec.shape[1] + 1
            has_biases = spec.biases is not None
            yield self.facts.layer_memory(
                spec.shape, inputs=inputs, kernel=(kernel, kernel), has_biases=has_biases
            )
            before = spec


def _place(layers: list[CoreMemory], cores: list[CoreMemory]) -> bool:
    """Whether each need finds a core of its own, by trying."""
    if not layers:
        return True
    first, *others = layers
    return any(
        not core.shortfalls(first) and _place(others, cores[:index] + cores[index + 1 :])
        for index, core in enumerate(cores)
    )
