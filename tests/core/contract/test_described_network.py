"""Layers described in chip units come to stand on a chip as its facts permit, or are refused."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal import (
    Certainty,
    ChipFacts,
    CoreMemory,
    Fact,
    FactWarning,
    InputError,
    LayerNotFound,
    LayerSpec,
    LinearAddresses,
    NetworkDoesNotFit,
    NetworkDoesNotLeak,
    NetworkError,
    Range,
    SpeckhalError,
)
from speckhal.contract.capabilities import ClockDrive
from speckhal.contract.described_network import deployed_layers, initial_v_mem
from speckhal.contract.leak_config import PlainLeakConfig

NOTE = "made up for the tests"
CHIP = ChipFacts(
    name="plain",
    core_memories=Fact((CoreMemory(64, 8, 8), CoreMemory(64, 32, 8)), NOTE),
    neuron_address=Fact(LinearAddresses(), NOTE),
    v_mem_range=Fact(Range(-2048, 2047), NOTE),
    threshold_high_range=Fact(Range(1, 2047), NOTE),
    threshold_low_range=Fact(Range(-2048, -1), NOTE),
    bias_range=Fact(Range(-512, 511), NOTE),
    channel_range=Fact(Range(1, 4), NOTE),
    map_size_range=Fact(Range(1, 4), NOTE),
)
STEPPED = PlainLeakConfig(ClockDrive.STEPPED)


def layer(*, shape: tuple[int, int, int] = (1, 2, 2), **changes: Any) -> LayerSpec:
    return attrs.evolve(LayerSpec(shape, biases=(-13,) * shape[0]), **changes)


def deployed(*layers: LayerSpec, chip: ChipFacts = CHIP, **options: Any) -> Any:
    given = {"input_shape": (1, *layers[0].shape[1:]), **options}
    return deployed_layers(list(layers), chip=chip, **given)


@given(
    st.lists(st.floats(-512, 511), min_size=1, max_size=4),
    st.floats(1, 2047),
    st.floats(-2048, -1),
)
def test_every_value_is_rounded_to_the_next_whole_one(
    biases: list[float], high: float, low: float
) -> None:
    (on_chip,) = deployed(
        layer(shape=(len(biases), 2, 2), biases=biases, threshold_high=high, threshold_low=low)
    )
    assert np.all(np.abs(on_chip.biases - np.array(biases)) <= 0.5)
    assert abs(on_chip.threshold_high - high) <= 0.5
    assert abs(on_chip.threshold_low - low) <= 0.5
    assert on_chip.leak_enable == on_chip.biases.any()


@given(st.permutations([(1, 2, 2), (2, 2, 2)]), st.permutations([8, 4]))
def test_each_layer_gets_a_core_of_its_own_that_has_room_for_it(
    shapes: list[tuple[int, int, int]], words: list[int]
) -> None:
    cores = tuple(CoreMemory(64, neurons, 8) for neurons in words)
    chip = attrs.evolve(CHIP, core_memories=Fact(cores, NOTE))
    placed = deployed(*(layer(shape=shape) for shape in shapes), chip=chip)
    assert sorted(one.core for one in placed) == [0, 1]
    assert all(np.prod(one.shape) <= words[one.core] for one in placed)


@pytest.mark.parametrize(
    ("layers", "options", "kind", "names"),
    [
        ([layer()], {"input_shape": (1, 2, 3)}, NetworkError, ["(1, 2, 3)", "(1, 2, 2)"]),
        ([layer()], {"input_shape": (2, 2, 2)}, NetworkError, ["(2, 2, 2)", "(1, 2, 2)"]),
        ([layer(shape=(3, 4, 4))], {}, NetworkDoesNotFit, ["48", "32", "neuron"]),
        ([layer(shape=(4, 3, 3))], {}, NetworkDoesNotFit, ["36", "32", "neuron"]),
        ([layer()] * 3, {}, NetworkDoesNotFit, ["3 layers", "2 cores"]),
        ([layer(shape=(4, 2, 2))] * 2, {}, NetworkDoesNotFit, ["compete"]),
        ([layer(shape=(5, 1, 1))], {}, NetworkError, ["5", "1 to 4", "channel_range"]),
        ([layer(shape=(1, 5, 5))], {}, NetworkError, ["5", "1 to 4", "map_size_range"]),
        ([layer(threshold_high=0.4)], {}, NetworkError, ["0.4"]),
        ([layer(threshold_high=2048)], {}, NetworkError, ["2048", "1 to 2047"]),
        ([layer(threshold_low=0)], {}, NetworkError, ["0", "-2048 to -1"]),
        ([layer(initial=2048)], {}, NetworkError, ["2048", "-2048 to 2047"]),
        ([layer(biases=(-513,))], {}, NetworkError, ["-513", "-512 to 511"]),
        ([layer(biases=None)], {"leak": STEPPED}, NetworkDoesNotLeak, ["other than 0"]),
        ([layer(biases=(0.3,))], {"leak": STEPPED}, NetworkDoesNotLeak, ["0.3"]),
        ([layer()], {"biases": {1: np.array([3])}}, LayerNotFound, ["layer 1"]),
        ([layer()], {"biases": {0: np.array([3, 4])}}, InputError, ["(2,)", "1 channel."]),
    ],
)
def test_what_the_chip_cannot_have_is_refused_with_the_value_and_the_limit(
    layers: list[LayerSpec], options: dict[str, Any], kind: type[SpeckhalError], names: list[str]
) -> None:
    with pytest.raises(kind) as refusal:
        deployed(*layers, **options)
    assert type(refusal.value) is kind
    assert refusal.value.hint
    assert [name for name in names if name not in refusal.value.message] == []


@pytest.mark.parametrize("network", [None, [], ["a layer"], {"a": layer()}, layer()])
def test_what_is_not_a_list_of_layers_is_refused(network: object) -> None:
    with pytest.raises(NetworkError, match="a network is a list of LayerSpec"):
        deployed_layers(network, input_shape=(1, 2, 2), chip=CHIP)


def test_biases_in_chip_units_take_the_place_of_the_layers_own() -> None:
    first, second = deployed(
        layer(shape=(2, 2, 2)), layer(), biases={0: np.array([5, -6], np.int16)}, leak=STEPPED
    )
    assert first.biases.tolist() == [5, -6]
    assert second.biases.tolist() == [-13]


def test_a_limit_that_is_only_assumed_gives_a_warning() -> None:
    assumed = Fact(Range(1, 4), NOTE, Certainty.ASSUMED)
    chip = attrs.evolve(CHIP, channel_range=assumed)
    with pytest.warns(FactWarning, match="channel_range"):
        (one,) = deployed(layer(shape=(5, 1, 1)), chip=chip)
    assert one.shape == (5, 1, 1)


def test_states_that_are_one_for_all_are_spread_and_others_are_copied() -> None:
    assert initial_v_mem(layer(initial=7)).tolist() == [[[7, 7], [7, 7]]]
    states = np.arange(4, dtype=np.int16).reshape(1, 2, 2)
    spread = initial_v_mem(layer(initial=states))
    spread[:] = 0
    assert states.tolist() == [[[0, 1], [2, 3]]]
