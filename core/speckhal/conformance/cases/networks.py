"""Networks that the chip cannot have are refused, and those that just fit are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand_equal
from speckhal.conformance.measures import WORD
from speckhal.conformance.oversized import too_many_neurons, too_many_weights
from speckhal.contract.errors import NetworkDoesNotFit, NetworkDoesNotLeak, NetworkError
from speckhal.contract.facts import Range
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.suite_bench import SuiteBench

_BROUGHT: Final = (
    ("threshold_high_range", "An upper threshold", "threshold_high", Range(1, WORD.highest)),
    ("threshold_low_range", "A lower threshold", "threshold_low", Range(WORD.lowest, -1)),
    ("v_mem_range", "An initial potential", "initial", WORD),
    ("bias_range", "A bias", "biases", Range(-127, 127)),
)
"""What a network brings: the fact that limits it, its name in a sentence and in `LayerSpec`, and
what a network's own can be, or what no other case is about."""

SMALL = LayerSpec((1, 2, 2), biases=(-13,), initial=100)


@case("A layer that fills the largest neuron memory is taken.")
def a_layer_that_just_fits_is_taken(bench: SuiteBench) -> None:
    """The corners of its map are where they should be."""
    channels, height, width = bench.measures.largest()
    spec = bench.measures.fit(LayerSpec((channels, height, width), biases=(-1.0,), initial=5))
    layer = bench.deploy(spec).layer(0)
    demand_equal(tuple(layer.shape), spec.shape, "The shape in the deployment")
    corners = [(0, 0, 0), (channels - 1, height - 1, width - 1), (0, height - 1, 0)]
    corners = list(dict.fromkeys(corners))
    v_mem = bench.device.probe(neurons=np.array(corners)).read().v_mem
    given = [spec.initial] * len(corners)
    demand_equal(v_mem.tolist(), given, "What the corners of the largest layer read")


@case("A layer one map too large for every core is refused.")
def a_layer_that_is_too_large_is_refused(bench: SuiteBench) -> None:
    """Neuron memory is what runs out; the board stays usable."""
    spec = too_many_neurons(bench.measures)
    if spec is None:
        bench.remark("By its facts each layer has room for its neurons, so that none is too large.")
    else:
        words = bench.measures.room.neuron_words(spec.shape)
        room = max(core.neuron_words for core in bench.measures.room.cores)
        with bench.refusal(
            NetworkDoesNotFit,
            f"A layer that takes {words} words of neuron memory",
            names={"the words that it takes": words, "the words there are": room},
        ):
            bench.deploy(spec)
    small = bench.deploy_fitted(SMALL)
    highest = int(np.max(small.initial))
    highest_read = bench.read().max()
    demand_equal(highest_read, highest, "After a network was refused, what the next one reads")


@case("A layer with more biases than any core holds is refused.")
def a_layer_with_too_many_biases_is_refused(bench: SuiteBench) -> None:
    """Or with more channels than a layer of the chip can have, if those are fewer."""
    channels = bench.facts.channel_range.value.highest
    room = max(core.bias_words for core in bench.measures.room.cores)
    limited_by_memory = room <= channels
    count = min(room, channels) + 1
    size = bench.facts.map_size_range.value.lowest
    spec = attrs.evolve(
        bench.measures.fit(LayerSpec((1, size, size), biases=(-1.0,))),
        shape=(count, size, size),
        biases=(-1.0,) * count,
    )
    with bench.refusal(
        NetworkDoesNotFit if limited_by_memory else NetworkError,
        f"A layer with {count} biases",
        names={"the biases that it has": count, "the limit": count - 1},
        limit=None if limited_by_memory else "channel_range",
    ):
        bench.deploy(spec)


@case("A layer with more kernel words than any core holds is refused.")
def a_layer_with_too_many_weights_is_refused(bench: SuiteBench) -> None:
    """Its neurons and biases would fit."""
    specs = too_many_weights(bench.measures)
    if specs is None:
        bench.remark(
            "By its facts no layer with room for its neurons and biases has too many weights, so "
            "that none is refused for them."
        )
        return
    *_, need = bench.measures.room.needs(specs)
    words, room = need.kernel_words, max(core.kernel_words for core in bench.measures.room.cores)
    with bench.refusal(
        NetworkDoesNotFit,
        f"A layer with {words} words of kernels",
        names={"the words that it takes": words, "the words there are": room},
    ):
        bench.deploy(*specs)


@case("A network with more layers than the chip has cores is refused.")
def too_many_layers_are_refused(bench: SuiteBench) -> None:
    """A layer takes a core of its own."""
    cores = len(bench.measures.room.cores)
    with bench.refusal(
        NetworkDoesNotFit,
        f"A network of {cores + 1} layers on {cores} cores",
        names={"the layers": cores + 1, "the cores": cores},
    ):
        bench.deploy(*[bench.measures.fit(SMALL)] * (cores + 1))


@case("A map larger than the chip's largest is refused.")
def a_map_that_is_too_large_is_refused(bench: SuiteBench) -> None:
    """It may fit into the memory all the same."""
    limit = bench.facts.map_size_range.value.highest
    size = limit + 1
    spec = bench.measures.fit(LayerSpec((1, 1, 1), biases=(-1,)))
    spec = attrs.evolve(spec, shape=(spec.shape[0], size, size))
    words, room = bench.measures.room.neuron_words(spec.shape), bench.measures.room.cores
    fits = words <= max(core.neuron_words for core in room)
    with bench.refusal(
        NetworkError,
        f"A map of {size} x {size}",
        # where the memory runs out as well, that may be what is said
        names={"the size": size, "the limit": limit} if fits else {},
        limit="map_size_range",
    ):
        bench.deploy(spec)


@case("Leak without a bias, or with one that rounds to 0, is refused.", deployments=2)
def a_network_that_would_not_leak_is_refused(bench: SuiteBench) -> None:
    """It would do nothing, silently."""
    leak = bench.any_leak()
    spec = bench.measures.fit(LayerSpec((1, 2, 2)))
    for bias, what in ((None, "no biases"), (0.0, "a bias of 0"), (0.3, "a bias of 0.3")):
        biases = None if bias is None else (bias,) * spec.shape[0]
        with bench.refusal(NetworkDoesNotLeak, f"Leak of a network with {what}"):
            bench.deploy(attrs.evolve(spec, biases=biases), leak=leak)


@case("Thresholds that do not work on the chip are refused.")
def broken_thresholds_are_refused(bench: SuiteBench) -> None:
    """A lower one of 0, which the chips cannot have, and an upper one that rounds to 0."""
    spec = bench.measures.fit(LayerSpec((1, 2, 2), biases=(-1,)))
    limit = bench.facts.threshold_low_range.value.highest
    with bench.refusal(
        NetworkError,
        f"A lower threshold of {limit + 1}",
        names={"the value": limit + 1, "the limit": limit},
        limit="threshold_low_range",
    ):
        bench.deploy(attrs.evolve(spec, threshold_low=limit + 1))
    with bench.refusal(NetworkError, "An upper threshold that rounds to 0"):
        bench.deploy(attrs.evolve(spec, threshold_high=0.2))


@case("Thresholds, states and biases beyond the chip's facts are refused.", deployments=2)
def values_beyond_the_facts_are_refused(bench: SuiteBench) -> None:
    """Of those that 16 bits hold, since rounding brings all others down to that."""
    spec = bench.measures.fit(LayerSpec((1, 2, 2), biases=(-1,)))
    for name, what, field, possible in _BROUGHT:
        for value, names in bench.measures.within_words(name):
            if value not in possible:
                continue
            brought: Any = (value,) * spec.shape[0] if field == "biases" else value
            with bench.refusal(NetworkError, f"{what} of {value}", names=names, limit=name):
                bench.deploy(attrs.evolve(spec, **{field: brought}))
    bench.deploy(spec)


@case("What is no network, or does not fit its input, is refused.")
def what_is_no_network_is_refused(bench: SuiteBench) -> None:
    """A mistake in a script ends in a sentence."""
    with bench.refusal(NetworkError, "Deploying the number 3"):
        bench.device.deploy(3, input_shape=(1, 2, 2))
    example = bench.backend.example([bench.measures.fit(SMALL)])
    channels, height, width = example.input_shape
    with bench.refusal(NetworkError, "Deploying with an input of twice the channels"):
        bench.device.deploy(example.network, input_shape=(channels * 2, height, width))


@case("The example network leaks as it is.")
def the_example_network_leaks(bench: SuiteBench) -> None:
    """`speckhal leak` deploys it."""
    example = bench.backend.example()
    leak = bench.any_leak()
    deployed = bench.device.deploy(example.network, input_shape=example.input_shape, leak=leak)
    layer = deployed.layer(0)
    demand_equal(bool(layer.biases.any()), True, "Whether the example network has a bias")
    demand_equal(bench.read().shape, tuple(layer.shape), "The shape of what the probe reads")
