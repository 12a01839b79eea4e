"""Tables of cores for tests of kernels, from the settings of each core."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.address import AddressLayout
from speckhal_mock.emulation.spikes import core_tables as at

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from speckhal.contract.neuron_addresses import NeuronAddresses
    from speckhal_mock.emulation.spike_rule import SpikeRule


@attrs.frozen(kw_only=True)
class CoreSettings:
    """A core that takes spikes.

    Attributes:
        rule: what a spike does to it.
        weights: (out channels, in channels, height, width) of the kernels.
        neurons: (channels, height, width), membrane potentials; they are copied.
        input_map: (height, width) of its input.
        layout: how its neurons are numbered.
    """

    rule: SpikeRule
    weights: npt.NDArray[np.int8]
    neurons: npt.NDArray[np.int16]
    input_map: tuple[int, int]
    layout: NeuronAddresses = attrs.field(factory=AddressLayout)

    def words(self) -> int:
        """Words of neuron memory that it takes."""
        return int(self.layout.addresses(self.shape).max()) + 1

    def neurons_in(self, memory: Sequence[int]) -> npt.NDArray[np.int16]:
        """(channels, height, width) of the membrane potentials in the core's own memory."""
        return np.array(memory, dtype=np.int16)[self.layout.addresses(self.shape)]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of its neurons."""
        channels, height, width = self.neurons.shape
        return channels, height, width


def core_tables(cores: Sequence[CoreSettings]) -> at.CoreTables:
    """What a kernel sees of these cores; memory that no neuron has holds 12345."""
    facts: list[list[int]] = []
    neurons: list[npt.NDArray[np.int16]] = []
    weights: list[npt.NDArray[np.int8]] = []
    places: list[npt.NDArray[np.int64]] = []
    features: list[npt.NDArray[np.int64]] = []
    for core in cores:
        rule, (channels, height, width) = core.rule, core.shape
        addresses = core.layout.addresses(core.shape)
        memory = np.full(core.words(), 12345, dtype=np.int16)
        memory[addresses] = core.neurons
        row = [core.weights.shape[1], *core.input_map, channels, height, width]
        shifts = (stride.bit_length() - 1 for stride in rule.stride)
        row += [core.weights.shape[-1], *shifts, *rule.padding]
        row += [rule.threshold_high, rule.threshold_low, rule.return_to_zero]
        row += [rule.overflow == "wrap", rule.zero_weight_skips]
        row += [rule.below_threshold_low == "kept"]
        row += [sum(map(len, parts)) for parts in (neurons, weights, places, features)]
        steps = addresses[:, 0, 0] - addresses[0, 0, 0]
        row += [np.array_equal(steps, np.arange(channels))]
        facts.append(row)
        neurons.append(memory)
        weights.append(core.weights.transpose(1, 2, 3, 0).ravel())
        places.append(addresses[0].ravel())
        features.append(steps)
    return at.CoreTables(
        facts=np.array(facts, dtype=np.int64).reshape(-1, at.FACTS),
        neurons=np.concatenate(neurons),
        weights=np.concatenate(weights),
        places=np.concatenate(places),
        features=np.concatenate(features),
        counts=np.zeros((len(cores), at.KERNEL_COUNTS), dtype=np.int64),
    )
