"""Spikes that go into layers: where they arrive, what they add, and what makes a neuron fire.

What they do is known of layers of `LayerSpec`: each adds `SPIKE_WEIGHT` to the neurons that it
reaches. The spikes of a case come one after another with `SPACING_US` between them, in which all
that follows from one is over.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand, demand_equal
from speckhal.conformance.expected_spikes import ExpectedLayers
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import DeviceClosed, InputError, LayerNotFound
from speckhal.contract.network_spec import SPIKE_WEIGHT, LayerSpec, Reset
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.address import Shape
    from speckhal.contract.capability_protocols import Stimulates

STIMULATE = Capability.STIMULATE
RECORD = Capability.RECORD_SPIKES

SPACING_US: Final = 1000

SHARES: Final = (0.7, 0.9, 1.2, 2.5)
"""Of a threshold that one spike adds, so that none, the second, or each makes a neuron fire."""

_TRAIN: Final = 8  # spikes of a train
_ROOM: Final = 1500  # chip units, which no neuron of these cases passes


def stimulate(bench: SuiteBench, spikes: Spikes) -> Spikes:
    """What the device of a bench answers to spikes; that it is spikes, `OpenDevice` demands."""
    return cast("Stimulates", bench.device).stimulate(spikes)


def train(layer: int, shape: Shape, count: int, first_us: int = 0) -> Spikes:
    """Spikes into a map, one after another, each at the next place of it.

    Args:
        layer: index of the layer whose input that is.
        shape: (channels, height, width) of that input.
        count: how many.
        first_us: time of the first.
    """
    channel, y, x = np.unravel_index(np.arange(count) % int(np.prod(shape)), shape)
    times = first_us + SPACING_US * np.arange(count)
    return Spikes(time_us=times, layer=layer, channel=channel, y=y, x=x)


def has_room(bench: SuiteBench, *needs: Capability) -> bool:
    """Whether the sums of these cases stay within what a neuron of the chip holds.

    Args:
        bench: where the case works.
        needs: what it needs; a refusal needs no room.
    """
    highest = min(bench.measures.v_mem.highest, bench.facts.threshold_high_range.value.highest)
    if highest >= _ROOM or not all(map(bench.declares, needs)):
        return True
    bench.remark(
        f"By its facts a neuron holds no more than {highest}, too little for a few spikes of "
        f"{SPIKE_WEIGHT}: what they do was not tried."
    )
    return False


def played(expected: ExpectedLayers, spikes: Spikes) -> list[list[tuple[int, int, int, int]]]:
    """The neurons that fire for each of some spikes, in turn, sorted by layer and place."""
    columns = (spikes.layer, spikes.channel, spikes.y, spikes.x)
    return [sorted(expected.play(*map(int, one))) for one in zip(*columns, strict=True)]


def demand_states(bench: SuiteBench, expected: ExpectedLayers, when: str) -> None:
    """Demand that the neurons of all layers hold that."""
    for layer, v_mem in enumerate(expected.v_mem):
        bench.demand_reads(v_mem, when, layer=layer)


def inputs(layers: Sequence[LayerSpec]) -> list[Shape]:
    """(channels, height, width) of the input of each layer."""
    return [(1, *layers[0].shape[1:]), *(layer.shape for layer in layers[:-1])]


def chain(bench: SuiteBench) -> tuple[LayerSpec, ...]:
    """Up to three layers, of which the last has a smaller map, as the chip can have them."""
    high = 2 * SPIKE_WEIGHT + 1  # the third spike is one too many
    sizes = ((2, 4, 5), (2, 4, 5), (1, 3, 4))
    layers = [LayerSpec(shape, threshold_high=high) for shape in sizes]
    return bench.measures.fit_each(*layers)


@case("A spike adds its weight to the neurons that its place reaches, and no others.", STIMULATE)
def a_spike_reaches_the_neurons_of_its_place(bench: SuiteBench) -> None:
    """At each place of each layer's input; kernels of one weight, and of more."""
    if not has_room(bench, STIMULATE):
        return
    layers = chain(bench)
    bench.deploy(*layers)
    expected = ExpectedLayers(layers)
    for index, shape in enumerate(inputs(layers)):
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
    """By spikes of 0.7 to 2.5 thresholds and of just one; it keeps the rest, or is 0."""
    if not has_room(bench, STIMULATE):
        return
    thresholds = [round(SPIKE_WEIGHT / share) for share in SHARES]
    for high, reset in itertools.product([*thresholds, SPIKE_WEIGHT], Reset):
        layer = LayerSpec((1, 1, 1), threshold_high=high, reset=reset)
        spec = bench.measures.fit(layer)
        bench.deploy(spec, monitor=[0] if bench.declares(RECORD) else [])
        expected = ExpectedLayers([spec])
        # all at one place, also where no map of one neuron can be
        spikes = Spikes(time_us=SPACING_US * np.arange(1, _TRAIN + 1), layer=0, channel=0, y=0, x=0)
        fired = played(expected, spikes)
        sent = stimulate(bench, spikes)
        how = f"by spikes of {SPIKE_WEIGHT}, a threshold of {spec.threshold_high}"
        how += f" and a reset that is {spec.reset.value!r}"
        if bench.declares(RECORD):
            demand_sent(sent, spikes, fired, how)
        demand_states(bench, expected, f"after {_TRAIN} {how.removeprefix('by ')}")


def demand_sent(
    sent: Spikes, spikes: Spikes, fired: Sequence[Iterable[tuple[int, int, int, int]]], how: str
) -> None:
    """Demand that just the neurons that fire for a spike are sent until the next one.

    Args:
        sent: what came.
        spikes: that went in, `SPACING_US` from one another.
        fired: the neurons that fire for each of these, as far as they are monitored.
        how: it was done, for the message.
    """
    demand(
        not (np.diff(sent.time_us) < 0).any(),
        f"Spikes {how} are not in the order of time.",
    )
    for begin_us, neurons in zip(spikes.time_us.tolist(), fired, strict=True):
        within = (begin_us <= sent.time_us) & (sent.time_us < begin_us + SPACING_US)
        came = sent[within]
        columns = (came.layer, came.channel, came.y, came.x)
        demand_equal(
            sorted(tuple(map(int, one)) for one in zip(*columns, strict=True)),
            list(neurons),
            f"The neurons (layer, c, y, x) that fired {how}, from {begin_us} us on",
        )
    demand_equal(len(sent), sum(map(len, map(list, fired))), f"The number of spikes {how}")


@case("Spikes in two stimulations do what they do in one.", STIMULATE, deployments=2)
def stimulations_add_up(bench: SuiteBench) -> None:
    """Each begins at time 0, and the neurons keep what they hold."""
    if not has_room(bench, STIMULATE):
        return
    layers = chain(bench)
    spikes = Spikes.concatenate(
        [train(index, shape, 60).shifted(index) for index, shape in enumerate(inputs(layers))]
    ).sorted()
    middle = len(spikes) // 2
    expected = ExpectedLayers(layers)
    played(expected, spikes)
    for parts in ([spikes], [spikes[:middle], spikes[middle:]]):
        bench.deploy(*layers)
        for part in parts:
            stimulate(bench, part.shifted(-int(part.time_us[0])))
        how = "at once" if len(parts) == 1 else "in two parts"
        demand_states(bench, expected, f"after {len(spikes)} spikes {how}")


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
    if not has_room(bench, STIMULATE, Capability.STEPPED_CLOCK):
        return
    spec = bench.measures.fit(
        LayerSpec((2, 2, 3), (-13, 5), threshold_high=1200, threshold_low=-100)
    )
    bench.deploy(spec, leak=bench.stepped())
    expected = ExpectedLayers([spec])
    biases = np.asarray(spec.biases, np.int64)[:, None, None]
    for ticks in (1, 3):
        spikes = train(0, (1, *spec.shape[1:]), 9)
        played(expected, spikes)
        stimulate(bench, spikes)
        demand_states(bench, expected, "after spikes, without a tick among them")
        bench.device.tick(ticks)
        after = expected.v_mem[0] + ticks * biases
        expected.v_mem[0] = np.maximum(after, round(spec.threshold_low))
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
