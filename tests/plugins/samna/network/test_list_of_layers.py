"""A list of `LayerSpec` arrives on a Speck exactly as it is described, through a sinabs network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import speckhal
from speckhal import ClockDrive, LayerSpec, Reset

BIAS = st.integers(-(1 << 15) + 1, (1 << 15) - 1)


@given(
    biases=st.lists(st.tuples(BIAS, BIAS), min_size=1, max_size=3),
    threshold_high=st.integers(1, 32767),
    threshold_low=st.integers(-32768, -1),
    start=st.integers(0, 10**6),
    reset=st.sampled_from(Reset),
)
@settings(max_examples=8, deadline=None)
@pytest.mark.parametrize("backend", ["mock:speck2e", "mock:speck2f"])
def test_each_value_arrives_as_it_is_described(
    backend: str,
    biases: list[tuple[int, int]],
    threshold_high: int,
    threshold_low: int,
    start: int,
    reset: Reset,
) -> None:
    # sinabs takes states that are all negative for 16 bits without their lowest value
    lowest = max(threshold_low, -32767)
    initial = lowest + start % (threshold_high - lowest + 1)
    layers = [
        LayerSpec((2, 5 - index, 4 - index), own, threshold_high, threshold_low, initial, reset)
        for index, own in enumerate(biases)
    ]
    with speckhal.open_device(backend) as device:
        deployment = device.deploy(layers, input_shape=(1, 5, 4))
        for layer, described in zip(deployment.layers, layers, strict=True):
            assert layer.shape == described.shape
            assert layer.scale == 1
            assert layer.biases.tolist() == list(described.biases or ())
            assert layer.rounding_error.tolist() == [0, 0]
            assert (layer.threshold_high, layer.threshold_low) == (threshold_high, threshold_low)
            assert (device.probe(layer.index).read().v_mem == initial).all()


def test_a_bias_beyond_those_of_a_network_leaks_as_it_should() -> None:
    layers = [LayerSpec((1, 2, 2), biases=(-300.4,), threshold_low=-32768)]
    with speckhal.open_device("mock") as device:
        leak = device.leak_config(drive=ClockDrive.STEPPED)
        layer = device.deploy(layers, input_shape=(1, 2, 2), leak=leak).layer(0)
        assert layer.wanted_biases.tolist() == [-300.4]
        trace = speckhal.measure_leak(device, ticks=3)
    assert trace.v_mem[:, 0, 0, 0].tolist() == [0, -300, -600, -900]
    assert speckhal.judge(trace, layer).answer is speckhal.Answer.AGREES


def test_an_empty_list_is_no_network() -> None:
    with (
        speckhal.open_device("mock") as device,
        pytest.raises(speckhal.NetworkError, match="an empty list"),
    ):
        device.deploy([], input_shape=(1, 2, 2))


def test_states_of_each_neuron_arrive() -> None:
    states = np.arange(-12, 12, dtype=np.int16).reshape(2, 3, 4)
    with speckhal.open_device("mock") as device:
        device.deploy([LayerSpec((2, 3, 4), initial=states)], input_shape=(1, 3, 4))
        assert (device.probe().read().v_mem == states).all()
