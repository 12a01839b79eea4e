"""The laws of leak, in ticks that are made one by one: exact on every backend."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import (
    Violation,
    after_ticks,
    demand,
    demand_equal,
    demand_potentials,
)
from speckhal.conformance.shapes import distinct, some_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import ConfigurationError
from speckhal.contract.facts import Range
from speckhal.contract.network_spec import LayerSpec, Reset

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.conformance.suite_bench import SuiteBench

STEPPED = Capability.STEPPED_CLOCK

LAYER = LayerSpec((1, 2, 3), (-13,), initial=100)
_FALLING = (-1, -13, -90, -127)

SPLITS = ((17, 40), (1, 1), (0, 3), (3, 0), (2, 5))
"""Numbers of ticks, one after the other, each made at once and in two parts; the longest first."""


@case("A tick adds each channel's bias to each of its neurons, exactly.", STEPPED)
def a_tick_adds_the_bias(bench: SuiteBench) -> None:
    """One tick, a few, and more than 8 bits count; through zero, downwards and upwards."""
    wide = LayerSpec((3, 2, 4), (-13, 5, -1), threshold_high=20_000, threshold_low=-20_000)
    wide = attrs.evolve(wide, initial=distinct(wide.shape))
    spec = bench.deploy_fitted(wide, leak=bench.stepped())
    biases = [int(bias) for bias in spec.biases or ()]
    before, ticks, most = bench.read(), 0, bench.measures.free_ticks(spec)
    for wanted in (1, 1, 3, 10, 100, 300):
        count = min(wanted, most - ticks)
        bench.device.tick(count)
        ticks += count
        after = bench.read()
        for channel, bias in enumerate(biases):
            _demand_steps(before[channel], after[channel], bias, ticks)


@case("Ticks add up: all at once they do what they do in two parts.", STEPPED, deployments=2)
def ticks_add_up(bench: SuiteBench) -> None:
    """Also where neurons reach their lower threshold in between."""
    spec = bench.measures.fit(
        LayerSpec((4, 3, 3), (-2, -5, -7, -80), initial=distinct((4, 3, 3)), threshold_low=-300)
    )
    bench.deploy(spec, leak=bench.stepped())
    at_once = []
    for first, second in SPLITS:
        bench.device.tick(first + second)
        at_once.append(bench.read())
    bench.deploy(spec, leak=bench.stepped())
    for (first, second), expected in zip(SPLITS, at_once, strict=True):
        bench.device.tick(first)
        bench.device.tick(second)
        bench.demand_reads(expected, f"after {first} and {second} ticks, as after {first + second}")


@case("Leak stops exactly at the lower threshold, and stays there.", STEPPED, deployments=2)
def leak_stops_at_the_lower_threshold(bench: SuiteBench) -> None:
    """Whether a tick would reach it or pass it, and however many follow."""
    for wanted_low, biases in itertools.product(
        (-90, -1), bench.measures.shared(_FALLING, (4, 2, 4))
    ):
        falling = LayerSpec(
            (4, 2, 4), biases, threshold_low=wanted_low, initial=distinct((4, 2, 4))
        )
        spec = bench.deploy_fitted(falling, leak=bench.stepped())
        threshold_low = int(spec.threshold_low)
        start, ticks = bench.read(), 0
        for count in (1, 1, 5, 20, 200):
            bench.device.tick(count)
            ticks += count
            after = bench.read()
            expected = after_ticks(start, spec.biases or (), ticks, threshold_low)
            lowest = int(after.min())
            demand(
                lowest >= threshold_low,
                f"A neuron leaked to {lowest}, below the lower threshold of {threshold_low}.",
            )
            demand(
                lowest == expected.min() or (after != np.maximum(expected, lowest)).any(),
                f"Leak stopped at {lowest}, above the lower threshold of {threshold_low}.",
            )
            demand_potentials(
                after, expected, f"{ticks} ticks on, with a lower threshold of {threshold_low}"
            )


@case("Without a tick nothing changes: not by time, and not by reading.", STEPPED, waits_s=2.0)
def without_a_tick_nothing_changes(bench: SuiteBench) -> None:
    """The slow clock is off when the device opens and after `deploy`."""
    spec = bench.deploy_fitted(LAYER, leak=bench.stepped())
    before = np.full(spec.shape, spec.initial, np.int64)
    bench.demand_reads(before, "after it was deployed, and before any tick")
    for _ in range(3):
        bench.device.clock.sleep_s(0.5)
        bench.demand_reads(before, "after half a second in which no tick was made")
    bench.device.probe(neurons=some_of(spec.shape)[:1]).read()
    bench.demand_reads(before, "after one neuron was read alone")
    bench.device.tick(0)
    bench.demand_reads(before, "after no tick was asked for")
    bench.device.tick(2)
    after = bench.read()
    bench.device.clock.sleep_s(0.5)
    bench.demand_reads(after, "half a second after the last tick")


@case("Only whole numbers of ticks from 0 up are made.", STEPPED, opened=True)
def wrong_numbers_of_ticks_are_refused(bench: SuiteBench) -> None:
    """And what is refused has made none."""
    bench.deploy_fitted(LAYER, leak=bench.stepped())
    before = bench.read()
    for wrong in (-1, 1.5, True, "3", None):
        asked = f"Asking for {wrong!r} ticks"
        with bench.refusal(ConfigurationError, asked, names={"the value": wrong}):
            bench.device.tick(wrong)  # type: ignore[arg-type]  # on purpose
    bench.demand_reads(before, "after every wrong number of ticks was refused")


@case("A reading counts the ticks since the network was deployed.", STEPPED, deployments=2)
def a_reading_counts_ticks(bench: SuiteBench) -> None:
    """Deploying begins the count anew."""
    for _ in range(2):
        bench.deploy_fitted(LAYER, leak=bench.stepped())
        probe, ticks = bench.device.probe(), 0
        for count in (0, 3, 2, 300):
            bench.device.tick(count)
            ticks += count
            demand_equal(probe.read().ticks, ticks, f"`ticks` of a reading after {ticks} ticks")


@case("A tick adds the bias where no leak was asked for, too.", STEPPED)
def a_tick_needs_no_leak_configuration(bench: SuiteBench) -> None:
    """So a backend that declares no stepped clock must refuse the tick itself."""
    layer = bench.deploy(bench.measures.fit(LAYER)).layer(0)
    before = bench.read()
    bench.device.tick(2)
    expected = after_ticks(before, layer.biases, 2, layer.threshold_low)
    bench.demand_reads(expected, "after 2 ticks, deployed without a leak")


@case("A neuron that a tick lifts to its threshold fires, or stays.", STEPPED, deployments=2)
def a_neuron_above_threshold_fires_or_stays(bench: SuiteBench) -> None:
    """Which of the two a chip does is not settled; that it does only one of them is."""
    step = bench.measures.bias(10)
    high = min(127, bench.measures.v_mem.highest - step)  # no sum is beyond what a neuron holds
    for reset in Reset:
        spec = LayerSpec((1, 2, 4), (step,), reset=reset, threshold_high=high)
        spec = bench.measures.fit(spec)
        first = int(spec.threshold_high) - min(14, step + 4)
        below = Range(first, int(spec.threshold_high) - 1)
        spec = attrs.evolve(spec, initial=distinct(spec.shape, first, below))
        layer = bench.deploy(spec, leak=bench.stepped()).layer(0)
        total = bench.read() + step
        bench.device.tick(1)
        fired = total - layer.threshold_high if reset is Reset.SUBTRACT else total * 0
        after_firing = np.where(total >= layer.threshold_high, fired, total)
        after = bench.read()
        if not (after == total).all():
            demand_potentials(
                after, after_firing, f"after a tick, with reset {reset.value!r} at the threshold"
            )


@case("A bias of thousands is added as exactly as one of a few.", STEPPED, Capability.DIRECT_BIASES)
def a_large_bias_is_added_whole(bench: SuiteBench) -> None:
    """Down to the lower threshold, with no sum beyond 16 bits: what those do is not settled."""
    spec = LayerSpec((1, 1, 2), (-1,), threshold_low=-20_000, initial=100)
    spec, bias = bench.measures.fit(spec), bench.measures.bias(-12_000)
    bench.deploy(spec, leak=bench.stepped(), biases={0: np.full(spec.shape[0], bias, np.int16)})
    expected = int(np.max(spec.initial))
    for _ in range(min(6, int(spec.threshold_low - expected) // bias + 2)):
        bench.device.tick(1)
        expected = max(expected + bias, int(spec.threshold_low))
        bench.demand_reads(np.full(spec.shape, expected), f"with a bias of {bias} at every tick")


def _demand_steps(
    before: npt.NDArray[np.int64], after: npt.NDArray[np.int64], bias: int, ticks: int
) -> None:
    """Demand that all neurons of a channel moved by `ticks` biases, and say what they did."""
    moved = after - before
    if (moved == bias * ticks).all():
        return
    if not moved.any():
        text = "Nothing leaked: "
    elif (moved == -bias * ticks).all():
        text = "The sign is wrong: "
    else:
        text = ""
    wrong = moved[moved != bias * ticks][0]
    raise Violation(
        f"{text}{ticks} ticks of a bias of {bias} moved a neuron by {wrong} instead of "
        f"{bias * ticks}."
    )
