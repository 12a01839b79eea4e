"""A list of `LayerSpec` is a network for every device; one that makes none is refused first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from speckhal import (
    BackendBroken,
    Certainty,
    ExampleNetwork,
    Fact,
    InputError,
    LayerSpec,
    NetworkDoesNotFit,
    NetworkDoesNotLeak,
    NetworkError,
    OpenDevice,
    Range,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


SPEC = LayerSpec((2, 3, 4), biases=(-1, -2.2), threshold_high=50, threshold_low=-50)
SHAPE = (1, 3, 4)
PLAIN = LayerSpec((1, 2, 2), threshold_high=50, threshold_low=-50)


class Maker:
    """Makes a network of layers, and notes of which; or gives them as they are."""

    def __init__(self, *, as_they_are: bool = False) -> None:
        self.made_of: list[Sequence[LayerSpec]] = []
        self._as_they_are = as_they_are

    def __call__(self, layers: Sequence[LayerSpec]) -> ExampleNetwork:
        self.made_of.append(layers)
        return ExampleNetwork(layers if self._as_they_are else "a network", SHAPE, "made")


def test_layers_are_made_a_network_and_returned_in_chip_units(easy: Any) -> None:
    make = Maker()
    layer = OpenDevice(easy, make_network=make).deploy([SPEC], input_shape=SHAPE).layer(0)
    assert list(make.made_of[0]) == [SPEC]
    assert layer.scale == 1
    assert layer.wanted_biases.tolist() == [-1, -2.2]
    assert layer.rounding_error == pytest.approx([0, 2 / 2.2 - 1])


def test_networks_that_say_the_shape_of_their_input_need_no_other(easy: Any) -> None:
    device, read = OpenDevice(easy, make_network=Maker()), ExampleNetwork("mine", SHAPE, "read")
    for network in ([SPEC], read, ExampleNetwork([SPEC], SHAPE, "read")):
        assert device.deploy(network) is device.deployment
        assert device.input_shape == SHAPE
        assert device.preview(network).layers
    assert device.deploy(read, input_shape=list(SHAPE)).layers  # type: ignore[arg-type]  # a shape too
    with pytest.raises(
        InputError, match=r"for an input of \(1, 1, 1\), and the Exam.* \(1, 3, 4\)"
    ):
        device.deploy(read, input_shape=(1, 1, 1))
    with pytest.raises(InputError, match="deploy without the shape of the network's input"):
        device.deploy(object())
    with pytest.raises(InputError, match=r"is a str, .* speckhal\.read_network"):
        device.deploy("net.py:mine")
    with pytest.raises(InputError, match=r"is a NIRGraph: .* nir\.write"):
        device.deploy(type("NIRGraph", (), {"__module__": "nir.ir.graph"})())


def test_biases_in_place_of_their_own_are_those_that_were_wanted(easy: Any) -> None:
    device = OpenDevice(easy, make_network=Maker())
    layer = device.deploy((SPEC,), input_shape=SHAPE, biases={0: [-3, -4]}).layer(0)
    assert layer.wanted_biases.tolist() == [-3, -4]


@pytest.mark.parametrize(
    ("biases", "sentence"),
    [(None, "has a bias .* biases="), ([0, 0], "other than 0"), ([-5, 0.4], "0.4 of layer 0")],
)
def test_layers_that_do_not_leak_are_refused_in_the_words_of_layers(
    easy: Any, biases: list[float] | None, sentence: str
) -> None:
    device = OpenDevice(easy, make_network=Maker())
    layers, leak = [attrs.evolve(SPEC, biases=biases)], device.leak_config(rate_hz=10)
    with pytest.raises(NetworkDoesNotLeak, match=sentence):
        device.deploy(layers, leak=leak)
    device.deploy(layers)
    device.deploy(layers, leak=leak, biases={0: [-3, -4]})


def test_layers_too_large_for_the_chip_are_refused_before_anything_is_made_in_their_size(
    easy: Any,
) -> None:
    make = Maker()
    device = OpenDevice(easy, make_network=make)
    for shape, named in (((10**12, 2, 2), "channel_range"), ((1, 10**9, 2), "map_size_range")):
        with pytest.raises(NetworkError, match=named):
            device.deploy([LayerSpec(shape)])
    # and where its ranges are only assumed, by the memory of its largest core
    assumed = {
        name: attrs.evolve(getattr(easy.info.chip, name), certainty=Certainty.ASSUMED)
        for name in ("channel_range", "map_size_range")
    }
    easy.info = attrs.evolve(easy.info, chip=attrs.evolve(easy.info.chip, **assumed))
    too_large = r"Layer 0, of .*, takes 17179869184 words of neuron memory, and .* at most 64\."
    with pytest.raises(NetworkDoesNotFit, match=too_large):
        device.deploy([LayerSpec((1, 10**5, 10**5))])
    assert {layer.shape for layers in make.made_of for layer in layers} == {(1, 1, 1)}
    assert easy.asked == []
    # a device whose own form that is checks it itself
    for takes_layers in (None, Maker(as_they_are=True)):
        OpenDevice(easy, make_network=takes_layers).deploy([LayerSpec((10**12, 2, 2))])


def test_layers_that_the_device_refuses_are_not_read_for_a_name_first(
    easy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NetworkDoesNotFit("the device says so")

    monkeypatch.setattr(easy, "deploy", refuse)
    monkeypatch.setattr("speckhal.opened.deploys_networks.network_hash", pytest.fail)
    with pytest.raises(NetworkDoesNotFit, match="the device says so"):
        OpenDevice(easy).deploy([LayerSpec((1, 30_000, 30_000), biases=(-3,))])


def test_an_input_too_large_for_the_chip_is_refused_before_the_device_is_asked(easy: Any) -> None:
    device = OpenDevice(easy)
    device.deploy(object(), input_shape=(10**9, 10**9, 1))  # nothing is known of its inputs
    ranges = {
        "input_channel_range": Fact(Range(1, 8), "a test"),
        "input_size_range": Fact(Range(2, 16), "a test"),
    }
    easy.info = attrs.evolve(easy.info, chip=attrs.evolve(easy.info.chip, particulars=ranges))
    device, easy.asked, make = OpenDevice(easy), [], Maker()
    made = OpenDevice(easy, make_network=make)
    for ask in (device.deploy, device.preview):
        for shape, said in {
            (9, 16, 2): r"an input of 9 channels, and a easy takes 1 to 8 \(input_channel_range",
            (8, 17, 2): r"an input of 17 x 2 \(height x width\), .* 2 to 16 \(input_size_range",
            (8, 16, 10**30): "an input of 16 x 10{30} .* Give an input of 2 to 16 in height and w",
            (8, 16, 1): "an input of 16 x 1 ",
        }.items():
            with pytest.raises(NetworkError, match=said):
                ask(object(), input_shape=shape)
    for ask in (made.deploy, made.preview):
        with pytest.raises(NetworkError, match=r"an input of 3 x 1 .* takes 2 to 16"):
            ask([LayerSpec((1, 3, 1))])  # maps that the chip has on its cores
        with pytest.raises(NetworkError, match="item 0 is of type str"):
            ask(["a layer", PLAIN])
    assert easy.asked == make.made_of == []
    device.deploy(object(), input_shape=(8, 16, 2))
    device.deploy([LayerSpec((1, 2, 16), threshold_high=50)])


def test_an_input_is_refused_in_the_words_of_a_range_and_of_a_number(easy: Any) -> None:
    def opened(**facts: Any) -> OpenDevice:
        known = {name: Fact(value, "a test") for name, value in facts.items()}
        easy.info = attrs.evolve(easy.info, chip=attrs.evolve(easy.info.chip, particulars=known))
        return OpenDevice(easy)

    two = Range(2, 2)
    with pytest.raises(
        NetworkError, match=r"of 1 channel, and a easy takes 2 \(.* of 2 channels\."
    ):
        opened(input_channel_range=two).deploy(object(), input_shape=(1, 2, 2))
    with pytest.raises(NetworkError, match=r"takes 2 \(.* an input of 2 in height and width\."):
        opened(input_size_range=two).deploy(object(), input_shape=(1, 1, 2))
    with pytest.raises(
        BackendBroken, match=r"the easy say \(1, 32\) for input_size_range, .* Range"
    ):
        opened(input_size_range=(1, 32)).deploy(object(), input_shape=(1, 1, 2))


def test_neurons_may_start_from_their_threshold_and_from_their_floor(easy: Any) -> None:
    device = OpenDevice(easy, make_network=Maker())
    for start in (-50, 50):
        device.deploy([attrs.evolve(SPEC, initial=start)])


@pytest.mark.parametrize("make", [None, Maker(as_they_are=True)])
def test_layers_are_deployed_as_they_are_where_that_is_the_backends_form(
    easy: Any, make: Maker | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    deploy = easy.deploy

    def noting(network: object, **given: Any) -> object:
        taken.append(network)
        return deploy(network, **given)

    monkeypatch.setattr(easy, "deploy", noting)
    layers = [SPEC]
    OpenDevice(easy, make_network=make).deploy(layers, input_shape=SHAPE)
    assert taken == [layers]


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ([PLAIN, "a layer"], "item 1 is of type str"),
        ([LayerSpec((1, 2))], "Layer 0 has the shape \\(1, 2\\), and that is no shape"),  # type: ignore[arg-type]
        ([LayerSpec((1, 2, 2), biases=(1, 2))], "1 channel and biases of shape \\(2,\\)"),
        ([LayerSpec((1, 2, 2), biases=("x",))], "1 channel and no numbers"),  # type: ignore[arg-type]
        ([LayerSpec((1, 2, 2), biases=(float("nan"),))], "no numbers"),
        ([LayerSpec((1, 2, 2), threshold_high=-3)], "an upper threshold of -3"),
        ([LayerSpec((1, 2, 2), threshold_high=0.2)], "rounds to 0"),
        ([LayerSpec((1, 2, 2), threshold_low=None)], "threshold_low=None"),  # type: ignore[arg-type]
        ([LayerSpec((1, 2, 2), initial=np.zeros((3,), np.int16))], "starts from the membrane"),
        ([LayerSpec((1, 2, 2), initial=0.5)], "starts from the membrane"),  # type: ignore[arg-type]
        ([LayerSpec((1, 2, 2), initial=12.7)], "12.7, and neurons start from whole numbers"),  # type: ignore[arg-type]
        ([PLAIN, attrs.evolve(PLAIN, initial=51)], "Layer 1 .* 51, which is above its threshold"),
        ([attrs.evolve(PLAIN, initial=-51)], "Layer 0 .* -51, which is below its floor of -50"),
        ([PLAIN, attrs.evolve(PLAIN, biases=[-40000])], "Layer 1 has biases of -40000"),
        (PLAIN, "is one LayerSpec, not a list of them"),
        (ExampleNetwork(PLAIN, (1, 2, 2), "mine"), "is one LayerSpec, not a list of them"),
        ([LayerSpec((1, 2, 2), reset="zero")], "reset='zero'"),  # type: ignore[arg-type]
        ([PLAIN, LayerSpec((1, 3, 3))], "maps of 3x3, and follows one with maps of 2x2"),
        ([PLAIN, LayerSpec((1, 1, 2))], "maps of 1x2, and follows one with maps of 2x2"),
        ([LayerSpec((1, 3, 3))], "for an input of \\(1, 2, 2\\), and the first layer takes"),
    ],
)
def test_layers_that_make_no_network_are_refused_before_the_board_is_asked(
    easy: Any, network: object, sentence: str
) -> None:
    device = OpenDevice(easy, make_network=Maker())
    with pytest.raises(NetworkError, match=sentence) as refused:
        device.deploy(network, input_shape=(1, 2, 2))
    assert refused.value.hint
    assert easy.asked == []
