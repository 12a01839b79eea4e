"""Spikes of layers that come to the host: of those that are monitored, once, and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

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
    played,
    stimulate,
    train,
    trial,
)
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import DeviceClosed, LayerNotFound
from speckhal.contract.network_spec import LayerSpec
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.capability_protocols import RecordsSpikes

_SPIKES: Final = 80
_ODD_US: Final = 437  # no time that a board rounds to
_PAUSE_S: Final = 0.05


def recorded(bench: SuiteBench) -> Spikes:
    """What the device of a bench has recorded; that it is spikes, `OpenDevice` demands."""
    return cast("RecordsSpikes", bench.device).recorded_spikes()


@case(
    "The spikes of monitored layers come to the host, with their neuron, when they fire.",
    STIMULATE,
    RECORD,
    deployments=3,
    waits_s=0.7,
)
def monitored_layers_send_their_spikes(bench: SuiteBench) -> None:
    """Of one layer, of all, and of none; those of the others stay on the chip."""
    network = trial(bench, RECORD, *chain(bench))
    if network is None:
        return
    every = list(network.indices)
    for monitor in (every[-1:], every, []):
        bench.deploy(*network.layers, monitor=monitor)
        expected = ExpectedLayers(network.layers)
        for index in every:
            spikes = train(index, network.input_of(index), _SPIKES, _ODD_US)
            fired = [
                [neuron for neuron in one if neuron[0] in monitor]
                for one in played(expected, spikes)
            ]
            how = f"by spikes into layer {index}, with monitor={monitor}"
            demand_sent(stimulate(bench, spikes), spikes, fired, how)


@case(
    "Spikes into several layers are played in the order of time.", STIMULATE, RECORD, waits_s=0.25
)
def layers_are_stimulated_in_turn(bench: SuiteBench) -> None:
    """From layer to layer in one stimulation; all of them are monitored."""
    network = trial(bench, RECORD, *chain(bench))
    if network is None:
        return
    every = list(network.indices)
    bench.deploy(*network.layers, monitor=every)
    expected = ExpectedLayers(network.layers)
    trains = [train(index, network.input_of(index), _SPIKES) for index in every]
    order = np.argsort(np.concatenate([one.time_us for one in trains]), kind="stable")
    mixed = Spikes.concatenate(trains)[order]
    spikes = Spikes(
        time_us=_ODD_US + SPACING_US * np.arange(len(mixed)),
        **{name: getattr(mixed, name) for name in ("layer", "channel", "y", "x")},
    )
    how = "by spikes into all layers in turn"
    demand_sent(stimulate(bench, spikes), spikes, played(expected, spikes), how)
    demand_states(bench, expected, f"after {how.removeprefix('by ')}")


@case("What was handed over does not come again.", STIMULATE, RECORD)
def spikes_are_handed_over_once(bench: SuiteBench) -> None:
    """Not with the next stimulation, and not as recorded besides."""
    network = trial(bench, RECORD, bench.measures.fit(LayerSpec((1, 1, 1), threshold_high=50)))
    if network is None:
        return
    bench.deploy(*network.layers, monitor=[network.first])
    demand_equal(len(recorded(bench)), 0, "The number of spikes before anything fired")
    expected = ExpectedLayers(network.layers)
    spikes = train(network.first, network.input_of(network.first), 3)
    for _ in range(2):
        demand_sent(stimulate(bench, spikes), spikes, played(expected, spikes), "by three spikes")
    demand_equal(
        len(recorded(bench)), 0, "The number of spikes that came besides those of stimulations"
    )


@case(
    "What is recorded at ticks is of neurons of monitored layers, and comes once.",
    RECORD,
    Capability.STEPPED_CLOCK,
    deployments=2,
)
def spikes_at_ticks_are_recorded(bench: SuiteBench) -> None:
    """Later as they come later, and whatever is played; whether one fires the chip says."""
    layers = rising(bench)
    bench.deploy(*layers, leak=bench.stepped(), monitor=[0])
    bench.device.tick(10)
    bench.device.clock.sleep_s(_PAUSE_S)
    bench.device.tick(10)
    sent = recorded(bench)
    inside = np.ones(len(sent), bool)
    for column, size in zip((sent.channel, sent.y, sent.x), layers[0].shape, strict=True):
        inside &= column < size
    demand(
        bool((inside & (sent.layer == 0)).all()),
        "At ticks came spikes of neurons that no monitored layer has.",
    )
    demand(not (np.diff(sent.time_us) < 0).any(), "Spikes at ticks are not in the order of time.")
    demand_equal(len(recorded(bench)), 0, "The number of spikes that came a second time")
    bench.device.clock.sleep_s(_PAUSE_S)
    bench.device.tick(20)
    later = recorded(bench)
    demand(
        not len(sent) or not len(later) or later.time_us.max() > sent.time_us.max(),
        f"Spikes at ticks {_PAUSE_S} s later have no later time.",
    )
    bench.device.tick(20)
    bench.deploy(*layers, leak=bench.stepped(), monitor=[0])
    demand_equal(len(recorded(bench)), 0, "The number of spikes from before a network was deployed")
    if not bench.declares(STIMULATE):
        return
    bench.device.tick(20)
    bench.read()
    if bench.declares(Capability.RESET_STATES):
        bench.device.reset_states()
    came = stimulate(bench, train(0, (1, 1, 1), 1))
    demand(
        len(came) <= int(np.prod(layers[0].shape)),
        f"One spike brought {len(came)} spikes of {int(np.prod(layers[0].shape))} neurons, which "
        "fire once for it: those of ticks before are recorded, and not of the stimulation.",
    )
    recorded_then = recorded(bench)[: len(sent)]
    demand_equal(
        _neurons(recorded_then),
        _neurons(sent),
        "The neurons (c, y, x) whose spikes at ticks are recorded after a stimulation",
    )


@case(
    "The stop watch of recorded spikes begins with each network and each stimulation.",
    RECORD,
    Capability.STEPPED_CLOCK,
    deployments=2,
    waits_s=0.15,
)
def the_stop_watch_begins_anew(bench: SuiteBench) -> None:
    """No spike at ticks has a time that is longer than what has passed since then."""
    layers = rising(bench)
    deploying: tuple[str, Callable[[], object]] = (
        "a network was deployed",
        lambda: _deploy_rising(bench, layers),
    )
    ways = [deploying, deploying]
    if bench.declares(STIMULATE):
        ways.append(("a stimulation began", lambda: stimulate(bench, train(0, (1, 1, 1), 1))))
    for since, begin in ways:
        began_s = bench.device.clock.now_s()
        begin()
        recorded(bench)
        bench.device.tick(20)
        sent = recorded(bench)
        passed_s = bench.device.clock.now_s() - began_s
        last_s = int(sent.time_us.max(initial=0)) / 1e6
        demand(
            last_s <= passed_s + _PAUSE_S / 2,
            f"A spike at a tick has the time {last_s:.3g} s, and only {passed_s:.3g} s have passed "
            f"since {since}.",
        )
        bench.device.clock.sleep_s(_PAUSE_S)


def rising(bench: SuiteBench) -> tuple[LayerSpec, ...]:
    """Layers whose neurons rise to their threshold at a few ticks, as many as there is room for."""
    layer = LayerSpec((2, 1, 1), (13, 5), threshold_high=40)
    return bench.measures.fit_each(layer, layer)


def _deploy_rising(bench: SuiteBench, layers: Sequence[LayerSpec]) -> object:
    return bench.deploy(*layers, leak=bench.stepped(), monitor=[0])


def _neurons(spikes: Spikes) -> list[tuple[int, ...]]:
    columns = (spikes.channel, spikes.y, spikes.x)
    return sorted(zip(*map(np.ndarray.tolist, columns), strict=True))


@case("To monitor a layer that the network does not have is refused.", RECORD, opened=True)
def a_layer_that_is_not_there_is_not_monitored(bench: SuiteBench) -> None:
    """And what was deployed before stays."""
    layers = bench.measures.fit_each(LayerSpec((1, 2, 3), initial=50))
    bench.deploy(*layers)
    before = bench.read()
    for wrong in (len(layers), 100, 0.5, "0"):
        with bench.refusal(LayerNotFound, f"Monitoring layer {wrong!r}", names={"it": wrong}):
            bench.deploy(*layers, monitor=[wrong])  # type: ignore[list-item]  # on purpose
    bench.demand_reads(before, "after layers that are not there were to be monitored")


@case("A closed device hands over no spikes.", RECORD, opened=True)
def a_closed_device_hands_over_no_spikes(bench: SuiteBench) -> None:
    """Also when a layer was monitored."""
    spec = bench.measures.fit(LayerSpec((1, 1, 1)))
    bench.deploy(spec, monitor=[0])
    bench.device.close()
    with bench.refusal(DeviceClosed, "Asking a closed device for spikes"):
        cast("RecordsSpikes", bench.device).recorded_spikes()
