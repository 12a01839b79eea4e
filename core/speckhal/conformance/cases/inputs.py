"""Layers with inputs of their own: weights, floors, strides, pooling, and the sensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expected_spikes import ExpectedLayers
from speckhal.conformance.input_trials import (
    INPUTS,
    demand_played,
    described,
    drawn_weights,
    some_places,
)
from speckhal.conformance.spike_trials import (
    RECORD,
    SPACING_US,
    STIMULATE,
    demand_sent,
    demand_states,
    of_one_moment,
    played,
    stimulate,
    train,
)
from speckhal.contract.errors import NetworkError
from speckhal.contract.input_spec import InputSpec
from speckhal.contract.network_spec import LayerSpec, Reset
from speckhal.contract.spikes import SENSOR_INPUT, Spikes
from speckhal.system.counted import counted

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

_FAR: Final = 1500  # thresholds that a few spikes do not reach

STRIDES: Final = (
    (LayerSpec((2, 3, 4)), 3, 2, 0),
    (LayerSpec((2, 5, 4)), 3, 1, 1),
    (LayerSpec((2, 3, 4)), 3, 2, 1),
    (LayerSpec((2, 2, 2)), 2, 4, 0),  # some places reach nothing
)
"""Layers with the kernel, the stride and the padding that they are tried with."""

SENSORS: Final = ((2, 1), (2, 2), (1, 4))
"""Channels that the first layer takes of the sensor, and by how much that is pooled."""


@case(
    "A spike adds the weight of its channel and place in the kernel, be it negative.",
    STIMULATE,
    INPUTS,
)
def a_spike_adds_the_weight_of_its_channel_and_place(bench: SuiteBench) -> None:
    """Weights of both signs, no two channels alike; an input that is hit here and there."""
    inputs = InputSpec(drawn_weights(3, 2, 3))
    layer = LayerSpec((3, 4, 5), threshold_high=_FAR, threshold_low=-_FAR, inputs=inputs)
    network = described(bench, INPUTS, layer)
    if network is None:
        return
    bench.deploy(*network.layers)
    expected = ExpectedLayers(network.layers)
    places = some_places(network, network.first)
    for some in (places[:1], places[1:2], places):
        first = some.shifted(-int(some.time_us[0]))
        how = f"after {counted(len(some), 'spike')} through weights of its own"
        demand_played(bench, expected, first, how)


@case(
    "Each update keeps a neuron at or above its lower threshold, with both resets.",
    STIMULATE,
    INPUTS,
    deployments=2,
)
def each_update_keeps_to_the_floor(bench: SuiteBench) -> None:
    """What inhibition takes below it is lost at once, and not only in the end."""
    inputs = InputSpec(np.array([-90, 60]).reshape(1, 2, 1, 1))
    layer = LayerSpec((1, 1, 1), threshold_low=-100, inputs=inputs)
    network = described(bench, INPUTS, layer)
    if network is None:
        return
    # down to the floor, up to the threshold, and both once more
    channels = [0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1]
    times = SPACING_US * np.arange(len(channels))
    spikes = Spikes(time_us=times, layer=network.first, channel=channels)
    for reset in Reset:
        layers = [attrs.evolve(one, reset=reset) for one in network.layers]
        monitor = [network.first] if bench.declares(RECORD) else []
        bench.deploy(*layers, monitor=monitor)
        expected = ExpectedLayers(layers)
        fired = played(expected, spikes)
        sent = stimulate(bench, spikes)
        floor = layers[-1].threshold_low
        how = f"by spikes of -90 and 60, a floor of {floor} and a reset that is {reset.value!r}"
        if monitor:
            demand_sent(sent, spikes, fired, how)
        demand_states(bench, expected, f"after {len(spikes)} {how.removeprefix('by ')}")
        together = of_one_moment(spikes)
        played(expected, together)
        stimulate(bench, together)
        demand_states(bench, expected, "after the same in one moment, as they stand")


@case(
    "Strides and padding say which neurons a place of the input reaches.",
    STIMULATE,
    INPUTS,
    deployments=len(STRIDES),
    waits_s=0.3,
)
def strides_and_padding_place_the_kernel(bench: SuiteBench) -> None:
    """As in a convolution of the field's libraries, with rows and columns set apart."""
    for plain, kernel, stride, padding in STRIDES:
        inputs = InputSpec(drawn_weights(plain.shape[0], 2, kernel), stride, padding)
        layer = attrs.evolve(plain, threshold_high=_FAR, threshold_low=-_FAR, inputs=inputs)
        network = described(bench, INPUTS, layer)
        if network is None:
            continue
        bench.deploy(*network.layers)
        expected = ExpectedLayers(network.layers)
        spikes = some_places(network, network.first)
        how = f"after {len(spikes)} spikes through a stride of {stride} and a padding of {padding}"
        demand_played(bench, expected, spikes, how)


@case(
    "Monitored layers send the places of their neurons, and those behind get them pooled.",
    STIMULATE,
    RECORD,
    INPUTS,
    waits_s=0.15,
)
def monitored_layers_are_pooled_for_those_behind_only(bench: SuiteBench) -> None:
    """Three layers that are all monitored, with pooling between; spikes into each of them."""
    network = described(
        bench,
        RECORD,
        LayerSpec((2, 8, 16)),
        LayerSpec((2, 2, 4), inputs=InputSpec(np.full((2, 2, 3, 3), 70), padding=1, pooling=4)),
        LayerSpec((1, 1, 2), inputs=InputSpec(np.full((1, 2, 1, 1), 50), pooling=2)),
    )
    if network is None:
        return
    bench.deploy(*network.layers, monitor=network.indices)
    expected = ExpectedLayers(network.layers)
    for index in network.indices:
        shape = network.input_of(index)
        spikes = train(index, shape, int(np.prod(shape)))
        fired = played(expected, spikes)
        how = f"by spikes into layer {index}, with pooling by 4 and 2 behind layers"
        demand_sent(stimulate(bench, spikes), spikes, fired, how)
        demand_states(bench, expected, f"after {how.removeprefix('by ')}")


@case(
    "Events of the sensor come to the first layer, by polarity, and pooled.",
    STIMULATE,
    INPUTS,
    deployments=len(SENSORS),
    waits_s=0.5,
)
def events_of_the_sensor_reach_the_first_layer(bench: SuiteBench) -> None:
    """Both polarities apart, or as one channel; what neurons hold shows it."""
    for channels, pooling in SENSORS:
        weights = np.array([[3, -5], [40, 70]])[:, :channels, None, None]
        inputs = InputSpec(weights, pooling=pooling, from_sensor=True)
        layer = LayerSpec(
            (2, 3, 4), threshold_high=_FAR, threshold_low=-_FAR, initial=0, inputs=inputs
        )
        network = described(bench, INPUTS, layer)
        if network is None:
            continue
        bench.deploy(*network.layers)
        expected = ExpectedLayers(network.layers)
        pixels = train(SENSOR_INPUT, (2, 3 * pooling, 4 * pooling), 2 * 3 * 4 * pooling**2)
        for some in (pixels[-1:], pixels):
            first = some.shifted(-int(some.time_us[0]))
            how = f"after {counted(len(some), 'event')} of the sensor, pooled by {pooling} into "
            demand_played(bench, expected, first, how + counted(channels, "channel"))


@case("Inputs of which no layer can come are refused.", INPUTS, opened=True)
def inputs_that_make_no_layer_are_refused(bench: SuiteBench) -> None:
    """Weights that no chip has, or for other channels or another map; what was deployed stays."""
    layer = bench.measures.fit(LayerSpec((1, 2, 3), initial=50))
    weights = np.ones((layer.shape[0], 1, 1, 1), np.int64)
    good = attrs.evolve(layer, inputs=InputSpec(weights))
    bench.deploy(good)
    before = bench.read()
    for wrong, what in (
        (InputSpec(weights * 128), "a weight of 128"),
        (InputSpec(weights * 0.5), "a weight of 0.5"),
        (InputSpec(np.repeat(weights, 2, axis=0)), "weights for twice as many channels"),
        (InputSpec(weights[0]), "weights without an axis for the input's channels"),
        (InputSpec(weights, stride=0), "a stride of 0"),
        (InputSpec(weights, pooling=2), "pooling without a layer before"),
    ):
        with bench.refusal(NetworkError, f"Deploying a layer with {what}"):
            bench.deploy(attrs.evolve(good, inputs=wrong))
    bench.demand_reads(before, "after inputs of which no layer comes were refused")
