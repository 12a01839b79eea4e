"""Networks and open mocks that tests of several plugins use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
import torch
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal
from desk import empty_desk

if TYPE_CHECKING:
    from desk import Desk
    from speckhal import Device

MakeNetwork = Callable[..., nn.Sequential]


@pytest.fixture(scope="session")
def make_network() -> MakeNetwork:
    """Makes one convolution without spatial extent, over neurons at their threshold.

    Arguments: `bias` of each channel (None for a layer without biases), `weight`, `threshold`,
    `min_v_mem`, and the input's `shape`.
    """

    def make(
        *,
        bias: tuple[float, ...] | None = (-0.1,),
        weight: float = 1.0,
        threshold: float = 1.0,
        min_v_mem: float | None = -1.0,
        shape: tuple[int, int, int] = (1, 2, 2),
        v_mem: float | None = 1.0,
    ) -> nn.Sequential:
        channels = shape[0]
        features = channels if bias is None else len(bias)
        convolution = nn.Conv2d(channels, features, kernel_size=1, bias=bias is not None)
        neurons = IAFSqueeze(batch_size=1, spike_threshold=threshold, min_v_mem=min_v_mem)
        network = nn.Sequential(convolution, neurons)
        with torch.no_grad():
            convolution.weight.fill_(weight)
            if bias is not None:
                network.get_parameter("0.bias").copy_(torch.tensor(bias))
            if v_mem is not None:
                network(torch.zeros(1, *shape))
                neurons.v_mem.fill_(v_mem)
        return network

    return make


@pytest.fixture
def mock() -> Iterator[Device]:
    """An open mock of a Speck2f module kit."""
    with speckhal.open_device("mock") as device:
        yield device


@pytest.fixture
def desk(make_network: MakeNetwork) -> Iterator[Desk]:
    """An empty desk, in a process whose samna passes for the vendor's."""
    with empty_desk(make_network) as desk:
        yield desk
