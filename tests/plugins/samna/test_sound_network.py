"""What is checked of a network and its input before sinabs is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from speckhal import InputError, NetworkDoesNotLeak, NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device

    MakeNetwork = Callable[..., nn.Module]


@pytest.mark.parametrize("shape", [4, "1,2,2", (1, 2), (1, 2.0, 2), (1, 0, 2), (1, 2, 2, 2), None])
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
