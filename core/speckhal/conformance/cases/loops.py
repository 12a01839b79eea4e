"""Layers that are their own input: spikes come back, and a stimulation may never end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import Violation, demand, demand_equal
from speckhal.conformance.expected_spikes import ExpectedLayers
from speckhal.conformance.input_trials import INPUTS, demand_played, described, has_room
from speckhal.conformance.spike_trials import (
    RECORD,
    STIMULATE,
    demand_sent,
    played,
    stimulate,
    train,
)
from speckhal.contract.errors import StimulationUnfinished
from speckhal.contract.input_spec import InputSpec
from speckhal.contract.network_spec import SPIKE_WEIGHT, LayerSpec
from speckhal.contract.spikes import Spikes
from speckhal.system.counted import counted

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

LOOPS: Final = ((32, 5), (4, 3), (2, 3), (1, 1))
"""Channels and kernel of a layer that keeps itself firing: the larger it is, the more time passes
from one spike to the next, and the fewer come until it is given up."""


@case(
    "Spikes of a layer that is its own input come back to it, and go on to the next one.",
    STIMULATE,
    INPUTS,
    deployments=2,
    waits_s=0.12,
)
def spikes_come_back_to_the_layer_they_left(bench: SuiteBench) -> None:
    """From channel to channel, until none fires any more; alone, and with a layer behind it."""
    weights = np.zeros((3, 3, 1, 1), np.int64)
    weights[1, 0] = weights[2, 1] = SPIKE_WEIGHT
    weights[0, 2] = 50  # every third round begins another one
    layer = LayerSpec((3, 2, 3), inputs=InputSpec(weights, from_itself=True))
    for layers in ((layer,), (layer, LayerSpec((1, 2, 3), threshold_high=2 * SPIKE_WEIGHT + 1))):
        network = described(bench, INPUTS, *layers)
        if network is None:
            return
        bench.deploy(*network.layers)
        expected = ExpectedLayers(network.layers)
        shape = network.input_of(network.first)
        for some in (train(network.first, shape, 1), train(network.first, shape, 60)):
            how = f"after {counted(len(some), 'spike')} into a layer with a loop"
            behind = ", and another one behind it" if len(layers) > 1 else ""
            demand_played(bench, expected, some, how + behind)


@case(
    "A stimulation that does not end is an error with what came, and deploying ends it.",
    STIMULATE,
    RECORD,
    INPUTS,
    deployments=2,
)
def endless_firing_is_an_error_with_what_came(bench: SuiteBench) -> None:
    """A neuron that keeps itself firing; the others of its layer slow it down."""
    place = next((one for one in LOOPS if has_room(bench, _loop(*one))), LOOPS[-1])
    network = described(bench, RECORD, _loop(*place))
    if network is None:
        return
    first, middle = network.first, place[1] // 2
    bench.deploy(*network.layers, monitor=[first])
    neuron = Spikes(time_us=0, layer=first, channel=0, y=middle, x=middle)
    try:
        sent = stimulate(bench, neuron)
    except StimulationUnfinished as unfinished:
        came = unfinished.spikes
    else:
        raise Violation(
            "A neuron that keeps itself firing must be a StimulationUnfinished, and the "
            f"stimulation returned with {len(sent)} spikes."
        )
    demand(len(came) > 1, "A stimulation that did not end has kept none of the spikes that came.")
    demand(not (np.diff(came.time_us) < 0).any(), "What came is not in the order of time.")
    columns = (came.layer, came.channel, came.y, came.x)
    highest = [int(column.max()) for column in columns]
    lowest = [int(column.min()) for column in columns]  # millions may have come: nothing is sorted
    for found in (lowest, highest):
        demand_equal(found, [first, 0, middle, middle], "The neuron [layer, c, y, x] that fired")
    closed = network.layers[-1]
    layers = [*network.layers[:-1], attrs.evolve(closed, inputs=_looped(*place, is_closed=False))]
    bench.deploy(*layers, monitor=[first])
    sent = stimulate(bench, neuron)
    expected = ExpectedLayers(layers)
    demand_sent(sent, neuron, played(expected, neuron), "after one that did not end")


def _loop(channels: int, kernel: int) -> LayerSpec:
    """A layer of which one neuron fires itself, which lets no other one rise."""
    return LayerSpec((channels, kernel, kernel), inputs=_looped(channels, kernel))


def _looped(channels: int, kernel: int, *, is_closed: bool = True) -> InputSpec:
    weights = np.full((channels, channels, kernel, kernel), -1)
    middle = kernel // 2
    weights[0, 0, middle, middle] = SPIKE_WEIGHT
    return InputSpec(weights, padding=middle, from_itself=is_closed)
