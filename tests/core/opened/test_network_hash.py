"""The name of a network: the same for the same, another for another."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from python_process import run_python
from speckhal import LayerSpec, Reset
from speckhal.opened.network_hash import network_hash
from speckhal.runs.network_file import load_network

if TYPE_CHECKING:
    from pathlib import Path

SPEC = LayerSpec((2, 1, 1), [-1, -2], threshold_high=50, threshold_low=-60, initial=3)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (2, 2, 1)},
        {"biases": [-1, -3]},
        {"biases": None},
        {"threshold_high": 51},
        {"threshold_low": -61},
        {"initial": 4},
        {"initial": np.array([[[3]], [[2]]], np.int16)},
        {"reset": Reset.ZERO},
    ],
    ids=str,
)
def test_whatever_differs_in_a_layer_makes_another_network(change: dict[str, Any]) -> None:
    assert network_hash([attrs.evolve(SPEC, **change)]) != network_hash([SPEC])
    assert network_hash([SPEC, attrs.evolve(SPEC, **change)]) != network_hash([SPEC, SPEC])


def test_the_same_layers_said_otherwise_are_the_same_network() -> None:
    said_otherwise = LayerSpec(
        (np.int64(2), 1, 1),
        (-1.0, -2.0),
        threshold_high=50.0,
        threshold_low=np.float32(-60),
        initial=np.full((2, 1, 1), 3, np.int16),
    )
    assert network_hash((said_otherwise,)) == network_hash([SPEC]) != ""
    assert network_hash([SPEC, SPEC]) != network_hash([SPEC])


class Spiking(nn.Module):
    """Neurons as sinabs makes them: thresholds are parameters, states a buffer."""

    v_mem: torch.Tensor

    def __init__(self, threshold: float = 1.0, reset: type = int) -> None:
        super().__init__()
        self.spike_threshold = nn.Parameter(torch.tensor(threshold), requires_grad=False)
        self.reset_fn = reset
        self.register_buffer("v_mem", torch.zeros(1, 2))


def _module(threshold: float = 1.0, reset: type = int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(1, 2, 1, stride=stride)
    with torch.no_grad():
        convolution.weight.fill_(0.5)
        assert convolution.bias is not None
        convolution.bias.fill_(-0.1)
    return nn.Sequential(convolution, Spiking(threshold, reset))


def test_parameters_thresholds_states_and_settings_of_a_module_count() -> None:
    one = network_hash(_module())
    assert len(one) == 2 * hashlib.sha256().digest_size
    assert network_hash(_module()) == one
    assert network_hash(_module().eval()) == one

    others = [_module(threshold=2.0), _module(reset=float), _module(stride=2), nn.Identity()]
    for name in ("0.weight", "0.bias", "1.v_mem"):
        changed = _module()
        changed.state_dict()[name].view(-1)[0] += 2**-20
        others.append(changed)
    assert len({one, *map(network_hash, others)}) == 1 + len(others)


@pytest.mark.parametrize("network", [None, "net.py", 5, [], [1], {}, object(), [SPEC, None]])
def test_a_network_of_another_form_has_no_name(network: object) -> None:
    assert network_hash(network) == ""


def test_one_that_does_not_let_itself_be_read_has_no_name_and_ctrl_c_stays_what_it_is() -> None:
    class Sealed(nn.Identity):
        error: BaseException = RuntimeError("sealed")

        def state_dict(self, *_: Any, **__: Any) -> Any:
            raise self.error

    sealed = Sealed()
    assert network_hash(sealed) == ""
    Sealed.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        network_hash(sealed)


def test_a_file_that_is_read_again_gives_it_the_same_name(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("import torch\nclass Mine(torch.nn.Flatten):\n    pass\nnet = Mine()\n")

    names = {network_hash(load_network(f"{file}:net")) for _ in range(2)}

    assert len(names) == 1
    assert names != {network_hash(torch.nn.Flatten())}


def test_another_process_gives_it_the_same_name() -> None:
    program = (
        "from speckhal import LayerSpec\n"
        "from speckhal.opened.network_hash import network_hash\n"
        "print(network_hash([LayerSpec((2, 1, 1), [-1, -2], threshold_high=50,"
        " threshold_low=-60, initial=3)]))"
    )
    ended = run_python("-c", program, env={**os.environ, "PYTHONHASHSEED": "77"})
    assert ended.stdout.strip() == network_hash([SPEC])


@given(
    one=st.lists(st.integers(-99, 99), min_size=1, max_size=3),
    other=st.lists(st.integers(-99, 99), min_size=1, max_size=3),
)
def test_two_networks_have_one_name_if_and_only_if_they_are_the_same(
    one: list[int], other: list[int]
) -> None:
    names = [network_hash([LayerSpec((len(its), 1, 1), its)]) for its in (one, other)]
    assert (names[0] == names[1]) == (one == other)
