"""Compiled ticks in place against the leak in closed form, which is tested by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.leak import advance, quiet_ticks
from speckhal_mock.emulation.leak_rule import LeakRule, tick
from speckhal_mock.emulation.spikes.ticking import CompiledTicks
from spike_boards import board_of, config_of, fed

if TYPE_CHECKING:
    import numpy.typing as npt

unhurried = settings(deadline=None, max_examples=50)
int16 = st.one_of(
    st.integers(-32768, 32767),
    st.integers(-300, 300),
    st.sampled_from([-32768, -32767, -1, 0, 1, 32766, 32767]),
)
seeds = st.integers(0, 2**32 - 1)
rules = st.builds(
    LeakRule,
    threshold_high=int16.filter(lambda v: v >= 0),
    threshold_low=int16.filter(lambda v: v < 0),
    return_to_zero=st.booleans(),
    overflow=st.sampled_from(["saturate", "saturate", "wrap"]),
    below_threshold_low=st.sampled_from(["raised", "kept"]),
    spike_on_tick=st.sampled_from([True, True, True, False]),
    spike_on_negative_tick=st.booleans(),
)
few_neurons = st.lists(st.tuples(int16, int16, st.integers(1, 3)), min_size=1, max_size=40)


class Neurons:
    """Some words of a memory whose others nothing may change."""

    def __init__(self, addresses: npt.NDArray[np.int64], rule: LeakRule) -> None:
        self.addresses = addresses
        self.memory = np.arange(int(addresses[-1]) + 5, dtype=np.int16)
        self.before = self.memory.copy()
        self.ticks = CompiledTicks(self.memory, addresses, rule)

    @property
    def states(self) -> npt.NDArray[np.int16]:
        return self.memory[self.addresses]

    @states.setter
    def states(self, v_mem: npt.NDArray[np.int16]) -> None:
        self.memory[self.addresses] = self.before[self.addresses] = v_mem

    def check(self, v_mem: npt.NDArray[np.int16]) -> None:
        self.before[self.addresses] = v_mem
        np.testing.assert_array_equal(self.memory, self.before)


def check_against_the_closed_form(
    neurons: Neurons, bias: npt.NDArray[np.int16], ticks: int, rule: LeakRule
) -> None:
    v_mem = neurons.states
    assert neurons.ticks.quiet_ticks(bias) == quiet_ticks(v_mem, bias, rule)
    neurons.ticks.advance(bias, ticks)
    v_mem, _ = advance(v_mem, bias, ticks, rule)
    neurons.check(v_mem)

    assert neurons.ticks.quiet_ticks(bias) == quiet_ticks(v_mem, bias, rule)
    after, fires = tick(v_mem, bias, rule)
    assert neurons.ticks.tick(bias).tolist() == np.flatnonzero(fires).tolist()
    neurons.check(after.astype(np.int16))


@unhurried
@given(few=few_neurons, ticks=st.integers(0, 70), rule=rules)
def test_ticks_in_place_are_those_of_the_closed_form(
    few: list[tuple[int, int, int]], ticks: int, rule: LeakRule
) -> None:
    v_mem, bias, steps = np.array(few, dtype=np.int64).T
    neurons = Neurons(np.cumsum(steps), rule)
    neurons.states = v_mem.astype(np.int16)
    check_against_the_closed_form(neurons, bias.astype(np.int16), ticks, rule)


@settings(deadline=None, max_examples=15)
@given(seed=seeds, size=st.integers(1, 3000), channels=st.sampled_from([1, 3, 4]), rule=rules)
def test_so_they_are_for_many_neurons(seed: int, size: int, channels: int, rule: LeakRule) -> None:
    chance = np.random.default_rng(seed)
    neurons = Neurons((np.arange(size)[:, None] * 4 + np.arange(channels)).ravel(), rule)
    highest = max(1, rule.threshold_high)
    neurons.states = chance.integers(-40, highest, neurons.addresses.size).astype(np.int16)
    lowest, most = sorted(chance.integers(-20, 20, 2))
    bias = np.tile(chance.integers(lowest, most + 1, channels), size).astype(np.int16)
    check_against_the_closed_form(neurons, bias, int(chance.integers(0, 5)), rule)


def test_a_rising_neuron_is_quiet_for_as_long_as_16_bits_allow() -> None:
    rule = LeakRule(threshold_high=32767, threshold_low=-32768, return_to_zero=False)
    neurons = Neurons(np.arange(2), rule)
    neurons.states = np.array([-32768, 0], dtype=np.int16)
    bias = np.array([1, 0], dtype=np.int16)
    assert neurons.ticks.quiet_ticks(bias) == 65534
    assert neurons.ticks.quiet_ticks(np.zeros(2, np.int16)) is None


def test_leaking_cores_tick_in_place_once_spikes_flow() -> None:
    biases = np.array([1], np.int16)
    board, clock = board_of({3: config_of([[[[1]]]], (2, 2), leak_enable=True, biases=biases)})
    population = board._chip.cores[3].population
    assert population is not None
    assert population.in_place is None
    fed(board, clock, [(0, 3, 0, 0, 0)])
    assert isinstance(population.in_place, CompiledTicks)
