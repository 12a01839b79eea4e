"""What a chip is: memories, ranges, address layout and errata, each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from speckhal.contract.address import bits_for
from speckhal.contract.errors import BackendBroken
from speckhal.contract.facts import Erratum, Fact, Range
from speckhal.contract.limits import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal.contract.address import NeuronAddresses, Shape
    from speckhal.contract.facts import Affected


@attrs.frozen
class CoreMemory:
    """Memory of one core, or what a layer takes of it, in words.

    Attributes:
        kernel_words: 8-bit words for kernels.
        neuron_words: 16-bit words for membrane potentials.
        bias_words: 16-bit words for biases, one per output channel.
    """

    kernel_words: int
    neuron_words: int
    bias_words: int

    def shortfalls(self, need: CoreMemory) -> dict[str, tuple[int, int]]:
        """The memories that are too small for a layer: the words it takes, and the words there are.

        Args:
            need: what the layer takes.

        Returns:
            By "kernel", "neuron" and "bias"; empty if the layer fits.
        """
        pairs = {
            "kernel": (need.kernel_words, self.kernel_words),
            "neuron": (need.neuron_words, self.neuron_words),
            "bias": (need.bias_words, self.bias_words),
        }
        return {memory: pair for memory, pair in pairs.items() if pair[0] > pair[1]}


def kernel_words(inputs: int, kernel: tuple[int, int], channels: int) -> int:
    """Words of kernel memory that a layer takes: inputs times powers of two.

    Source: SynSense, Speck2e/f data sheet 1.02, memory configuration.

    Args:
        inputs: channels of its input.
        kernel: (height, width) of its kernel.
        channels: of its output.
    """
    height, width = kernel
    return inputs << (bits_for(height * width) + bits_for(channels))


@attrs.frozen
class ChipFacts:
    """One chip as a row of facts. Everything the HAL checks, it checks against these.

    What lies outside a range is refused. Outside one that is only assumed, and at a rate beyond
    those that are typical or were seen to work, there is a `FactWarning` instead.

    Attributes:
        name: the chip's name as users type it, such as "speck2f".
        core_memories: memory of each core, in order.
        neuron_address: how a neuron's coordinates make its address.
        v_mem_range: membrane potentials that a neuron can hold.
        threshold_high_range: a neuron fires at or above this.
        threshold_low_range: a membrane potential never falls below this.
        bias_range: what is added to a neuron at a tick.
        channel_range: channels of one layer.
        map_size_range: height and width of a layer's neurons.
        slow_clock_default_rate_hz: rate of the slow clock before anyone sets it; None without an
            external clock.
        slow_clock_typical_rate_hz: rates the vendor calls typical; others may work. None without
            an external clock.
        internal_clock_divider_range: n, for one internal tick per 2^n DVS events; None without an
            internal clock.
        errata: known faults.
        particulars: what else is known of it, by a name of the fact: what its driver acts on, and
            what distinguishes it from its siblings, such as names in the vendor's SDK. The optional
            facts that speckhal acts on have properties of the same names below.
    """

    name: str
    core_memories: Fact[tuple[CoreMemory, ...]]
    neuron_address: Fact[NeuronAddresses]
    v_mem_range: Fact[Range]
    threshold_high_range: Fact[Range]
    threshold_low_range: Fact[Range]
    bias_range: Fact[Range]
    channel_range: Fact[Range]
    map_size_range: Fact[Range]
    slow_clock_default_rate_hz: Fact[int] | None = None
    slow_clock_typical_rate_hz: Fact[Range] | None = None
    internal_clock_divider_range: Fact[Range] | None = None
    errata: tuple[Erratum, ...] = ()
    particulars: Mapping[str, Fact[object]] = attrs.field(factory=dict, hash=False)

    @property
    def slow_clock_seen_rate_hz(self) -> Fact[Range] | None:
        """Rates besides the typical ones that were seen to work; None where nobody tried."""
        return cast("Fact[Range] | None", self.particulars.get("slow_clock_seen_rate_hz"))

    @property
    def slow_clock_highest_rate_hz(self) -> Fact[int] | None:
        """The most that the board can make of the slow clock; None where that is not known."""
        return cast("Fact[int] | None", self.particulars.get("slow_clock_highest_rate_hz"))

    @property
    def updates_per_s(self) -> Fact[int] | None:
        """Neurons that one core can update in a second; None where that is not known."""
        return cast("Fact[int] | None", self.particulars.get("updates_per_s"))

    @property
    def input_channel_range(self) -> Fact[Range] | None:
        """Channels of a network's input; None where that is not known."""
        return cast("Fact[Range] | None", self.particulars.get("input_channel_range"))

    @property
    def input_size_range(self) -> Fact[Range] | None:
        """Height and width of a network's input; None where that is not known."""
        return cast("Fact[Range] | None", self.particulars.get("input_size_range"))

    def limit(self, name: str) -> Limit:
        """The fact of that name, such as "bias_range", as a limit to what is asked of the chip.

        Where the fact is one number, the highest, the limit begins at 1.

        Raises:
            AttributeError: there is no such fact, or this chip does not have it.
            BackendBroken: it is something else than a range of whole numbers.
        """
        fact = getattr(self, name)
        if fact is None:
            raise AttributeError(f"Nothing is known of {name} of the {self.name}.")
        if isinstance(fact.value, int):
            fact = attrs.evolve(fact, value=Range(1, fact.value))
        if not isinstance(fact.value, Range):
            raise BackendBroken(
                f"Facts of the {self.name} say {fact.value!r} for {name}, and that is no Range.",
                hint="Report this to the authors of its backend, who can write "
                "Fact(Range(lowest, highest), source).",
            )
        return Limit(self.name, name, fact)

    def errata_of(self, affected: Affected, core: int, shape: Shape) -> tuple[Erratum, ...]:
        """The errata by which something goes wrong for a layer on that core.

        Args:
            affected: what goes wrong, such as "leak".
            core: index of the core.
            shape: (channels, height, width) of the layer's neurons.
        """
        return tuple(
            erratum
            for erratum in self.errata
            if erratum.affects == affected and erratum.applies_to(core, shape)
        )

    def layer_memory(
        self, shape: Shape, *, inputs: int, kernel: tuple[int, int], has_biases: bool
    ) -> CoreMemory:
        """What a convolutional layer takes of a core.

        Words of neurons follow from how the chip addresses them.

        Args:
            shape: (channels, height, width) of its neurons.
            inputs: channels of its input.
            kernel: (height, width) of its kernel.
            has_biases: whether it has any.
        """
        return CoreMemory(
            kernel_words=kernel_words(inputs, kernel, shape[0]),
            neuron_words=self.neuron_address.value.memory_words(shape),
            bias_words=shape[0] if has_biases else 0,
        )

    def rows(self) -> Iterator[tuple[str, Fact[object]]]:
        """Each fact with its name: those that every chip has first, then the particulars."""
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if isinstance(value, Fact):
                yield field.name, value
        yield from self.particulars.items()
