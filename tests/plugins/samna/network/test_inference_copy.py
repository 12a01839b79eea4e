"""What is deployed is the network as it computes in use, and the network stays as it is."""

from __future__ import annotations

import runpy
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sinabs
import torch
from sinabs.layers import IAFSqueeze
from torch import nn
from torch.nn.utils import parametrizations, prune, weight_norm

from speckhal import NetworkError
from speckhal_samna.network import inference_copy, input_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Device

SHAPE = (1, 2, 2)


def _network(*between: nn.Module, weight: float = 1.0, bias: float = -0.1) -> nn.Sequential:
    convolution = nn.Conv2d(1, 1, 1)
    nn.init.constant_(convolution.weight, weight)
    nn.init.constant_(convolution.get_parameter("bias"), bias)
    return nn.Sequential(convolution, *between, IAFSqueeze(batch_size=1, min_v_mem=-1.0))


def test_normalization_is_deployed_as_it_is_in_use_whatever_chance_and_mode(mock: Device) -> None:
    network = _network(nn.BatchNorm2d(1))
    for training in (True, False):
        for seed in (0, 1, 2):
            network.train(training)
            torch.manual_seed(seed)
            deployed = mock.deploy(network, input_shape=SHAPE)
            assert deployed.layer(0).biases.tolist() == [-13]
            assert network.training is network[1].training is training
    assert network.get_buffer("1.running_mean").tolist() == [0.0]
    assert network.get_buffer("1.num_batches_tracked").item() == 0


def test_a_small_variance_is_merged_exactly(mock: Device) -> None:
    normalization = nn.BatchNorm2d(1, eps=0.5)
    nn.init.constant_(normalization.get_buffer("running_var"), 0.5)
    nn.init.constant_(normalization.bias, -0.1)
    network = _network(normalization, bias=0.0)
    # without eps the weight would be 1.41, and the bias -9
    assert mock.deploy(network, input_shape=SHAPE).layer(0).biases.tolist() == [-13]


def test_normalization_over_the_batch_alone_is_refused(mock: Device) -> None:
    normalization = nn.BatchNorm2d(1, track_running_stats=False)
    with pytest.raises(NetworkError, match="BatchNorm2d '1' has no running statistics"):
        mock.deploy(_network(normalization), input_shape=SHAPE)


@pytest.mark.parametrize("dropout", [nn.Dropout(0.9), nn.Dropout2d(0.9)])
def test_what_is_random_in_training_alone_does_nothing(mock: Device, dropout: nn.Module) -> None:
    layers = [*_network(), dropout, *_network(weight=0.5)]
    deployed = mock.deploy(nn.Sequential(*layers).train(), input_shape=SHAPE)
    assert deployed.layer(1).biases.tolist() == [-25]


def _weight_norm(convolution: nn.Conv2d) -> None:
    parametrizations.weight_norm(convolution)


def _old_weight_norm(convolution: nn.Conv2d) -> None:
    with pytest.warns(FutureWarning, match="deprecated"):
        weight_norm(convolution)


def _pruned(convolution: nn.Conv2d) -> None:
    prune.identity(convolution, "weight")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("compute", [_weight_norm, _old_weight_norm, _pruned])
def test_weights_that_torch_computes_at_each_call_are_deployed(
    mock: Device, compute: Callable[[nn.Module], None]
) -> None:
    network = _network(weight=0.5)
    compute(network[0])
    given = torch.ones(1, *SHAPE)
    expected = network[0](given)

    for learns in (True, False):
        network.requires_grad_(learns)
        deployed = mock.deploy(network, input_shape=SHAPE)
        assert deployed.layer(0).biases.tolist() == [-25]
        assert torch.equal(network[0](given), expected)


def test_a_torch_without_its_deprecated_and_private_parts_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("weight_norm", "spectral_norm", "prune"):
        monkeypatch.setitem(sys.modules, f"torch.nn.utils.{name}", None)
    monkeypatch.delattr("torch.nn.modules.batchnorm._BatchNorm")
    network = _network(nn.BatchNorm2d(1, eps=0.5))
    runpy.run_path(str(input_checks.__file__))["check_parameters"](network)
    copied = runpy.run_path(str(inference_copy.__file__))["inference_copy"](network)
    assert copied.get_buffer("1.running_var").tolist() == [1.5]


def test_hooks_that_watch_are_no_obstacle_and_their_tensors_neither(mock: Device) -> None:
    def watch(module: Any, _args: object, out: torch.Tensor) -> None:
        module.seen = module.seen + out.sum()

    network = _network()
    for module in network:
        module.seen = torch.zeros(())
        module.register_forward_hook(watch)
    network(torch.ones(1, *SHAPE)).sum().backward()
    seen = [module.seen for module in network]

    mock.deploy(network, input_shape=SHAPE)

    assert all(module.seen is before for module, before in zip(network, seen, strict=True))
    assert not seen[0].is_leaf


def test_networks_are_taken_in_whatever_wrapping_and_mode_of_torch(mock: Device) -> None:
    class Compiled(nn.Module):  # as what torch.compile gives; dynamo takes seconds to import
        def __init__(self) -> None:
            super().__init__()
            self._orig_mod = _network()

    with torch.inference_mode():
        made_without_gradients = _network()
        made_without_gradients(torch.ones(1, *SHAPE))
        sinabs.reset_states(made_without_gradients)
    for network in (
        made_without_gradients,
        sinabs.Network(spiking_model=_network()),
        Compiled(),
        nn.DataParallel(_network()),
    ):
        assert mock.deploy(network, input_shape=SHAPE).layer(0).biases.tolist() == [-13]
    with torch.inference_mode():
        assert mock.deploy(_network(), input_shape=SHAPE).layer(0).biases.tolist() == [-13]


class _UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "words"),
    [(RuntimeError(), r": RuntimeError\. A chip"), (_UnspeakableError(), "_UnspeakableError: its")],
)
def test_whatever_a_forward_raises_becomes_a_sentence(
    mock: Device, error: Exception, words: str
) -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = _network()

        def forward(self, _given: torch.Tensor) -> torch.Tensor:
            raise error

    with pytest.raises(NetworkError, match=words) as refusal:
        mock.deploy(Broken(), input_shape=SHAPE)
    assert refusal.value.__cause__ is error


def test_a_network_that_cannot_be_copied_is_refused_with_the_reason(mock: Device) -> None:
    network: Any = _network()
    network.lock = threading.Lock()
    with pytest.raises(NetworkError, match=r"cannot be copied.*cannot pickle '_thread\.lock'"):
        mock.deploy(network, input_shape=SHAPE)


def test_a_network_that_is_refused_stays_as_it_is(mock: Device) -> None:
    network = _network(nn.BatchNorm2d(1), nn.ReLU()).train()
    neurons: Any = network[3]
    neurons.v_mem = torch.full((1, *SHAPE), 0.5)
    with pytest.raises(NetworkError, match="non-spiking activation layers"):
        mock.deploy(network, input_shape=SHAPE)
    assert network[1].training
    assert network.get_buffer("1.running_mean").tolist() == [0.0]
    assert neurons.v_mem.unique().tolist() == [0.5]
