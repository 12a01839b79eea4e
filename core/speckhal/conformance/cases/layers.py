"""Each layer of a network by itself: what is asked of one is done to that one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import after_ticks, demand_equal
from speckhal.conformance.shapes import distinct, some_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.address import Shape

WRITE_BIASES = Capability.WRITE_BIASES
STEPPED = Capability.STEPPED_CLOCK

SHAPE: Shape = (2, 3, 5)
LAYERS = (
    LayerSpec(SHAPE, (-3, -5), initial=distinct(SHAPE), threshold_low=-5000),
    LayerSpec(SHAPE, (-7, -11), initial=distinct(SHAPE, first=61), threshold_low=-5000),
)
"""Of one shape, so that only their numbers set them apart."""


@case("Each layer is read by itself, all or some of its neurons.")
def each_layer_is_read_by_itself(bench: SuiteBench) -> None:
    """Three in any order, and every third."""
    specs = bench.measures.fit_each(*LAYERS)
    bench.deploy(*specs)
    some = some_of(specs[0].shape)
    for index, spec in enumerate(specs):
        given = np.asarray(spec.initial)
        bench.demand_reads(given.astype(np.int64), f"in layer {index}", layer=index)
        thirds = np.argwhere(np.arange(given.size).reshape(given.shape) % 3 == 0)
        for neurons in (some, thirds):
            alone = bench.device.probe(index, neurons=neurons).read().v_mem
            expected = given[tuple(neurons.T)]
            demand_equal(alone, expected, f"What some neurons of layer {index} read")


@case("What is written to a layer is written to no other.", Capability.WRITE_V_MEM)
def each_layer_is_written_by_itself(bench: SuiteBench) -> None:
    """All of its neurons, or some."""
    specs = bench.measures.fit_each(*LAYERS)
    bench.deploy(*specs)
    held = [bench.read(index) for index in range(len(specs))]
    some = some_of(specs[0].shape)
    for index, spec in enumerate(specs):
        held[index] = bench.measures.distinct(spec.shape, -100 * (index + 1)).astype(np.int64)
        bench.device.probe(index).write(held[index].astype(np.int16))
        _demand_each(bench, held, f"after layer {index} was written")
        values = [bench.measures.potential(value) for value in (5, -6, 7)[: len(some)]]
        held[index][tuple(some.T)] = values
        bench.device.probe(index, neurons=some).write(np.array(values, np.int16))
        _demand_each(bench, held, f"after some neurons of layer {index} were written")


@case("Biases of a layer are read and written for no other.", WRITE_BIASES)
def each_layer_has_its_own_biases(bench: SuiteBench) -> None:
    """Those that the network has, and those that are written."""
    specs = bench.measures.fit_each(*LAYERS)
    layers = bench.deploy(*specs).layers
    held = [np.asarray(layers[index].biases) for index in range(len(specs))]
    _demand_biases(bench, held, "after it was deployed")
    for index, spec in enumerate(specs):
        values = (20 * (index + 1), -30 * (index + 1))
        held[index] = bench.measures.channels_of(values, spec.shape[0])
        bench.device.probe(index).write_biases(held[index])
        _demand_biases(bench, held, f"after those of layer {index} were written")


@case("Biases in chip units are for the layer that they name.", Capability.DIRECT_BIASES)
def biases_in_chip_units_are_for_their_layer(bench: SuiteBench) -> None:
    """In the deployment, and on the chip, as far as the backend can show it."""
    specs = bench.measures.fit_each(*LAYERS)
    leak = bench.any_leak()
    last = len(specs) - 1
    wanted = bench.measures.channels_of((-400, 300), specs[last].shape[0])
    deployment = bench.deploy(*specs, leak=leak, biases={last: wanted})
    held = [np.array(spec.biases, np.int16) for spec in specs]
    held[last] = wanted
    for index, biases in enumerate(held):
        stated = deployment.layer(index).biases
        demand_equal(stated, biases, f"The biases of layer {index} in the deployment")
    if bench.declares(WRITE_BIASES):
        _demand_biases(bench, held, f"after deploying with others for layer {last}")
    if bench.declares(STEPPED):
        before = [bench.read(index) for index in range(len(specs))]
        bench.device.tick(1)
        for index, spec in enumerate(specs):
            expected = after_ticks(before[index], held[index], 1, spec.threshold_low)
            # a neuron above its threshold may fire or stay, so only those below are looked at
            below = expected < spec.threshold_high
            demand_equal(
                bench.read(index)[below],
                expected[below],
                f"A tick after deploying with others for layer {last}, what layer {index} reads",
            )


def _demand_each(bench: SuiteBench, held: list[npt.NDArray[np.int64]], when: str) -> None:
    for index, expected in enumerate(held):
        bench.demand_reads(expected, f"in layer {index} {when}", layer=index)


def _demand_biases(bench: SuiteBench, held: list[npt.NDArray[np.int16]], when: str) -> None:
    for index, expected in enumerate(held):
        read = bench.device.probe(index).read_biases()
        demand_equal(read, expected, f"What is read as the biases of layer {index} {when}")
