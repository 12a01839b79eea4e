"""Layers with inputs of their own, for devices that take all of them, some, or none."""

from __future__ import annotations

from typing import Any, cast

import attrs
import numpy as np
import pytest

from speckhal import (
    Capability,
    CapabilityUnsupported,
    ExampleNetwork,
    InputKind,
    InputSpec,
    LayerSpec,
    NetworkError,
    OpenDevice,
)
from speckhal.contract.described_network import deployed_layers
from speckhal.contract.layer_geometry import kernel_size, layer_inputs, network_input
from speckhal.opened.network_hash import network_hash

ONES = np.ones((2, 1, 3, 3), int)
PLAIN = LayerSpec((2, 3, 4), threshold_high=90, threshold_low=-90)
LAYER = attrs.evolve(PLAIN, shape=(2, 1, 2), inputs=InputSpec(ONES))


def _made(layers: Any) -> ExampleNetwork:
    return ExampleNetwork("made", network_input(layers or [LAYER]), "as described")


def test_what_a_device_does_not_take_is_refused_by_name_before_it_is_asked(easy: Any) -> None:
    easy.input_kinds = {InputKind.WEIGHTS, InputKind.PADDING}
    device = OpenDevice(easy, make_network=_made)
    device.deploy([LAYER])
    asked = len(easy.asked)
    strided = LayerSpec((2, 1, 1), inputs=InputSpec(ONES, stride=2, from_sensor=True))
    with pytest.raises(NetworkError, match=r"a stride, the sensor's input, .* Of LayerSpec.inputs"):
        device.deploy([strided])
    with pytest.raises(NetworkError, match="it takes: padding, weights of its own"):
        device.preview([strided])
    assert len(easy.asked) == asked


def test_a_device_of_version_1_is_never_given_inputs(easy: Any) -> None:
    """It would leave them out, and deploy another network."""
    easy.capabilities -= {Capability.DESCRIBED_INPUTS}
    device = OpenDevice(easy, make_network=_made)
    device.deploy([PLAIN])
    with pytest.raises(CapabilityUnsupported, match="described inputs"):
        device.deploy([PLAIN, LAYER])


def test_an_input_is_as_large_as_its_layer_needs() -> None:
    layers = [
        LayerSpec(
            (2, 3, 4), inputs=InputSpec(ONES, stride=2, padding=1, pooling=2, from_sensor=True)
        ),
        LayerSpec((1, 1, 2), inputs=InputSpec(np.ones((1, 2, 1, 1)), pooling=2)),
        LayerSpec((3, 1, 1)),
    ]
    assert network_input(layers) == (2, 10, 14)
    assert layer_inputs(layers) == [(1, 5, 7), (2, 1, 2), (1, 1, 2)]
    assert [kernel_size(*pair) for pair in zip(layers, layer_inputs(layers), strict=True)] == [
        (3, 3),
        (1, 1),
        (1, 2),
    ]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ("weights", "has a str as inputs, and takes one"),
        ([InputSpec(ONES)], r"has a list as inputs.*InputSpec\(weights\), not in a list"),
        (InputSpec(ONES * 128), "a weight of 128, and weights are"),
        (InputSpec(ONES / 2), "weights that are no whole numbers"),
        (InputSpec(np.ma.masked_equal(ONES, 1)), "has weights from a masked"),
        (InputSpec(ONES[0]), r"weights of shape \(1, 3, 3\)"),
        (InputSpec(np.ones((2, 1, 3, 2), int)), r"weights of shape \(2, 1, 3, 2\)"),
        (InputSpec(np.ones((3, 1, 1, 1), int)), "has 2 channels, and weights for 3"),
        (InputSpec(ONES, stride=0), "stride=0"),
        (InputSpec(ONES, padding=-1), "padding=-1"),
        (InputSpec(ONES, padding=5), "come"),
        (InputSpec(ONES, pooling=cast("int", 1.5)), "pooling=1.5"),
        (InputSpec(ONES, from_sensor=cast("bool", "yes")), "from_sensor='yes'"),
        (InputSpec(ONES, pooling=2), "pools its input by 2, and no layer is before it"),
        (InputSpec(np.ones((2, 3, 1, 1), int), from_sensor=True), "the sensor's input with 3"),
        (InputSpec(ONES, from_itself=True), r"its own input, which is of shape \(1, 4, 5\)"),
    ],
)
def test_inputs_of_which_no_layer_comes_are_refused(easy: Any, inputs: Any, words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        deployed_layers(
            [attrs.evolve(LAYER, shape=(2, 2, 3), inputs=inputs)],
            input_shape=(1, 4, 5),
            chip=easy.info.chip,
        )


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (InputSpec(np.ones((1, 3, 1, 1), int)), "for 3 input channels, and follows one of 2"),
        (InputSpec(np.ones((1, 2, 1, 1), int)), "maps of 1x1, and of an input of 2x3"),
        (InputSpec(np.ones((1, 2, 1, 1), int), pooling=4), "of an input of 0x0"),
        (InputSpec(np.ones((1, 2, 1, 1), int), from_sensor=True), "only the first layer can"),
    ],
)
def test_inputs_that_do_not_follow_from_the_layer_before_are_refused(
    easy: Any, inputs: InputSpec, words: str
) -> None:
    with pytest.raises(NetworkError, match=words):
        deployed_layers(
            [LayerSpec((2, 2, 3)), LayerSpec((1, 1, 1), inputs=inputs)],
            input_shape=(1, 2, 3),
            chip=easy.info.chip,
        )


def test_the_hash_of_a_network_covers_its_inputs() -> None:
    others = [
        LAYER,
        attrs.evolve(LAYER, inputs=None),
        attrs.evolve(LAYER, inputs=InputSpec(ONES * 2)),
        attrs.evolve(LAYER, inputs=InputSpec(ONES, stride=2)),
        attrs.evolve(LAYER, inputs=InputSpec(ONES, padding=1)),
        attrs.evolve(LAYER, inputs=InputSpec(ONES, pooling=2)),
        attrs.evolve(LAYER, inputs=InputSpec(ONES, from_sensor=True)),
        attrs.evolve(LAYER, inputs=InputSpec(ONES, from_itself=True)),
    ]
    assert len({network_hash([one]) for one in others}) == len(others)
    assert network_hash([LAYER]) == network_hash(
        [attrs.evolve(LAYER, inputs=InputSpec(ONES.tolist()))]
    )
