"""Writing membrane potentials, and resetting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.cases.shapes import SHAPES, distinct, shapes_of
from speckhal.conformance.expectations import demand_equal, demand_potentials, refusal
from speckhal.device import Capability
from speckhal.errors import InputError
from speckhal.example import LayerSpec

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.address import Shape
    from speckhal.conformance.bench import Bench

WRITE = Capability.WRITE_V_MEM
RESET = Capability.RESET_STATES
STEPPED = Capability.STEPPED_CLOCK
SHAPE: Shape = (2, 3, 5)
LAYER = LayerSpec(SHAPE, (-7, -11), threshold_low=-500, initial=60)


@case("Each neuron holds what was written to it, in every shape.", WRITE, deployments=len(SHAPES))
def each_neuron_holds_what_was_written(bench: Bench) -> None:
    """No two neurons are given the same."""
    for shape in shapes_of(bench.facts):
        bench.deploy(LayerSpec(shape, biases=(-1.0,) * shape[0]))
        values = distinct(shape, first=-300)
        bench.device.probe().write(values)
        demand_potentials(
            bench.read(), values.astype(np.int64), f"as written to a layer of shape {shape}"
        )


@case("Writing some neurons leaves the others as they are.", WRITE)
def writing_some_leaves_the_others(bench: Bench) -> None:
    """By coordinates in any order, and by a mask."""
    bench.deploy(LAYER)
    chosen = np.array([(1, 2, 4), (0, 0, 1), (1, 0, 0), (0, 2, 3)])
    bench.device.probe(neurons=chosen).write([-5, 17, 3, 99])
    expected = np.full(SHAPE, 60, np.int64)
    expected[tuple(chosen.T)] = [-5, 17, 3, 99]
    demand_potentials(bench.read(), expected, "after 4 neurons were written")
    mask = distinct(SHAPE) % 7 == 3
    expected[mask] = values = np.arange(np.count_nonzero(mask)) - 40
    bench.device.probe(neurons=mask).write(values)
    demand_potentials(bench.read(), expected, "after the neurons of a mask were written")


@case("A written potential is stored as it is, beyond thresholds too.", WRITE)
def a_written_potential_is_stored_as_it_is(bench: Bench) -> None:
    """Beyond both thresholds, and at both ends of 16 bits."""
    bench.deploy(LayerSpec((1, 2, 3), (-1,)))
    values = np.array([[[-32768, 32767, 127], [128, -128, 0]]])
    bench.device.probe().write(values)
    demand_potentials(bench.read(), values, "as written beyond the thresholds")


@case("Leak goes on from what was written.", WRITE, STEPPED)
def leak_goes_on_from_what_was_written(bench: Bench) -> None:
    """The next tick finds it."""
    layer = bench.deploy(LAYER, leak=bench.stepped()).layer(0)
    bench.device.tick(2)
    values = distinct(SHAPE, first=-40).astype(np.int64)
    bench.device.probe().write(values)
    bench.device.tick(3)
    expected = values + 3 * layer.biases.astype(np.int64)[:, None, None]
    demand_potentials(bench.read(), expected, "3 ticks after it was written")
    ticks = bench.device.probe().read().ticks
    demand_equal(ticks, 5, "`ticks` of a reading after 2 ticks, a write, and 3 ticks")


@case("Potentials that neurons cannot hold are refused, and change nothing.", WRITE)
def wrong_potentials_are_refused(bench: Bench) -> None:
    """Of another shape, no whole numbers, or beyond 16 bits; for all neurons or some."""
    bench.deploy(LAYER)
    probe, some = bench.device.probe(), bench.device.probe(neurons=[(1, 2, 4), (0, 0, 1)])
    before = bench.read()
    probe.write(before)
    wrong: dict[str, npt.ArrayLike] = {
        "of x and y swapped": np.zeros((2, 5, 3), int),
        "for one neuron": [1],
        "that are fractions": np.full(SHAPE, 0.5),
        "of 32768": np.full(SHAPE, 1 << 15),
        "of -32769": np.full(SHAPE, -(1 << 15) - 1),
        "that are no numbers": np.full(SHAPE, np.nan),
        "that are infinite": np.full(SHAPE, np.inf),
    }
    for what, values in wrong.items():
        with refusal(InputError, f"Writing potentials {what}"):
            probe.write(values)
        demand_potentials(bench.read(), before, f"after potentials {what} were refused")
    for values in ([1], [1, 0.5], [1, 1 << 15], [1, np.nan]):
        with refusal(InputError, f"Writing the potentials {values} to two neurons"):
            some.write(values)
        demand_potentials(bench.read(), before, f"after {values} were refused for two neurons")


@case("Resetting the states sets every neuron to 0.", RESET)
def resetting_sets_every_neuron_to_zero(bench: Bench) -> None:
    """On every core."""
    specs = bench.as_many_as_fit(LAYER, LayerSpec((3, 2, 4), initial=distinct((3, 2, 4))))
    bench.deploy(*specs)
    bench.device.reset_states()
    for index, spec in enumerate(specs):
        expected = np.zeros(spec.shape, np.int64)
        demand_potentials(bench.read(index), expected, f"in layer {index} after a reset")


@case("Resetting the states leaves the network and its leak as they are.", RESET, STEPPED)
def resetting_leaves_the_network(bench: Bench) -> None:
    """Biases and thresholds stay, and ticks are counted from when it was deployed."""
    layer = bench.deploy(LAYER, leak=bench.stepped()).layer(0)
    bench.device.tick(2)
    bench.device.reset_states()
    ticks = bench.device.probe().read().ticks
    demand_equal(ticks, 2, "`ticks` of a reading after 2 ticks and a reset")
    biases = layer.biases.astype(np.int64)[:, None, None]
    for ticks in (3, 97):
        bench.device.tick(ticks)
    expected = np.maximum(np.zeros(SHAPE, np.int64) + 100 * biases, layer.threshold_low)
    demand_potentials(bench.read(), expected, "100 ticks after a reset")
    demand_equal(bench.device.probe().read().v_mem.shape, SHAPE, "The shape after a reset")


CASES = (
    each_neuron_holds_what_was_written,
    writing_some_leaves_the_others,
    a_written_potential_is_stored_as_it_is,
    leak_goes_on_from_what_was_written,
    wrong_potentials_are_refused,
    resetting_sets_every_neuron_to_zero,
    resetting_leaves_the_network,
)
