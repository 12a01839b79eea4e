"""What `deploy` returns is what the chip then does."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import Violation, after_ticks, demand, demand_equal
from speckhal.conformance.shapes import distinct
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import InputError, LayerNotFound, NetworkError
from speckhal.contract.network_spec import LayerSpec
from speckhal.system.error_text import cause_of

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

DIRECT = Capability.DIRECT_BIASES
STEPPED = Capability.STEPPED_CLOCK
ROUNDED = LayerSpec(
    (3, 2, 4), biases=(-12.6, 5.2, -1.0), threshold_high=300, threshold_low=-200, initial=7
)


@case("`deploy` says what the layer became: shape, thresholds, biases, core.")
def deploy_says_what_the_layer_became(bench: SuiteBench) -> None:
    """In chip units, after rounding."""
    spec = bench.measures.fit(ROUNDED)
    layer = bench.deploy(spec).layer(0)
    demand_equal(layer.index, 0, "The index of the first layer")
    demand_equal(tuple(layer.shape), spec.shape, "The shape in the deployment")
    demand_equal(layer.threshold_high, spec.threshold_high, "threshold_high in the deployment")
    demand_equal(layer.threshold_low, spec.threshold_low, "threshold_low in the deployment")
    whole = np.rint(spec.biases or ()).astype(int)
    demand_equal(layer.biases, whole, "The biases in the deployment")
    demand_equal(str(layer.biases.dtype), "int16", "The type of the biases in the deployment")
    cores = len(bench.facts.core_memories.value)
    demand(0 <= layer.core < cores, f"The layer is on core {layer.core} of {cores} cores.")
    demand_equal(layer.leak_enable, True, "`leak_enable` of a layer with biases")


@case("`deploy` returns the leak that it was given.", deployments=2)
def deploy_returns_its_leak(bench: SuiteBench) -> None:
    """Where it was given none, None."""
    spec = bench.measures.fit(ROUNDED)
    demand_equal(bench.deploy(spec).leak, None, "`leak` of a deployment without one")
    given = bench.any_leak()
    returned = bench.deploy(spec, leak=given).leak
    demand(returned is not None, "`leak` of a deployment is None, and it was given one.")
    for name in ("drive", "rate_hz", "events_per_tick"):
        stated = getattr(returned, name)
        demand_equal(stated, getattr(given, name), f"`leak.{name}` of a deployment")


@case("What `deploy` returned stays as it was when another network is deployed.", deployments=2)
def a_deployment_stays_as_it_was(bench: SuiteBench) -> None:
    """Whoever compares two networks has both."""
    first = bench.deploy(bench.measures.fit(LayerSpec((2, 3, 4), biases=(-5, 9)))).layer(0)
    biases, wanted = first.biases.copy(), first.wanted_biases.copy()
    bench.deploy_fitted(LayerSpec((2, 3, 4), biases=(-30, -40)))
    demand_equal(first.biases, biases, "After the next network, `biases` of the first")
    demand_equal(
        first.wanted_biases, wanted, "After the next network, `wanted_biases` of the first"
    )


@case("Deploying leaves the network itself as it is.", deployments=2)
def deploying_leaves_the_network_as_it_is(bench: SuiteBench) -> None:
    """Deployed again, also after ticks, it becomes the same layer in the same states."""
    shape = (2, 3, 4)
    spec = LayerSpec(shape, biases=(-5, -9), initial=distinct(shape))
    example = bench.backend.example([bench.measures.fit(spec)])
    deploy = functools.partial(
        bench.device.deploy,
        example.network,
        input_shape=example.input_shape,
        leak=bench.any_leak(),
    )
    first, states = deploy().layer(0), bench.read()
    if bench.declares(STEPPED):
        bench.device.tick(3)
    try:
        second = deploy().layer(0)
    except NetworkError as error:
        raise Violation(
            f"A network that was deployed cannot be deployed again: {cause_of(error)}"
        ) from error
    for name in ("scale", "threshold_high", "threshold_low", "biases", "wanted_biases"):
        stated = getattr(second, name)
        demand_equal(stated, getattr(first, name), f"`{name}` of a network that is deployed again")
    bench.demand_reads(states, "in a network that is deployed again")


@case("`deploy` says what rounding cost, against what the network asked for.")
def deploy_says_what_rounding_cost(bench: SuiteBench) -> None:
    """`wanted_biases` is in the network's units, and `scale` turns them into the chip's."""
    spec = bench.measures.fit(ROUNDED)
    layer = bench.deploy(spec).layer(0)
    asked = np.array(spec.biases)
    wanted = layer.wanted_biases * layer.scale
    demand(
        np.allclose(wanted, asked, rtol=1e-4),
        f"wanted_biases times scale is {wanted.tolist()}, and {asked.tolist()} were asked for.",
    )
    error = layer.biases / asked - 1
    demand(
        np.allclose(layer.rounding_error, error, atol=1e-3),
        f"rounding_error is {layer.rounding_error.tolist()} and not {error.tolist()}.",
    )


@case("A list of `LayerSpec` is a network, and arrives as it is described.", opened=True)
def a_list_of_layers_is_a_network(bench: SuiteBench) -> None:
    """Whatever form of its own the backend takes: it makes the network of them by `example`."""
    spec = LayerSpec((2, 3, 4), (-5, 9), threshold_high=300, threshold_low=-200)
    spec = bench.measures.fit(attrs.evolve(spec, initial=distinct(spec.shape)))
    _, height, width = spec.shape
    layer = bench.device.deploy([spec], input_shape=(1, height, width)).layer(0)
    demand_equal(tuple(layer.shape), spec.shape, "The shape of a deployed LayerSpec")
    for name in ("threshold_high", "threshold_low", "biases"):
        asked = getattr(spec, name)
        demand_equal(getattr(layer, name), np.array(asked), f"`{name}` of a deployed LayerSpec")
    wanted = layer.wanted_biases * layer.scale
    demand_equal(wanted, np.array(spec.biases), "`wanted_biases` of a deployed LayerSpec")
    bench.demand_reads(np.asarray(spec.initial, np.int64), "after a LayerSpec was deployed")


@case("The neurons start from the network's own states.", deployments=2)
def neurons_start_from_the_networks_states(bench: SuiteBench) -> None:
    """Not from 0, and not from what the chip held before."""
    for first in (1, -20):
        spec = LayerSpec((2, 3, 4), biases=(-1, -2), initial=distinct((2, 3, 4), first))
        spec = bench.deploy_fitted(spec)
        given = np.asarray(spec.initial, np.int64)
        bench.demand_reads(given, "after it was deployed")


@case(
    "A second network replaces the first, with all that it had.",
    STEPPED,
    deployments=3,
)
def a_second_network_replaces_the_first(bench: SuiteBench) -> None:
    """States, biases and thresholds; also where only one of them differs."""
    first = LayerSpec((2, 2, 2), biases=(-30, -40), initial=50, threshold_low=-60)
    other = LayerSpec((2, 2, 2), biases=(-3, 4), initial=20, threshold_low=-10)
    for spec in map(bench.measures.fit, (first, first, other)):
        layer = bench.deploy(spec, leak=bench.stepped()).layer(0)
        expected = np.full(spec.shape, int(np.max(spec.initial)), np.int64)
        bench.demand_reads(expected, "after it was deployed in place of another")
        bench.device.tick(4)
        expected = after_ticks(expected, layer.biases, 4, layer.threshold_low)
        bench.demand_reads(expected, "after 4 ticks of the network that was deployed")


@case("Layers are placed on cores of their own, and each leaks by itself.", STEPPED)
def each_layer_leaks_by_itself(bench: SuiteBench) -> None:
    """A layer without biases stays as it is, in the middle of others that leak."""
    specs = bench.measures.fit_each(
        LayerSpec((2, 4, 3), biases=(-5, -9), initial=40),
        LayerSpec((2, 3, 2), initial=distinct((2, 3, 2))),
        LayerSpec((3, 2, 1), biases=(-1, -2, -3), initial=60, threshold_low=-8),
    )
    deployment = bench.deploy(*specs, leak=bench.stepped())
    indices = [layer.index for layer in deployment.layers]
    demand_equal(indices, list(range(len(specs))), "The list of the layers' indices")
    cores = [layer.core for layer in deployment.layers]
    demand(len(set(cores)) == len(cores), f"Layers share cores: they are on cores {cores}.")
    before = [bench.read(layer.index) for layer in deployment.layers]
    bench.device.tick(30)
    for spec, layer, start in zip(specs, deployment.layers, before, strict=True):
        demand_equal(tuple(layer.shape), spec.shape, f"The shape of layer {layer.index}")
        expected = after_ticks(start, layer.biases, 30, layer.threshold_low)
        bench.demand_reads(expected, f"in layer {layer.index}, 30 ticks on", layer=layer.index)


@case("A layer that is not there cannot be probed.", deployments=2, opened=True)
def a_missing_layer_cannot_be_probed(bench: SuiteBench) -> None:
    """Nor can any before a network is deployed."""
    with bench.refusal(LayerNotFound, "Probing before a network is deployed"):
        bench.device.probe().read()
    bench.deploy_fitted(ROUNDED)
    for layer, asked in ((1, "Probing layer 1 of a network of one"), (-1, "Probing layer -1")):
        with bench.refusal(LayerNotFound, asked, names={"the value": layer}):
            bench.device.probe(layer).read()


@case("Biases in chip units replace the network's own.", DIRECT)
def biases_can_be_given_in_chip_units(bench: SuiteBench) -> None:
    """All bits of them, which the network's own cannot have."""
    spec = bench.measures.fit(LayerSpec((2, 2, 3), biases=(-1, -1)))
    wanted = bench.measures.channels_of((-20_000, 311), spec.shape[0])
    layer = bench.deploy(spec, biases={0: wanted}).layer(0)
    demand_equal(layer.biases, wanted, "The biases in the deployment")


@case("Biases in chip units that the chip cannot have are refused.", DIRECT, opened=True)
def wrong_biases_in_chip_units_are_refused(bench: SuiteBench) -> None:
    """Too many, fractions, beyond the facts, or for a layer that is not there."""
    spec = bench.measures.fit(LayerSpec((2, 2, 3), biases=(-1, -1)))
    right = [-1] * spec.shape[0]
    bench.deploy(spec, biases={0: right})
    for wrong in ([*right, -1], [*right[1:], -1.5]):
        asked = f"Deploying {len(right)} channels with the biases {wrong}"
        with bench.refusal(InputError, asked):
            bench.deploy(spec, biases={0: wrong})
    for value, names in bench.measures.beyond("bias_range"):
        with bench.refusal(InputError, f"Deploying with a bias of {value}", names=names):
            bench.deploy(spec, biases={0: [*right[1:], value]})
    asked = "Deploying with biases for layer 1 of a network of one"
    with bench.refusal(LayerNotFound, asked, names={"the value": 1}):
        bench.deploy(spec, biases={1: right})
