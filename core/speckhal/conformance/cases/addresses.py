"""Every neuron is read where it is: over many shapes, all or some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import after_ticks, demand_equal
from speckhal.conformance.shapes import SHAPES, shapes_of
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.conformance.suite_bench import SuiteBench
    from speckhal.contract.address import Shape


@case("Each neuron reads the state that it was given, in every shape.", deployments=len(SHAPES))
def each_neuron_reads_its_own_state(bench: SuiteBench) -> None:
    """No two neurons of a layer start alike, so that swapped axes show."""
    for shape in shapes_of(bench.facts):
        spec = _layer(bench, shape)
        bench.deploy(spec)
        given = np.asarray(spec.initial, np.int64)
        bench.demand_reads(given, f"in a layer of shape {shape}")


@case(
    "Each neuron leaks by the bias of its own channel, in every shape.",
    Capability.STEPPED_CLOCK,
    deployments=len(SHAPES),
)
def each_neuron_leaks_by_its_own_bias(bench: SuiteBench) -> None:
    """No two channels have the same bias, so that a misplaced one shows."""
    for shape in shapes_of(bench.facts):
        spec = _layer(bench, shape)
        layer = bench.deploy(spec, leak=bench.stepped()).layer(0)
        bench.device.tick(2)
        expected = after_ticks(spec.initial, layer.biases, 2, layer.threshold_low)
        bench.demand_reads(expected, f"2 ticks on, in a layer of shape {shape}")


@case("Some neurons read the same alone as among all.", deployments=len(SHAPES))
def some_neurons_read_the_same_alone(bench: SuiteBench) -> None:
    """A third of them in any order, and every second one."""
    chance = np.random.default_rng(seed=1)
    for shape in shapes_of(bench.facts):
        spec = _layer(bench, shape)
        bench.deploy(spec)
        given = np.asarray(spec.initial)
        everywhere = np.argwhere(np.ones(shape, bool))
        chosen = chance.permutation(everywhere)[: max(1, len(everywhere) // 3)]
        alone = bench.device.probe(neurons=chosen).read().v_mem
        demand_equal(
            alone, given[tuple(chosen.T)], f"What neurons {chosen.tolist()} (c, y, x) read alone"
        )
        seconds = np.argwhere(given % 2 == 1)
        alone = bench.device.probe(neurons=seconds).read().v_mem
        expected = given[tuple(seconds.T)]
        demand_equal(alone, expected, f"What every second neuron of shape {shape} reads")


@case("A large layer is read completely.")
def a_large_layer_is_read_completely(bench: SuiteBench) -> None:
    """Where answers get lost, they get lost here."""
    channels, height, width = bench.measures.largest()
    shape = bench.measures.shape((min(channels, 16), min(height, 32), min(width, 32)))
    initial = bench.measures.distinct(shape)
    spec = bench.deploy_fitted(LayerSpec(shape, (-1.0,), threshold_high=20_000, initial=initial))
    given = np.asarray(spec.initial, np.int64)
    for _ in range(3):
        bench.demand_reads(given, "in a layer that is large")


@case("A probe of neurons that are not there is refused.", opened=True)
def a_probe_of_missing_neurons_is_refused(bench: SuiteBench) -> None:
    """Outside the layer, twice, none at all, or by a mask of another shape."""
    shape = bench.measures.shape((2, 3, 5))
    channels, height, width = shape
    bench.deploy(_layer(bench, shape))
    wrong: dict[str, npt.ArrayLike] = {
        "a neuron outside the layer": [(0, 0, width)],
        "a negative coordinate": [(0, -1, 0)],
        "one neuron twice": [(0, height - 1, 0), (0, height - 1, 0)],
        "no neuron": np.zeros(shape, bool),
        "a mask of another shape": np.ones((channels, height + 1, width), bool),
        "coordinates that are not whole": [(0.0, 0.5, 0.0)],
    }
    for what, neurons in wrong.items():
        names = {"the coordinate": width} if what == "a neuron outside the layer" else {}
        with bench.refusal(InputError, f"A probe of {what}", names=names):
            bench.device.probe(neurons=neurons).read()


def _layer(bench: SuiteBench, shape: Shape) -> LayerSpec:
    """Neurons that all start differently, in channels with different biases, and do not fire."""
    deepest = -max(bench.measures.biases.lowest, -127)
    return bench.measures.fit(
        LayerSpec(
            shape,
            biases=[-1.0 - channel % deepest for channel in range(shape[0])],
            initial=bench.measures.distinct(shape),
            threshold_high=20_000,
            threshold_low=-20_000,
        )
    )
