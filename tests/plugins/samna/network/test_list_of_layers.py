"""A list of `LayerSpec` arrives on a Speck exactly as it is described, through a sinabs network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional

import speckhal
from speckhal import ClockDrive, InputSpec, LayerSpec, Reset, Spikes
from speckhal.contract.layer_geometry import network_input

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


@given(
    seed=st.integers(0, 10**6),
    channels=st.integers(1, 3),
    inputs=st.integers(1, 3),
    kernel=st.integers(1, 4),
    stride=st.sampled_from([1, 2, 4]),
    padding=st.integers(0, 2),
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
@settings(max_examples=8, deadline=None)
@pytest.mark.parametrize("backend", ["mock:speck2e", "mock:speck2f"])
def test_a_layer_with_inputs_is_the_convolution_that_it_describes(
    backend: str,
    seed: int,
    channels: int,
    inputs: int,
    kernel: int,
    stride: int,
    padding: int,
    size: tuple[int, int],
) -> None:
    draw = np.random.default_rng(seed)
    weights = draw.integers(-128, 128, (channels, inputs, kernel, kernel))
    layer = LayerSpec(
        (channels, *size),
        biases=[-3] * channels,
        threshold_high=32767,
        threshold_low=-32768,
        inputs=InputSpec(weights, stride=stride, padding=padding),
    )
    _, height, width = network_input([layer])
    assume(min(height, width) > 0)
    with speckhal.open_device(backend) as device:
        deployed = device.deploy([layer]).layer(0)
        assert deployed.scale == 1
        assert deployed.biases.tolist() == [-3] * channels
        assert deployed.input_shape == device.input_shape == (inputs, height, width)
        many = 20
        places = (draw.integers(0, end, many) for end in deployed.input_shape)
        spikes = Spikes(
            time_us=np.arange(many),
            layer=0,
            **dict(zip(("channel", "y", "x"), places, strict=True)),
        )
        device.stimulate(spikes)
        counts = torch.as_tensor(spikes.counts(deployed.input_shape))[None]
        wanted = functional.conv2d(
            counts.double(), torch.as_tensor(weights).double(), stride=stride, padding=padding
        )
        assert (device.probe().read().v_mem == wanted[0].numpy()).all()


def test_a_layer_with_a_loop_leads_to_the_next_one_besides() -> None:
    itself = InputSpec(np.full((1, 1, 1, 1), 1), from_itself=True)
    layers = [LayerSpec((1, 1, 1), inputs=itself), LayerSpec((1, 1, 1))]
    with speckhal.open_device("mock") as device:
        device.deploy(layers, monitor=[0, 1])
        for _ in range(2):
            spikes = device.stimulate(Spikes(time_us=np.arange(127), layer=0, channel=0))
            # the 127th makes both fire; that of the loop adds 1 to the first
            assert sorted(spikes.layer.tolist()) == [0, 1]
