"""Spikes that go into layers: where they arrive, what they add, and what makes a neuron fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import attrs
import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.conformance.expected_spikes import ExpectedLayers
from speckhal.conformance.spike_trials import (
    RECORD,
    SPACING_US,
    STIMULATE,
    chain,
    demand_sent,
    demand_states,
    of_one_moment,
    played,
    stimulate,
    train,
    trial,
)
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import DeviceClosed, InputError, LayerNotFound
from speckhal.contract.network_spec import SPIKE_WEIGHT, LayerSpec, Reset
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.capability_protocols import Stimulates

SHARES: Final = (2.5, 0.7, 0.9, 1.2, 1.0)
"""What one spike adds, in thresholds, so that the second or each makes a neuron fire."""

_TRAIN: Final = 8  # spikes of a train
_LAST_US: Final = 50_000
_MANY: Final = 3000  # spikes, which is more than a packet or a small buffer holds
_MANY_SPACING_US: Final = 50


@case("A spike adds its weight to the neurons that its place reaches, and no others.", STIMULATE)
def a_spike_reaches_the_neurons_of_its_place(bench: SuiteBench) -> None:
    """At each place of each layer's input; kernels of one weight, and of more."""
    network = trial(bench, STIMULATE, *chain(bench))
    if network is None:
        return
    bench.deploy(*network.layers)
    expected = ExpectedLayers(network.layers)
    for index in network.indices:
        shape = network.input_of(index)
        places = train(index, shape, int(np.prod(shape)))
        for some in (places[:1], places[-1:], places):
            played(expected, some)
            stimulate(bench, some.shifted(-int(some.time_us[0])))
            many = f"{len(some)} spikes" if len(some) > 1 else "one spike"
            demand_states(bench, expected, f"after {many} into layer {index}")


@case(
    "A neuron fires at most once for a spike, when that brings it to its threshold.",
    STIMULATE,
    deployments=10,
)
def a_neuron_fires_when_a_spike_brings_it_to_its_threshold(bench: SuiteBench) -> None:
    """By spikes of 0.7 to 2.5 thresholds, and of just one; it keeps the rest, or is 0."""
    left = [round(SPIKE_WEIGHT / share) for share in SHARES]
    while left:
        # as many as the chip has cores for: each gets a train of its own, and what others send
        singles = [LayerSpec((1, 1, 1), threshold_high=high) for high in left]
        fitted = bench.measures.fit_each(*singles)
        if fitted[0].shape != (1, 1, 1):
            fitted = fitted[:1]  # of several channels each would send on a spike
        network = trial(bench, STIMULATE, *fitted)
        if network is None:
            return
        left = left[len(network.indices) :]
        for reset in Reset:
            layers = [attrs.evolve(layer, reset=reset) for layer in network.layers]
            monitor = network.indices if bench.declares(RECORD) else ()
            bench.deploy(*layers, monitor=monitor)
            expected = ExpectedLayers(layers)
            for index in network.indices:
                # all at one place, also where no map of one neuron can be
                times = SPACING_US * np.arange(1, _TRAIN + 1)
                spikes = Spikes(time_us=times, layer=index, channel=0)
                fired = played(expected, spikes)
                sent = stimulate(bench, spikes)
                how = f"by spikes of {SPIKE_WEIGHT}, a threshold of {layers[index].threshold_high}"
                how += f" and a reset that is {reset.value!r}"
                if monitor:
                    demand_sent(sent, spikes, fired, how)
                demand_states(bench, expected, f"after {_TRAIN} {how.removeprefix('by ')}")


@case("Spikes of one moment all arrive, each for itself.", STIMULATE)
def spikes_of_one_moment_all_arrive(bench: SuiteBench) -> None:
    """Several at one place, and some at each place of each layer's input, in one microsecond."""
    network = trial(bench, STIMULATE, *chain(bench))
    if network is None:
        return
    bench.deploy(*network.layers)
    expected = ExpectedLayers(network.layers)
    for index in network.indices:
        shape = network.input_of(index)
        places = train(index, shape, int(np.prod(shape)))
        spikes = of_one_moment(Spikes.concatenate([*[places[-1:]] * 3, places, places]))
        played(expected, spikes)
        stimulate(bench, spikes)
        demand_states(
            bench, expected, f"after {len(spikes)} spikes of one moment into layer {index}"
        )


@case("However many spikes come, none is lost on its way.", STIMULATE, RECORD, waits_s=0.15)
def many_spikes_all_come(bench: SuiteBench) -> None:
    """Of one neuron that fires for each spike, more than a small buffer holds."""
    network = trial(bench, RECORD, bench.measures.fit(LayerSpec((1, 1, 1))))
    if network is None:
        return
    bench.deploy(*network.layers, monitor=[network.first])
    expected = ExpectedLayers(network.layers)
    times = _MANY_SPACING_US * np.arange(_MANY)
    spikes = Spikes(time_us=times, layer=network.first, channel=0)
    fired = sum(map(len, played(expected, spikes)))
    sent = stimulate(bench, spikes)
    demand_equal(len(sent), fired, f"The number of spikes of a layer that gets {_MANY}")
    demand_states(bench, expected, f"after {_MANY} spikes")


@case(
    "The neurons at the ends of the largest maps take and send spikes.",
    STIMULATE,
    RECORD,
    deployments=2,
)
def the_last_neurons_take_and_send_spikes(bench: SuiteBench) -> None:
    """With all bits of their coordinates: of the most channels, and of the largest map."""
    channels, sizes = bench.facts.channel_range.value, bench.facts.map_size_range.value
    for shape in ((channels.highest, 1, 1), (1, sizes.highest, sizes.highest)):
        network = trial(bench, RECORD, bench.measures.fit(LayerSpec(shape)))
        if network is None:
            return
        bench.deploy(*network.layers, monitor=[network.first])
        expected = ExpectedLayers(network.layers)
        _, height, width = network.input_of(network.first)
        spikes = Spikes(
            time_us=SPACING_US * np.arange(4),
            layer=network.first,
            channel=0,
            y=[height - 1, 0, height - 1, height // 2],
            x=[width - 1, width - 1, 0, width // 2],
        )
        how = "by spikes at the ends of maps of " + "x".join(map(str, network.layers[-1].shape))
        demand_sent(stimulate(bench, spikes), spikes, played(expected, spikes), how)
        demand_states(bench, expected, f"after {how.removeprefix('by ')}")


@case("A stimulation lasts until the time of its last spike.", STIMULATE, waits_s=0.2)
def a_stimulation_takes_its_time(bench: SuiteBench) -> None:
    """By the clock of the device, whether anything fires or not."""
    network = trial(bench, STIMULATE, bench.measures.fit(LayerSpec((1, 1, 1))))
    if network is None:
        return
    bench.deploy(*network.layers)
    for last_us in (_LAST_US, 3 * _LAST_US):
        spikes = Spikes(time_us=[0, last_us], layer=network.first, channel=0)
        began_s = bench.device.clock.now_s()
        stimulate(bench, spikes)
        passed_us = round((bench.device.clock.now_s() - began_s) * 1e6)
        demand(
            passed_us >= last_us - SPACING_US,
            f"A stimulation with a spike at {last_us} us returned after {passed_us} us.",
        )


@case("Spikes in several stimulations do what they do in one.", STIMULATE)
def stimulations_add_up(bench: SuiteBench) -> None:
    """Each begins at time 0, and the neurons keep what they hold."""
    network = trial(bench, STIMULATE, *chain(bench))
    if network is None:
        return
    trains = [train(index, network.input_of(index), 60) for index in network.indices]
    spikes = Spikes.concatenate(one.shifted(n) for n, one in enumerate(trains)).sorted()
    expected = ExpectedLayers(network.layers)
    played(expected, spikes)
    bench.deploy(*network.layers)
    for part in (spikes[:50], spikes[50:51], spikes[51:]):
        stimulate(bench, part.shifted(-int(part.time_us[0])))
    demand_states(bench, expected, f"after {len(spikes)} spikes in three stimulations")


@case("A stimulation without a spike changes nothing.", STIMULATE)
def no_spikes_change_nothing(bench: SuiteBench) -> None:
    """A stimulation without a spike ends, sends nothing and moves nothing."""
    layers = bench.measures.fit_each(LayerSpec((1, 2, 3), initial=50))
    bench.deploy(*layers)
    before = bench.read()
    sent = stimulate(bench, Spikes(time_us=[], layer=0, channel=0))
    demand_equal(len(sent), 0, "The number of spikes after none went in")
    bench.demand_reads(before, "after a stimulation without a spike")


@case(
    "Ticks between stimulations add their bias to what spikes have left.",
    STIMULATE,
    Capability.STEPPED_CLOCK,
)
def ticks_come_between_stimulations(bench: SuiteBench) -> None:
    """Up and down in turn; no tick comes by itself while spikes are played."""
    spec = bench.measures.fit(
        LayerSpec((2, 2, 3), (-13, 5), threshold_high=1200, threshold_low=-100)
    )
    leak = bench.stepped()
    network = trial(bench, Capability.STEPPED_CLOCK, spec, leak=leak)
    if network is None:
        return
    bench.deploy(*network.layers, leak=leak)
    expected = ExpectedLayers(network.layers)
    biases = np.asarray(spec.biases, np.int64)[:, None, None]
    for ticks in (1, 3):
        spikes = train(network.first, network.input_of(network.first), 9)
        played(expected, spikes)
        stimulate(bench, spikes)
        demand_states(bench, expected, "after spikes, without a tick among them")
        bench.device.tick(ticks)
        after = expected.v_mem[-1] + ticks * biases
        expected.v_mem[-1] = np.maximum(after, round(spec.threshold_low))
        demand_states(bench, expected, f"{ticks} ticks after spikes")


@case("Spikes for what is not there are refused.", STIMULATE, opened=True)
def spikes_for_no_neuron_are_refused(bench: SuiteBench) -> None:
    """Another layer, a place outside of the input; and nothing of it is played."""
    layers = bench.measures.fit_each(LayerSpec((1, 2, 3), initial=50))
    bench.deploy(*layers)
    before = bench.read()
    device = cast("Stimulates", bench.device)
    _, height, width = layers[0].shape
    inside = {"time_us": [0, 10], "layer": 0, "channel": 0, "y": 0, "x": 0}
    for kind, outside in (
        (LayerNotFound, {"layer": [0, len(layers)]}),
        (InputError, {"channel": [0, 1]}),
        (InputError, {"y": [0, height]}),
        (InputError, {"x": [0, width]}),
        (InputError, {"time_us": [0, 2**32]}),
    ):
        ((name, values),) = outside.items()
        asked = f"Stimulating with a spike of {name} {values[-1]}"
        with bench.refusal(kind, asked, names={"the value": values[-1]}):
            device.stimulate(Spikes(**{**inside, **outside}))  # type: ignore[arg-type]
    bench.demand_reads(before, "after spikes for what is not there were refused")


@case("A closed device takes no spikes.", STIMULATE, opened=True)
def a_closed_device_takes_no_spikes(bench: SuiteBench) -> None:
    """Also when a network was deployed."""
    spec = bench.measures.fit(LayerSpec((1, 1, 1)))
    bench.deploy(spec)
    bench.device.close()
    with bench.refusal(DeviceClosed, "Stimulating a closed device"):
        cast("Stimulates", bench.device).stimulate(Spikes(time_us=0, layer=0, channel=0))
