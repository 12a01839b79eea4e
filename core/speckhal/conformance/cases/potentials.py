"""Writing membrane potentials, and resetting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import after_ticks, demand_equal
from speckhal.conformance.shapes import SHAPES, distinct, shapes_of, some_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.address import Shape

WRITE = Capability.WRITE_V_MEM
RESET = Capability.RESET_STATES
STEPPED = Capability.STEPPED_CLOCK
SHAPE: Shape = (2, 3, 5)
_NUMBERS = ("no neuron", "one neuron", "two neurons")
LAYER = LayerSpec(SHAPE, (-7, -11), threshold_low=-500, initial=60)


@case("Each neuron holds what was written to it, in every shape.", WRITE, deployments=len(SHAPES))
def each_neuron_holds_what_was_written(bench: SuiteBench) -> None:
    """No two neurons are given the same."""
    for shape in shapes_of(bench.facts):
        bench.deploy_fitted(LayerSpec(shape, biases=(-1.0,)))
        values = bench.measures.distinct(shape, first=-300)
        bench.device.probe().write(values)
        bench.demand_reads(values.astype(np.int64), f"as written to a layer of shape {shape}")


@case("Writing some neurons leaves the others as they are.", WRITE)
def writing_some_leaves_the_others(bench: SuiteBench) -> None:
    """Three in any order, and every seventh."""
    spec = bench.deploy_fitted(LAYER)
    chosen = some_of(spec.shape)
    given = [bench.measures.potential(value) for value in (-5, 17, 99)[: len(chosen)]]
    bench.device.probe(neurons=chosen).write(np.array(given, np.int16))
    expected = np.full(spec.shape, spec.initial, np.int64)
    expected[tuple(chosen.T)] = given
    bench.demand_reads(expected, f"after {len(chosen)} neurons were written")
    chosen = np.argwhere(distinct(spec.shape) % 7 == 1)
    values = bench.measures.distinct((1, 1, len(chosen)), -40).ravel()
    expected[tuple(chosen.T)] = values
    bench.device.probe(neurons=chosen).write(values)
    bench.demand_reads(expected, "after every seventh neuron was written")


@case("A written potential is stored as it is, beyond thresholds too.", WRITE)
def a_written_potential_is_stored_as_it_is(bench: SuiteBench) -> None:
    """Beyond both thresholds, and at both ends of what a neuron holds."""
    spec = bench.deploy_fitted(LayerSpec((1, 2, 3), (-1,)))
    ends = bench.measures.v_mem
    wanted = (ends.lowest, ends.highest, 127, 128, -128, 0)
    held = np.array([bench.measures.potential(value) for value in wanted], np.int16)
    values = np.resize(held, spec.shape)
    bench.device.probe().write(values)
    bench.demand_reads(values.astype(np.int64), "as written beyond the thresholds")


@case("Leak goes on from what was written.", WRITE, STEPPED)
def leak_goes_on_from_what_was_written(bench: SuiteBench) -> None:
    """The next tick adds the bias to what was written."""
    layer = bench.deploy(bench.measures.fit(LAYER), leak=bench.stepped()).layer(0)
    bench.device.tick(2)
    values = bench.measures.distinct(layer.shape, first=-40)
    bench.device.probe().write(values)
    bench.device.tick(3)
    expected = after_ticks(values, layer.biases, 3, layer.threshold_low)
    bench.demand_reads(expected, "3 ticks after it was written")
    ticks = bench.device.probe().read().ticks
    demand_equal(ticks, 5, "`ticks` of a reading after 2 ticks, a write, and 3 ticks")


@case("Potentials that neurons cannot hold are refused, and change nothing.", WRITE, opened=True)
def wrong_potentials_are_refused(bench: SuiteBench) -> None:
    """Of another shape, no whole numbers, beyond 16 bits or the facts; for all neurons or some."""
    shape = bench.deploy_fitted(LAYER).shape
    chosen = some_of(shape)[:2]
    probe, some = bench.device.probe(), bench.device.probe(neurons=chosen)
    before = bench.read()
    probe.write(before)
    beyond = list(bench.measures.beyond("v_mem_range"))
    wrong: list[tuple[str, npt.ArrayLike, dict[str, int]]] = [
        ("for one row more", np.zeros((shape[0], shape[1] + 1, shape[2]), int), {}),
        ("for no neuron", [], {}),
        ("that are fractions", np.full(shape, 0.5), {}),
        ("that are no numbers", np.full(shape, np.nan), {}),
        ("that are infinite", np.full(shape, np.inf), {}),
        *((f"of {value}", np.full(shape, value), names) for value, names in beyond),
    ]
    for what, all_values, names in wrong:
        with bench.refusal(InputError, f"Writing potentials {what}", names=names):
            probe.write(all_values)
        bench.demand_reads(before, f"after potentials {what} were refused")
    others: list[float] = [1] * (len(chosen) - 1)
    for values, names in (
        (others, {}),
        ([*others, 0.5], {}),
        ([*others, np.nan], {}),
        *(([*others, value], names) for value, names in beyond),
    ):
        asked = f"Writing the potentials {values} to {_NUMBERS[len(chosen)]}"
        with bench.refusal(InputError, asked, names=names):
            some.write(values)
        bench.demand_reads(before, f"after {values} were refused for {_NUMBERS[len(chosen)]}")


@case("Resetting the states sets every neuron to 0.", RESET)
def resetting_sets_every_neuron_to_zero(bench: SuiteBench) -> None:
    """Those of every core, whatever they were."""
    # its maps are as high and wide as the first one's, or smaller by as many rows as columns
    second = LayerSpec((3, 2, 4), initial=distinct((3, 2, 4)))
    specs = bench.measures.fit_each(LAYER, second)
    bench.deploy(*specs)
    bench.device.reset_states()
    for index, spec in enumerate(specs):
        expected = np.zeros(spec.shape, np.int64)
        bench.demand_reads(expected, f"in layer {index} after a reset", layer=index)


@case("Resetting the states leaves the network and its leak as they are.", RESET, STEPPED)
def resetting_leaves_the_network(bench: SuiteBench) -> None:
    """Biases and thresholds stay, and ticks are counted from when it was deployed."""
    layer = bench.deploy(bench.measures.fit(LAYER), leak=bench.stepped()).layer(0)
    bench.device.tick(2)
    bench.device.reset_states()
    ticks = bench.device.probe().read().ticks
    demand_equal(ticks, 2, "`ticks` of a reading after 2 ticks and a reset")
    for ticks in (3, 97):
        bench.device.tick(ticks)
    expected = after_ticks(np.zeros(layer.shape, int), layer.biases, 100, layer.threshold_low)
    bench.demand_reads(expected, "100 ticks after a reset")
    demand_equal(bench.device.probe().read().v_mem.shape, layer.shape, "The shape after a reset")
