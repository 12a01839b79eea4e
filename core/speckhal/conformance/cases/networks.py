"""Networks that the chip cannot have are refused, and those that just fit are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.address import bits_for, memory_words
from speckhal.conformance.case import case
from speckhal.conformance.cases.shapes import largest
from speckhal.conformance.expectations import demand_equal, refusal
from speckhal.errors import NetworkDoesNotFit, NetworkDoesNotLeak, NetworkError
from speckhal.example import LayerSpec

if TYPE_CHECKING:
    from speckhal.conformance.bench import Bench

SMALL = LayerSpec((1, 2, 2), biases=(-13,), initial=100)


@case("A layer that fills the largest neuron memory is taken.")
def a_layer_that_just_fits_is_taken(bench: Bench) -> None:
    """The corners of its map are where they should be."""
    channels, height, width = largest(bench.facts)
    spec = LayerSpec((channels, height, width), biases=(-1.0,) * channels, initial=5)
    layer = bench.deploy(spec).layer(0)
    demand_equal(tuple(layer.shape), spec.shape, "The shape in the deployment")
    corners = [(0, 0, 0), (channels - 1, height - 1, width - 1), (0, height - 1, 0)]
    v_mem = bench.device.probe(neurons=corners).read().v_mem
    demand_equal(v_mem.tolist(), [5, 5, 5], "What the corners of the largest layer read")


@case("A layer one map too large for every core is refused.")
def a_layer_that_is_too_large_is_refused(bench: Bench) -> None:
    """Neuron memory is what runs out; the board stays usable."""
    channels, height, width = largest(bench.facts)
    spec = LayerSpec((channels + 1, height, width), biases=(-1.0,) * (channels + 1))
    words = memory_words(spec.shape)
    with refusal(
        NetworkDoesNotFit, f"A layer that takes {words} words of neuron memory", says=str(words)
    ):
        bench.deploy(spec)
    bench.deploy(SMALL)
    demand_equal(bench.read().max(), 100, "After a network was refused, what the next one reads")


@case("A layer with more biases than any core holds is refused.")
def a_layer_with_too_many_biases_is_refused(bench: Bench) -> None:
    """Its neurons and kernels would fit."""
    channels = max(core.bias_words for core in bench.facts.core_memories.value) + 1
    spec = LayerSpec((channels, 1, 1), biases=(-1.0,) * channels)
    with refusal(NetworkDoesNotFit, f"A layer with {channels} biases", says=str(channels)):
        bench.deploy(spec)


@case("A layer with more kernel words than any core holds is refused.")
def a_layer_with_too_many_weights_is_refused(bench: Bench) -> None:
    """Its neurons and biases would fit."""
    room = max(core.kernel_words for core in bench.facts.core_memories.value)
    inputs = outputs = 1
    while inputs << bits_for(outputs) <= room:
        inputs, outputs = (inputs * 2, outputs) if inputs <= outputs else (inputs, outputs * 2)
    specs = (LayerSpec((inputs, 1, 1), biases=(-1.0,) * inputs), LayerSpec((outputs, 1, 1)))
    words = inputs << bits_for(outputs)
    with refusal(NetworkDoesNotFit, f"A layer with {words} words of kernels", says=str(words)):
        bench.deploy(*specs)


@case("A network with more layers than the chip has cores is refused.")
def too_many_layers_are_refused(bench: Bench) -> None:
    """A layer takes a core of its own."""
    cores = len(bench.facts.core_memories.value)
    with refusal(NetworkDoesNotFit, f"A network of {cores + 1} layers on {cores} cores"):
        bench.deploy(*[SMALL] * (cores + 1))


@case("A map larger than the chip's largest is refused.")
def a_map_that_is_too_large_is_refused(bench: Bench) -> None:
    """It may fit into the memory all the same."""
    size = bench.facts.map_size_range.value.highest + 1
    with refusal(NetworkError, f"A map of {size} x {size}"):
        bench.deploy(LayerSpec((1, size, size), biases=(-1,)))


@case("Leak without a bias, or with one that rounds to 0, is refused.", deployments=2)
def a_network_that_would_not_leak_is_refused(bench: Bench) -> None:
    """It would do nothing, silently."""
    leak = bench.any_leak()
    for biases, what in ((None, "no biases"), ((0.0,), "a bias of 0"), ((0.3,), "a bias of 0.3")):
        with refusal(NetworkDoesNotLeak, f"Leak of a network with {what}"):
            bench.deploy(LayerSpec((1, 2, 2), biases=biases), leak=leak)


@case("Thresholds that do not work on the chip are refused.")
def broken_thresholds_are_refused(bench: Bench) -> None:
    """A lower one of 0, which the chips cannot have, and an upper one that rounds to 0."""
    highest = bench.facts.threshold_low_range.value.highest
    wrong = LayerSpec((1, 2, 2), biases=(-1,), threshold_low=highest + 1)
    with refusal(NetworkError, f"A lower threshold of {wrong.threshold_low}"):
        bench.deploy(wrong)
    with refusal(NetworkError, "An upper threshold that rounds to 0"):
        bench.deploy(LayerSpec((1, 2, 2), biases=(-1,), threshold_high=0.2))


@case("What is no network, or does not fit its input, is refused.")
def what_is_no_network_is_refused(bench: Bench) -> None:
    """A mistake in a script ends in a sentence."""
    with refusal(NetworkError, "Deploying the number 3"):
        bench.device.deploy(3, input_shape=(1, 2, 2))
    example = bench.backend.example([SMALL])
    channels, height, width = example.input_shape
    with refusal(NetworkError, "Deploying with an input of twice the channels"):
        bench.device.deploy(example.network, input_shape=(channels * 2, height, width))


@case("The example network leaks as it is.")
def the_example_network_leaks(bench: Bench) -> None:
    """`speckhal leak` deploys it."""
    example = bench.backend.example()
    leak = bench.any_leak()
    layer = bench.device.deploy(example.network, input_shape=example.input_shape, leak=leak).layer(
        0
    )
    demand_equal(bool(layer.biases.any()), True, "Whether the example network has a bias")
    demand_equal(bench.read().shape, tuple(layer.shape), "The shape of what the probe reads")


CASES = (
    a_layer_that_just_fits_is_taken,
    a_layer_that_is_too_large_is_refused,
    a_layer_with_too_many_biases_is_refused,
    a_layer_with_too_many_weights_is_refused,
    too_many_layers_are_refused,
    a_map_that_is_too_large_is_refused,
    a_network_that_would_not_leak_is_refused,
    broken_thresholds_are_refused,
    what_is_no_network_is_refused,
    the_example_network_leaks,
)
