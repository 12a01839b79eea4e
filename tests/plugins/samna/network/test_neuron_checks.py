"""Spiking layers do on the chip what they do in sinabs, or are refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from sinabs.activation import MaxSpike, MembraneReset, MembraneSubtract, MultiSpike, SingleSpike
from sinabs.layers import IAFSqueeze, LIFSqueeze
from torch import nn

from speckhal import NetworkError

if TYPE_CHECKING:
    from speckhal import Device

SHAPE = (1, 2, 2)


def _network(**options: Any) -> nn.Sequential:
    neurons = IAFSqueeze(**{"batch_size": 1, "min_v_mem": -1.0, **options})
    convolution = nn.Conv2d(1, 1, 1)
    nn.init.constant_(convolution.weight, 1.0)
    return nn.Sequential(convolution, neurons)


class FiresLate(MultiSpike):
    required_states = ("v_mem",)

    @staticmethod
    def forward(_context: object, v_mem: torch.Tensor, *_rest: object) -> torch.Tensor:
        return (v_mem > 2).float()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tau_syn": 10.0}, "tau_syn=10, and a core has no synaptic currents"),
        ({"reset_fn": MembraneReset(0.5)}, r"reset_fn=MembraneReset\(reset_value=0\.5\)"),
        ({"reset_fn": MembraneSubtract(0.5)}, "returns to 0 or loses its threshold"),
        ({"reset_fn": lambda _spikes, state, _threshold: state}, "returns to 0 or loses its"),
        ({"spike_fn": None}, "spike_fn=None, which does not fire once from the threshold on"),
        ({"spike_fn": FiresLate}, "spike_fn=FiresLate, which does not fire once from the thresh"),
        ({"spike_fn": object()}, "does not fire once from the threshold on"),
        ({"spike_threshold": torch.ones(2)}, r"spike_threshold=an array of shape \(2,\)"),
        ({"spike_threshold": None}, "spike_threshold=None, and a core has one"),
        ({"min_v_mem": torch.ones(1, 2)}, r"min_v_mem=an array of shape \(1, 2\)"),
        ({"min_v_mem": torch.nan}, "holds values that are no finite numbers"),
    ],
)
def test_neurons_that_a_core_does_not_have_are_refused(
    mock: Device, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(NetworkError, match=words) as refusal:
        mock.deploy(_network(**options), input_shape=SHAPE)
    assert "'1" in refusal.value.message
    assert refusal.value.hint


def test_a_time_constant_is_refused_with_the_plan_that_stands_in_for_it(mock: Device) -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1), LIFSqueeze(tau_mem=35.0, batch_size=1))
    with pytest.raises(NetworkError, match=r"Layer 0 \(module '1'\) is a LIFSq.* of 35") as refusal:
        mock.deploy(network, input_shape=SHAPE)
    assert '--leak "tau 35 ms least-squares"' in str(refusal.value.hint)


@pytest.mark.parametrize("spike_fn", [MultiSpike, SingleSpike, MaxSpike(), MaxSpike(2)])
@pytest.mark.parametrize(
    "reset_fn", [MembraneReset(), MembraneSubtract(), MembraneSubtract(subtract_value=1.0)]
)
def test_neurons_of_sinabs_that_a_core_has_are_deployed(
    mock: Device, spike_fn: Any, reset_fn: Any
) -> None:
    network = _network(spike_fn=spike_fn, reset_fn=reset_fn)
    assert mock.deploy(network, input_shape=SHAPE).layer(0).threshold_high == 127


@pytest.mark.parametrize("one", [1, np.float64(1), torch.tensor(1.0).double(), torch.tensor([1.0])])
def test_thresholds_may_be_numbers_of_any_type(mock: Device, one: Any) -> None:
    deployed = mock.deploy(_network(spike_threshold=one, min_v_mem=-one), input_shape=SHAPE)
    assert (deployed.layer(0).threshold_high, deployed.layer(0).threshold_low) == (127, -127)


@pytest.mark.parametrize("attribute", ["batch_size", "num_timesteps"])
def test_one_size_of_batches_is_for_all_layers(mock: Device, attribute: str) -> None:
    layers = [
        layer for size in (3, 2, 3) for layer in _network(**{"batch_size": None, attribute: size})
    ]
    with pytest.raises(NetworkError, match=f"have {attribute} 2 and 3, and sinabs takes one"):
        mock.deploy(nn.Sequential(*layers), input_shape=SHAPE)


def _with_states(v_mem: torch.Tensor) -> nn.Sequential:
    network = _network()
    neurons: Any = network[1]
    neurons.v_mem = v_mem
    return network


def test_states_that_differ_in_a_batch_are_refused(mock: Device) -> None:
    network = _with_states(torch.rand(2, *SHAPE))
    with pytest.raises(NetworkError, match="each of the 2 items of a batch") as refusal:
        mock.deploy(network, input_shape=SHAPE)
    assert "v_mem[:1]" in str(refusal.value)


def test_states_of_other_neurons_are_refused(mock: Device) -> None:
    with pytest.raises(NetworkError, match=r"potentials of shape \(1, 1, 3, 3\) \(batch, \.\.\.\)"):
        mock.deploy(_with_states(torch.rand(1, 1, 3, 3)), input_shape=SHAPE)


@pytest.mark.parametrize("shape", [(1, *SHAPE), (4, *SHAPE), (2, 1, 3, 3), (0,)])
def test_neurons_that_were_reset_start_at_0(mock: Device, shape: tuple[int, ...]) -> None:
    mock.deploy(_with_states(torch.zeros(shape)), input_shape=SHAPE)
    assert not mock.probe().read().v_mem.any()


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_states_that_are_the_same_for_all_items_are_where_the_chip_starts(
    mock: Device, batch: int, dtype: torch.dtype
) -> None:
    v_mem = torch.tensor([[[0.0, 0.25], [-0.5, 1.0]]], dtype=dtype)
    mock.deploy(_with_states(v_mem.repeat(batch, 1, 1, 1)), input_shape=SHAPE)
    assert mock.probe().read().v_mem.tolist() == [[[0, 32], [-64, 127]]]
