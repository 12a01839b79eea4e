"""What is checked of a network and its input before sinabs is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from sinabs.layers import IAFSqueeze, SumPool2d
from torch import nn

from speckhal import InputError, NetworkDoesNotLeak, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device

    MakeNetwork = Callable[..., nn.Module]


@pytest.mark.parametrize("shape", [4, "1,2,2", (1, 2), (1, 2.0, 2), (1, 0, 2), (1, 2, 2, 2)])
def test_an_input_shape_that_is_none_is_refused(
    mock: Device, make_network: MakeNetwork, shape: Any
) -> None:
    with pytest.raises(InputError, match="that is no shape") as refusal:
        mock.deploy(make_network(), input_shape=shape)
    assert repr(shape) in refusal.value.message


def test_a_network_that_takes_other_channels_is_told_so(
    mock: Device, make_network: MakeNetwork
) -> None:
    with pytest.raises(NetworkError) as refusal:
        mock.deploy(make_network(), input_shape=(3, 2, 2))
    assert refusal.value.hint == (
        "Its first Conv2d takes 1 channel, and input_shape has 3: try (1, 2, 2)."
    )


def test_an_input_shape_with_the_channels_last_is_answered_with_them_first(mock: Device) -> None:
    network = nn.Sequential(nn.Conv2d(2, 1, 3), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    with pytest.raises(NetworkError) as refusal:
        mock.deploy(network, input_shape=(32, 24, 2))
    assert "channels instead. Its first Conv2d takes 2 channels" in str(refusal.value)
    assert str(refusal.value).endswith("and input_shape has 32: try (2, 32, 24).")


def test_a_linear_layer_that_takes_other_input_is_called_by_its_size(mock: Device) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    with pytest.raises(NetworkError) as refusal:
        mock.deploy(network, input_shape=(1, 3, 3))
    assert refusal.value.hint == "Its first Linear takes 4 values, and input of that shape has 9."


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_parameters_that_are_no_numbers_are_refused_by_name(
    mock: Device, make_network: MakeNetwork, value: float
) -> None:
    network = make_network()
    with torch.no_grad():
        network.get_parameter("0.bias").fill_(value)
    with pytest.raises(NetworkError, match=r"'0\.bias' holds values that are no finite numbers"):
        mock.deploy(network, input_shape=(1, 2, 2))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_parameters_that_sinabs_does_not_compute_with_are_refused_by_type(
    mock: Device, make_network: MakeNetwork, dtype: torch.dtype
) -> None:
    network = make_network().to(dtype)
    with pytest.raises(NetworkError, match=rf"'0\.weight' is of type {dtype}") as refusal:
        mock.deploy(network, input_shape=(1, 2, 2))
    assert "network.float()" in str(refusal.value)


def test_values_that_torch_keeps_and_does_not_learn_are_checked_too(mock: Device) -> None:
    normalization = nn.BatchNorm2d(1)
    normalization.get_buffer("running_var").fill_(math.nan)
    with pytest.raises(NetworkError, match=r"'1\.running_var' holds values that are no finite"):
        mock.deploy(_network(nn.Conv2d(1, 1, 1), normalization), input_shape=(1, 2, 2))


def test_a_network_without_values_is_refused(mock: Device, make_network: MakeNetwork) -> None:
    with pytest.raises(NetworkError, match=r"'0\.weight' is on the device 'meta'") as refusal:
        mock.deploy(make_network().to("meta"), input_shape=(1, 2, 2))
    assert "load its weights" in str(refusal.value)
    network = make_network()
    network.register_buffer("mask", torch.ones(1, device="meta"))
    with pytest.raises(NetworkError, match="'mask' is on the device 'meta'"):
        mock.deploy(network, input_shape=(1, 2, 2))
    with pytest.raises(NetworkError, match=r"'0\.weight' has no shape yet"):
        mock.deploy(_network(nn.LazyConv2d(1, 1)), input_shape=(1, 2, 2))


@pytest.mark.parametrize("affine", [True, False])
def test_a_lazy_normalization_is_refused_until_it_has_run(mock: Device, *, affine: bool) -> None:
    network = _network(nn.Conv2d(1, 1, 1), nn.LazyBatchNorm2d(affine=affine))
    missing = "weight" if affine else "running_mean"
    with pytest.raises(NetworkError, match=rf"'1\.{missing}' has no shape yet"):
        mock.deploy(network, input_shape=(1, 2, 2))
    network(torch.ones(1, 1, 2, 2))
    assert len(mock.deploy(network, input_shape=(1, 2, 2)).layers) == 1


def _network(*modules: nn.Module) -> nn.Sequential:
    return nn.Sequential(*modules, IAFSqueeze(batch_size=1, min_v_mem=-1.0))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")  # which torch says too
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"padding": 1, "padding_mode": "circular"}, "padding_mode='circular', and a core pads"),
        ({"padding": 1, "padding_mode": "reflect"}, "padding_mode='reflect', and a core pads"),
        ({"padding": 1, "padding_mode": "replicate"}, "padding_mode='replicate', and a core pads"),
        ({"padding": "same", "kernel_size": 2}, "padding='same' and kernel_size=(2, 2), which"),
        ({"dilation": 2}, "dilation=(2, 2), and a core knows none"),
        ({"groups": 2}, "groups=2, and a core connects each output channel"),
        ({"kernel_size": (3, 1)}, "kernel_size=(3, 1), and the kernel of a core is a square"),
    ],
)
def test_convolutions_that_a_core_cannot_do_are_refused_by_name(
    mock: Device, options: dict[str, Any], words: str
) -> None:
    convolution = nn.Conv2d(2, 2, **{"kernel_size": 3, **options})
    with pytest.raises(NetworkError) as refusal:
        mock.deploy(_network(convolution), input_shape=(2, 6, 6))
    assert f"Conv2d '0' has {words}" in refusal.value.message
    assert refusal.value.hint


def test_a_module_that_is_not_used_is_no_obstacle(mock: Device, make_network: MakeNetwork) -> None:
    class Used(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used = make_network()
            self.unused = nn.Conv2d(1, 1, 3, dilation=2)

        def forward(self, given: torch.Tensor) -> object:
            return self.used(given)

    assert mock.deploy(Used(), input_shape=(1, 2, 2)).layer(0).biases.tolist() == [-13]


@pytest.mark.parametrize(("padding", "size"), [("same", 6), ("valid", 4), (0, 4), ((2, 1), 8)])
def test_padding_may_be_said_in_words(mock: Device, padding: Any, size: int) -> None:
    convolution = nn.Conv2d(2, 3, 3, padding=padding)
    deployed = mock.deploy(_network(convolution), input_shape=(2, 6, 6))
    assert deployed.layer(0).shape[:2] == (3, size)
    assert isinstance(convolution.padding, type(padding)) or padding == 0


@pytest.mark.parametrize(
    "pooling", [nn.AvgPool2d((2, 1)), nn.AvgPool2d(2, stride=1), SumPool2d(3, stride=2)]
)
def test_pooling_that_is_no_square_or_overlaps_is_refused_by_name(
    mock: Device, pooling: nn.Module
) -> None:
    layers = _network(nn.Conv2d(2, 2, 1))
    network = _network(*layers, pooling, nn.Conv2d(2, 2, 1))
    with pytest.raises(NetworkError, match=r"Pool2d '2' has kernel_size=.* do not overlap"):
        mock.deploy(network, input_shape=(2, 6, 6))


def test_the_sensor_within_a_network_is_refused_and_not_switched_off_silently(
    mock: Device,
) -> None:
    from sinabs.backend.dynapcnn.dvs_layer import DVSLayer  # imports samna

    network = nn.Sequential(_network(DVSLayer(input_shape=(8, 8)), nn.Conv2d(2, 2, 1)))
    with pytest.raises(NetworkError, match=r"DVSLayer '0.0' is the chip's own sensor") as refusal:
        mock.deploy(network, input_shape=(2, 8, 8))
    assert "deploy what follows it alone" in str(refusal.value)


def test_a_layer_that_leads_to_more_layers_than_a_core_can_is_refused(mock: Device) -> None:
    class Fork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = _network(nn.Conv2d(1, 1, 1))
            self.others = nn.ModuleList([_network(nn.Conv2d(1, 1, 1)) for _ in range(3)])

        def forward(self, given: torch.Tensor) -> tuple[torch.Tensor, ...]:
            spikes = self.first(given)
            return tuple(other(spikes) for other in self.others)

    with pytest.raises(
        NetworkError, match="Layer 0 gives its spikes to 3 layers, and a core has 2"
    ):
        mock.deploy(Fork(), input_shape=(1, 2, 2))


def test_a_network_that_cannot_be_run_with_that_input_is_told_what_torch_says(
    mock: Device, make_network: MakeNetwork
) -> None:
    network = make_network()
    network.add_module("0", nn.Conv2d(1, 1, 3))
    with pytest.raises(NetworkError, match=r"Kernel size: \(3 x 3\)\. Kernel size can't be great"):
        mock.deploy(network, input_shape=(1, 2, 2))


@pytest.mark.parametrize("threshold", [0.0, -1.0])
def test_a_threshold_at_which_every_neuron_fires_is_refused(
    mock: Device, make_network: MakeNetwork, threshold: float
) -> None:
    network = make_network(threshold=threshold, v_mem=None)
    with pytest.raises(NetworkError, match=f"has spike_threshold {threshold:.0f}, at which every"):
        mock.deploy(network, input_shape=(1, 2, 2))


def test_biases_of_0_are_not_called_absent(mock: Device, make_network: MakeNetwork) -> None:
    leak = mock.leak_config(rate_hz=1)
    with pytest.raises(NetworkDoesNotLeak, match="has a bias other than 0"):
        mock.deploy(make_network(bias=(0.0,)), input_shape=(1, 2, 2), leak=leak)
