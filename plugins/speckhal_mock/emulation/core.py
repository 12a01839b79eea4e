"""One core of an emulated chip: its configuration, its memories, and the leak of its neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import numpy.typing as npt

from speckhal.contract.address import Addresses, Shape, bits_for, memory_words
from speckhal.contract.chip import CoreMemory, kernel_words
from speckhal_mock.emulation.leak_rule import V_MAX, V_MIN, LeakRule
from speckhal_mock.emulation.memory import Memory, Word
from speckhal_mock.emulation.population import Population
from speckhal_samna.speck_facts import CORE_MEMORIES

if TYPE_CHECKING:
    from speckhal_mock.emulation.options import EmulationOptions

CNN_CORES: Final = range(len(CORE_MEMORIES.value))
"""Destinations that are cores; others, such as 12 for the readout, are not."""

READOUT: Final = 12
"""A destination that is no core: the readout block."""

_EQUAL: Final = attrs.cmp_using(np.array_equal)


@attrs.frozen
class Destination:
    """Where the spikes of a core go.

    Attributes:
        layer: a core, 0..8, or 12 for the readout.
        pooling: rows and columns are divided by it; 1, 2 or 4.
        feature_shift: added to the channel.
    """

    layer: int
    pooling: int = 1
    feature_shift: int = 0


@attrs.frozen
class CoreConfig:
    """What `apply_configuration` writes to one core. It keeps the arrays as they are given.

    It equals another one if writing either of them makes no difference to the core.

    Attributes:
        shape: (channels, height, width) of the core's neurons.
        biases: (channels,), added to every neuron of the channel at a tick.
        threshold_high: a neuron fires at or above this, 0..32767.
        threshold_low: no update leaves a neuron below this, -32768..-1.
        return_to_zero: whether a neuron that fires becomes 0, not v - threshold_high.
        leak_enable: whether ticks reach the core.
        leak_internal: whether it asks for ticks of the chip's own slow clock.
        monitor_enable: whether its spikes go to the host too.
        initial_v_mem: (channels, height, width), states that the configuration brings.
        weights: (out channels, in channels, height, width) of the kernels.
        destinations: those that are enabled.
        stride: (y, x) of the convolution.
        padding: (y, x), on both sides.
        input_size: (height, width) of the maps that come in; None for the smallest from which
            kernel, stride and padding make `shape`.
        passes_one_spike_of: the output decimator lets one spike of that number pass; 1 lets all.
        drops_when_congested: the congestion balancer: whether what arrives at a full queue is
            dropped; otherwise whoever sends it waits.
        readout_watched: whether the host wants to know what spikes do at the readout.

    Raises:
        ValueError: a number is out of range, or an array has another shape or type.
    """

    shape: Shape
    biases: npt.NDArray[np.int16] = attrs.field(eq=_EQUAL)
    threshold_high: int
    threshold_low: int
    return_to_zero: bool
    leak_enable: bool
    leak_internal: bool
    monitor_enable: bool
    initial_v_mem: npt.NDArray[np.int16] = attrs.field(eq=_EQUAL)
    weights: npt.NDArray[np.int8] = attrs.field(eq=_EQUAL)
    destinations: tuple[Destination, ...] = ()
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    input_size: tuple[int, int] | None = None
    passes_one_spike_of: int = 1
    drops_when_congested: bool = False
    readout_watched: bool = attrs.field(default=False, eq=False)  # it is the readout's

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.threshold_high <= V_MAX:
            raise ValueError(f"threshold_high is {self.threshold_high}; it must lie in 0..{V_MAX}.")
        if not V_MIN <= self.threshold_low <= -1:
            raise ValueError(
                f"threshold_low is {self.threshold_low}; it must lie in {V_MIN}..-1 "
                f"(0 is a known fault of the chips: use -1)."
            )
        if self.weights.ndim != 4:
            raise ValueError(
                f"weights has {self.weights.ndim} axes; it needs four: (out channels, in "
                f"channels, height, width)."
            )
        channels = self.shape[0]
        for name, array, shape, word in (
            ("biases", self.biases, (channels,), np.int16),
            ("initial_v_mem", self.initial_v_mem, self.shape, np.int16),
            ("weights", self.weights, (channels, *self.weights.shape[1:]), np.int8),
        ):
            if array.shape != shape or array.dtype != word:
                raise ValueError(
                    f"{name} has shape {array.shape} and type {array.dtype}; neurons of shape "
                    f"{self.shape} (channels, height, width) need {shape} and {np.dtype(word)}."
                )

    @property
    def input_shape(self) -> Shape:
        """(channels, height, width) of the maps that come in."""
        _, inputs, *kernel = self.weights.shape
        size = self.input_size
        if size is None:
            height, width = (
                (pixels - 1) * stride + taps - 2 * padding
                for pixels, stride, taps, padding in zip(
                    self.shape[1:], self.stride, kernel, self.padding, strict=True
                )
            )
            size = (height, width)
        return (inputs, *size)


class EmulatedCore:
    """One core: its configuration, and memories of int16 neurons and biases and int8 weights.

    Reads and writes see the core with all ticks done that are owed to its neurons.

    Args:
        index: which core of the chip it is.
        memory: sizes of its memories.
        options: what is assumed of the chip.
        neuron_words: its part of the memory that the neurons of all cores are in; None for a
            memory of its own.

    Attributes:
        config: its present configuration; None if the core is not in use.
        population: the configured neurons; None if the core is not in use.
        neurons: memory of membrane potentials. Settle before using it.
        biases: memory of biases, one for each output channel. Settle before using it.
        weights: memory of weights.
    """

    def __init__(
        self,
        index: int,
        memory: CoreMemory,
        options: EmulationOptions,
        neuron_words: npt.NDArray[np.int16] | None = None,
    ) -> None:
        self.index = index
        self.config: CoreConfig | None = None
        self.population: Population | None = None
        self.neurons = Memory(index, "neuron", memory.neuron_words, np.int16, words=neuron_words)
        self.biases = Memory(index, "bias", memory.bias_words, np.int16)
        self.weights = Memory(index, "weight", memory.kernel_words, np.int8)
        self._memory = memory
        self._options = options

    def check(self, config: CoreConfig) -> None:
        """Raise ValueError if the configuration does not fit into the core's memories."""
        channels, inputs, height, width = config.weights.shape
        need = CoreMemory(
            kernel_words(inputs, (height, width), channels), memory_words(config.shape), channels
        )
        for kind, (needed, available) in self._memory.shortfalls(need).items():
            raise ValueError(
                f"Neurons of shape {config.shape} (channels, height, width) with weights of "
                f"shape {config.weights.shape} need {needed} words of {kind} memory; core "
                f"{self.index} has {available}."
            )

    def configure(self, config: CoreConfig | None) -> None:
        """Take a configuration, and write its states, biases and weights.

        With None the core is no longer in use; its memories stay as they are.
        """
        self.settle()
        repeated = config == self.config
        self.config = config
        if config is None:
            self.population = None
            return
        layout = self._options.neuron_address
        self.biases.words[: config.biases.size] = config.biases
        self.weights.words[weight_addresses(config.weights.shape)] = config.weights
        if self._options.reapply_rewrites_states or not repeated:
            self.neurons.words[layout.addresses(config.shape)] = config.initial_v_mem
        if repeated and self.population is not None:
            self.population.written()
            return
        self.population = Population(
            self.neurons,
            self.biases,
            shape=config.shape,
            layout=layout,
            rule=LeakRule(
                threshold_high=config.threshold_high,
                threshold_low=config.threshold_low,
                return_to_zero=config.return_to_zero,
                overflow=self._options.overflow,
                below_threshold_low=self._options.below_threshold_low,
                spike_on_tick=self._options.spike_on_tick,
                spike_on_negative_tick=self._options.spike_on_negative_tick,
            ),
        )

    def erase(self) -> None:
        """Set all memories of a core that is not in use to 0."""
        for memory in (self.neurons, self.biases, self.weights):
            memory.words[:] = 0

    def clear_states(self) -> None:
        """Set every membrane potential to 0."""
        self.settle()
        self.neurons.words[:] = 0
        if self.population is not None:
            self.population.written()

    def settle(self) -> None:
        """Do the ticks that are owed to the neurons."""
        if self.population is not None:
            self.population.settle()

    def write(self, memory: Memory[Word], addresses: Addresses, values: npt.NDArray[Word]) -> None:
        """Write words; a bias counts from the next tick on."""
        self.settle()
        memory.words[addresses] = values
        if self.population is not None:
            self.population.written()

    def read(self, memory: Memory[Word], addresses: Addresses) -> npt.NDArray[Word]:
        """Words at these addresses, with all ticks done."""
        self.settle()
        return memory.words[addresses]


def weight_addresses(shape: tuple[int, ...]) -> Addresses:
    """Address of each weight of an array (out channels, in channels, height, width).

    From the low bits on: input channel, output channel, place in the kernel row by row (source:
    chip data sheet 1.02, memory configuration).
    """
    outputs, inputs, height, width = shape
    out, into = np.arange(outputs).reshape(-1, 1, 1, 1), np.arange(inputs).reshape(-1, 1, 1)
    place = np.arange(height * width).reshape(height, width)
    addresses: Addresses = (place << bits_for(outputs) | out) << bits_for(inputs) | into
    return addresses
