"""Every neuron is read where it is: over many shapes, all or some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.cases.shapes import SHAPES, distinct, largest, shapes_of
from speckhal.conformance.expectations import demand_equal, demand_potentials, refusal
from speckhal.device import Capability
from speckhal.errors import InputError
from speckhal.example import LayerSpec

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.address import Shape
    from speckhal.conformance.bench import Bench

SHAPE: Shape = (2, 3, 5)


@case("Each neuron reads the state that it was given, in every shape.", deployments=len(SHAPES))
def each_neuron_reads_its_own_state(bench: Bench) -> None:
    """No two neurons of a layer start alike, so that swapped axes show."""
    for shape in shapes_of(bench.facts):
        bench.deploy(_layer(shape))
        demand_potentials(
            bench.read(), distinct(shape).astype(np.int64), f"in a layer of shape {shape}"
        )


@case("Each neuron leaks by the bias of its own channel, in every shape.", Capability.STEPPED_CLOCK)
def each_neuron_leaks_by_its_own_bias(bench: Bench) -> None:
    """No two channels have the same bias, so that a misplaced one shows."""
    for shape in shapes_of(bench.facts):
        leak = bench.stepped()
        layer = bench.deploy(_layer(shape), leak=leak).layer(0)
        bench.device.tick(2)
        expected = distinct(shape) + 2 * layer.biases.astype(np.int64)[:, None, None]
        demand_potentials(bench.read(), expected, f"2 ticks on, in a layer of shape {shape}")


@case("Some neurons read the same alone as among all.", deployments=len(SHAPES))
def some_neurons_read_the_same_alone(bench: Bench) -> None:
    """By coordinates in any order, and by a mask."""
    chance = np.random.default_rng(seed=1)
    for shape in shapes_of(bench.facts):
        bench.deploy(_layer(shape))
        given = distinct(shape)
        everywhere = np.argwhere(np.ones(shape, bool))
        chosen = chance.permutation(everywhere)[: max(1, len(everywhere) // 3)]
        alone = bench.device.probe(neurons=chosen).read().v_mem
        demand_equal(
            alone, given[tuple(chosen.T)], f"What neurons {chosen.tolist()} (c, y, x) read alone"
        )
        mask = given % 2 == 1
        alone = bench.device.probe(neurons=mask).read().v_mem
        demand_equal(alone, given[mask], f"What every second neuron of shape {shape} reads")


@case("A large layer is read completely.")
def a_large_layer_is_read_completely(bench: Bench) -> None:
    """Where answers get lost, they get lost here."""
    channels, size, _ = largest(bench.facts)
    size = min(size, 32)
    shape = (min(channels, 16), size, size)
    spec = LayerSpec(
        shape, biases=(-1.0,) * shape[0], initial=distinct(shape), threshold_high=20_000
    )
    bench.deploy(spec)
    for _ in range(3):
        demand_potentials(
            bench.read(), distinct(shape).astype(np.int64), "in a layer that is large"
        )


@case("A probe of neurons that are not there is refused.")
def a_probe_of_missing_neurons_is_refused(bench: Bench) -> None:
    """Outside the layer, twice, none at all, or by a mask of another shape."""
    bench.deploy(_layer(SHAPE))
    wrong: dict[str, npt.ArrayLike] = {
        "a neuron outside the layer": [(0, 0, 5)],
        "a negative coordinate": [(0, -1, 0)],
        "one neuron twice": [(0, 1, 2), (0, 1, 2)],
        "no neuron": np.zeros(SHAPE, bool),
        "a mask of another shape": np.ones((2, 5, 3), bool),
        "coordinates that are not whole": [(0.0, 1.5, 2.0)],
    }
    for what, neurons in wrong.items():
        with refusal(InputError, f"A probe of {what}"):
            bench.device.probe(neurons=neurons).read()


def _layer(shape: Shape) -> LayerSpec:
    """Neurons that all start differently, in channels with different biases, and do not fire."""
    biases = [-1.0 - channel for channel in range(shape[0])]
    return LayerSpec(
        shape,
        biases=biases,
        initial=distinct(shape),
        threshold_high=20_000,
        threshold_low=-20_000,
    )


CASES = (
    each_neuron_reads_its_own_state,
    each_neuron_leaks_by_its_own_bias,
    some_neurons_read_the_same_alone,
    a_large_layer_is_read_completely,
    a_probe_of_missing_neurons_is_refused,
)
