"""From a network to the chip: what is rounded, what is refused, and what the refusal says."""

from __future__ import annotations

import sys
import warnings
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

import attrs
import pytest
import torch
from sinabs.layers import IAFSqueeze
from torch import nn

from speckhal import (
    ClockDrive,
    Erratum,
    NetworkDoesNotFit,
    NetworkDoesNotLeak,
    NetworkError,
    OpenDevice,
    VendorUnavailable,
)
from speckhal_mock import EmulatedBackend
from speckhal_speck2f.chip import CHIP

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Deployment, Device

    MakeNetwork = Callable[..., nn.Sequential]


def _deploy(
    device: Device, network: object, shape: tuple[int, int, int] = (1, 2, 2), *, leaks: bool = True
) -> Deployment:
    leak = device.leak_config(rate_hz=1) if leaks else None
    return device.deploy(network, input_shape=shape, leak=leak)


def test_the_published_network_gets_the_published_numbers(
    mock: Device, make_network: MakeNetwork
) -> None:
    (layer,) = _deploy(mock, make_network()).layers

    assert (layer.threshold_high, layer.threshold_low) == (127, -127)
    assert layer.biases.tolist() == [-13]
    assert layer.scale == pytest.approx(127)
    assert layer.leak_enable
    assert layer.leak_per_tick == pytest.approx([13 / 127])
    assert layer.leak_per_s == pytest.approx([13 / 127])
    assert layer.rounding_error == pytest.approx([13 / 12.7 - 1])


def test_the_scale_is_not_always_127(mock: Device, make_network: MakeNetwork) -> None:
    (layer,) = _deploy(mock, make_network(weight=0.05, bias=(-0.01,))).layers

    assert layer.threshold_high == 2540
    assert layer.biases.tolist() == [-25]


def test_deploying_leaves_the_network_and_the_random_numbers_alone(
    mock: Device, make_network: MakeNetwork
) -> None:
    network = make_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.manual_seed(1)
    expected = torch.rand(3)

    torch.manual_seed(1)
    _deploy(mock, network)

    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_deploying_prints_nothing(
    mock: Device, make_network: MakeNetwork, capsys: pytest.CaptureFixture[str]
) -> None:
    _deploy(mock, make_network())

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("bias", [None, (0.0,)])
def test_a_network_without_bias_does_not_leak(
    mock: Device, make_network: MakeNetwork, bias: tuple[float] | None
) -> None:
    with pytest.raises(NetworkDoesNotLeak, match="no layer of the network has a bias other than 0"):
        _deploy(mock, make_network(bias=bias))


def test_a_network_without_bias_can_be_deployed_without_leak(
    mock: Device, make_network: MakeNetwork
) -> None:
    (layer,) = _deploy(mock, make_network(bias=None), leaks=False).layers

    assert not layer.leak_enable
    assert layer.rounding_error.tolist() == [0]


def test_a_bias_that_rounds_to_zero_is_refused_with_the_least_that_would_not(
    mock: Device, make_network: MakeNetwork
) -> None:
    with pytest.raises(NetworkDoesNotLeak, match=r"-0\.003 of layer 0, channel 0") as refusal:
        _deploy(mock, make_network(bias=(-0.003,)))
    assert "at least 0.0039" in str(refusal.value)


def test_one_channel_that_rounds_to_zero_is_enough(mock: Device, make_network: MakeNetwork) -> None:
    with pytest.raises(NetworkDoesNotLeak, match="channel 1, rounds to 0"):
        _deploy(mock, make_network(bias=(-0.1, -0.003)))


def test_an_unbounded_membrane_potential_is_refused(
    mock: Device, make_network: MakeNetwork
) -> None:
    with pytest.raises(NetworkError, match=r"Layer 0 \(module '1'\) has min_v_mem=None") as refusal:
        _deploy(mock, make_network(min_v_mem=None))
    assert "min_v_mem=-1.0" in str(refusal.value)


@pytest.mark.parametrize("min_v_mem", [0.0, -0.001])
def test_a_floor_of_zero_is_refused_as_the_fault_it_is(
    mock: Device, make_network: MakeNetwork, min_v_mem: float
) -> None:
    with pytest.raises(NetworkError, match="threshold_low 0 on the chip") as refusal:
        _deploy(mock, make_network(min_v_mem=min_v_mem))
    assert "-0.00787 or less" in str(refusal.value)


def test_a_threshold_that_rounds_to_zero_is_refused(
    mock: Device, make_network: MakeNetwork
) -> None:
    with pytest.raises(NetworkError, match=r"spike_threshold 0\.003 of layer 0 rounds to 0"):
        _deploy(mock, make_network(threshold=0.003, v_mem=None))


def test_a_layer_that_fits_no_core_is_named_with_what_is_missing(mock: Device) -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 32, 1, bias=True), IAFSqueeze(batch_size=1, min_v_mem=-1.0)
    )

    with pytest.raises(NetworkDoesNotFit) as refusal:
        _deploy(mock, network, (1, 64, 64))

    assert refusal.value.message == (
        "Layer 0, with neurons of shape (32, 64, 64) (channels, height, width), fits no core of a "
        "speck2f. Nearest is core 0: neuron memory: needs 131072 words, has 65536, 65536 too many."
    )


def test_layers_that_compete_for_cores_are_named(mock: Device) -> None:
    def block(channels: int) -> list[nn.Module]:
        return [nn.Conv2d(channels, 16, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0)]

    network = nn.Sequential(*block(1), *block(16), *block(16), *block(16))

    with pytest.raises(NetworkDoesNotFit, match="4 layers compete for 3 cores"):
        _deploy(mock, network, (1, 64, 64))


def test_more_layers_than_cores_are_refused(mock: Device) -> None:
    blocks: list[nn.Module] = []
    for _ in range(10):
        blocks += [nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0)]

    with pytest.raises(NetworkDoesNotFit, match="10 layers, and a speck2f has 9 cores"):
        _deploy(mock, nn.Sequential(*blocks), (1, 2, 2))


def test_something_else_than_a_network_is_refused(mock: Device) -> None:
    with pytest.raises(NetworkError, match=r"Asked to deploy something of type str.*\.LayerSpec"):
        _deploy(mock, "snn")
    graph = type("NIRGraph", (), {"__module__": "nir.ir.graph"})()
    with pytest.raises(NetworkError, match=r"nir\.write.* speckhal\.read_network"):
        _deploy(mock, graph)
    with pytest.raises(NetworkError, match="Asked to deploy the class Sequential") as refusal:
        _deploy(mock, nn.Sequential)
    assert refusal.value.hint == "Make one, as Sequential() does."


def test_a_network_that_sinabs_has_made_for_a_chip_is_refused_with_the_one_to_give(
    mock: Device,
) -> None:
    from sinabs.backend.dynapcnn import DynapcnnNetwork  # the mock is its samna

    made = DynapcnnNetwork(
        nn.Sequential(nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0)),
        input_shape=(1, 2, 2),
        dvs_input=False,
    )
    with pytest.raises(NetworkError, match=r"a DynapcnnNetwork, .* already.*snn=.*emulate SCRIPT"):
        _deploy(mock, made)


def test_a_network_that_sinabs_cannot_take_is_refused_with_the_cause(mock: Device) -> None:
    with pytest.raises(NetworkError, match="sinabs cannot turn the network") as refusal:
        _deploy(mock, nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU()))
    assert refusal.value.__cause__ is not None


def test_a_wrong_input_shape_is_refused(mock: Device, make_network: MakeNetwork) -> None:
    with pytest.raises(NetworkError, match=r"input shape \(3, 2, 2\)"):
        _deploy(mock, make_network(v_mem=None), (3, 2, 2))


def test_odd_maps_leak_on_cores_that_the_errata_leave_alone(
    mock: Device, make_network: MakeNetwork
) -> None:
    shape = (3, 5, 5)

    (layer,) = _deploy(mock, make_network(bias=(-0.1,) * 3, shape=shape), shape).layers

    assert layer.core >= 2


def _wide(*layers: tuple[int, float]) -> nn.Sequential:
    """Layers of those channels of 64 x 64 neurons with that bias; only cores 0 to 2 hold one."""
    modules: list[nn.Module] = []
    before = layers[0][0]
    for channels, bias in layers:
        convolution = nn.Conv2d(before, channels, 1)
        with torch.no_grad():
            convolution.weight.fill_(0.5)
            convolution.get_parameter("bias").fill_(bias)
        modules += [convolution, IAFSqueeze(batch_size=1, min_v_mem=-1.0)]
        before = channels
    return nn.Sequential(*modules)


ODD, EVEN, STILL = (15, -0.1), (16, -0.1), (15, 0.0)
"""Layers whose leak is in doubt on cores 0 and 1, is not, and is not because there is none."""


@pytest.mark.parametrize(
    ("layers", "least"),
    [
        ([ODD], 0),
        ([ODD, ODD], 1),
        ([ODD, ODD, ODD], 2),
        ([EVEN, ODD], 0),
        ([ODD, EVEN], 0),
        ([EVEN, ODD, EVEN], 0),
        ([ODD, EVEN, ODD], 1),
        ([EVEN, EVEN, EVEN], 0),
        ([STILL, ODD, STILL], 0),
        ([ODD, STILL, EVEN], 0),
    ],
)
def test_as_few_layers_as_can_be_leak_where_that_is_in_doubt(
    mock: Device, layers: list[tuple[int, float]], least: int
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        deployed = _deploy(mock, _wide(*layers), (layers[0][0], 64, 64))

    doubtful = [
        layer
        for layer, wanted in zip(deployed.layers, layers, strict=True)
        if wanted == ODD and layer.core < 2
    ]
    told = [str(warning.message) for warning in caught]
    assert len(doubtful) == len(told) == least
    for layer, sentence in zip(doubtful, told, strict=True):
        assert f"Layer {layer.index} of shape {layer.shape} leaks on core {layer.core}" in sentence
        assert "No placement of this network has fewer such layers" in sentence


@pytest.mark.parametrize(
    ("errata", "least"),
    [
        ((), 0),
        ((Erratum("one core", "Leaks by halves.", "a test", affects="leak", cores=(2,)),), 1),
        ((Erratum("each core", "Leaks by halves.", "a test", affects="leak"),), 3),
        ((Erratum("order", "Spikes come late.", "a test", affects="spikes"),), 0),
    ],
    ids=["none", "one core", "all cores", "of spikes"],
)
def test_leak_is_in_doubt_where_the_chips_facts_say_so(
    errata: tuple[Erratum, ...], least: int
) -> None:
    chip = attrs.evolve(CHIP, facts=attrs.evolve(CHIP.facts, errata=errata))
    backend = EmulatedBackend(chip, name="any", summary="any")
    with OpenDevice(backend.open()) as device, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _deploy(device, _wide(ODD, ODD, ODD), (15, 64, 64))
    assert len(caught) == least
    assert all("Leaks by halves." in str(warning.message) for warning in caught)


def test_biases_that_are_given_directly_leak_too(mock: Device) -> None:
    leak = mock.leak_config(rate_hz=1)
    for still, ours in ((0, 1), (1, 0)):
        biases = {still: [0] * 15, ours: [-700] * 15}
        deployed = mock.deploy(_wide(ODD, ODD), input_shape=(15, 64, 64), leak=leak, biases=biases)
        assert deployed.layer(ours).core == 2


def _interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("layer", ["", "0", "1"])
def test_an_interrupt_while_the_network_is_traced_interrupts(
    mock: Device, make_network: MakeNetwork, layer: str, call: int
) -> None:
    calls = 0

    def interrupt_once(_module: nn.Module, _inputs: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            _interrupt()

    network = make_network()
    # nirtorch raises over whatever is raised before it has seen two layers
    network.get_submodule(layer).register_forward_pre_hook(interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        _deploy(mock, network)
    assert calls == call


def test_an_interrupt_that_was_handled_before_is_no_reason(mock: Device) -> None:
    impossible = nn.Sequential(nn.Conv2d(3, 1, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    try:
        _interrupt()
    except KeyboardInterrupt:
        with pytest.raises(NetworkError, match="sinabs cannot turn the network"):
            _deploy(mock, impossible)


@pytest.mark.parametrize("error", [ImportError("no samna.speck2e"), SystemExit(3)])
def test_a_sinabs_that_cannot_be_imported_is_told_with_its_cause(
    mock: Device, make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    class Broken(MetaPathFinder):
        def find_spec(self, fullname: str, *_rest: object) -> None:
            if fullname == "sinabs.backend.dynapcnn":
                raise error

    monkeypatch.delitem(sys.modules, "sinabs.backend.dynapcnn", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(VendorUnavailable, match=f"{type(error).__name__}: {error}") as refusal:
        _deploy(mock, make_network())
    assert refusal.value.__cause__ is error
    assert "Reinstall sinabs" in str(refusal.value)


def test_more_updates_than_a_core_can_make_warn_with_the_numbers(
    mock: Device, make_network: MakeNetwork
) -> None:
    network, shape = make_network(bias=(-0.1,) * 16, shape=(16, 32, 32)), (16, 32, 32)
    highest_hz = 10_000_000 // (16 * 32 * 32)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mock.deploy(network, input_shape=shape, leak=mock.leak_config(rate_hz=highest_hz))
    with pytest.warns(UserWarning, match="Ticks may be lost") as caught:
        mock.deploy(network, input_shape=shape, leak=mock.leak_config(rate_hz=highest_hz + 1))

    (warning,) = caught
    assert "16384 neurons" in str(warning.message)
    assert "611 Hz" in str(warning.message)
    assert "10010624 updates" in str(warning.message)
    assert "10000000" in str(warning.message)
    assert warning.filename == __file__


def test_layers_without_leak_and_clocks_that_wait_for_the_sweep_lose_no_ticks(
    mock: Device, make_network: MakeNetwork
) -> None:
    shape = (16, 32, 32)
    leaks = make_network(bias=(-0.1,), shape=(16, 32, 32))
    still = make_network(bias=None, shape=shape)
    stepped = mock.leak_config(drive=ClockDrive.STEPPED)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mock.deploy(make_network(bias=(-0.1,) * 16, shape=shape), input_shape=shape, leak=stepped)
        mock.deploy(
            nn.Sequential(*still, *leaks), input_shape=shape, leak=mock.leak_config(rate_hz=700)
        )


def test_maps_of_powers_of_two_do_not_warn(mock: Device, make_network: MakeNetwork) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _deploy(mock, make_network())


def test_each_layer_of_a_deep_network_is_told(mock: Device) -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), IAFSqueeze(batch_size=1, min_v_mem=-1.0),
        nn.AvgPool2d(2),
        nn.Conv2d(2, 4, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0),
        nn.Flatten(),
        nn.Linear(16, 10), IAFSqueeze(batch_size=1, min_v_mem=-1.0),
    )  # fmt: skip

    deployed = _deploy(mock, network, (1, 4, 4), leaks=False)

    assert [layer.index for layer in deployed.layers] == [0, 1, 2]
    assert [layer.shape for layer in deployed.layers] == [(2, 4, 4), (4, 2, 2), (10, 1, 1)]
    assert len({layer.core for layer in deployed.layers}) == 3
