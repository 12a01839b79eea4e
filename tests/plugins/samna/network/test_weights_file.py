"""Saved weights reach the network that they are of, and no code of theirs is ever run."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import save_file
from sinabs.layers import IAFSqueeze
from torch import nn

import speckhal
from speckhal import InputError, NetworkError, VendorUnavailable
from speckhal_samna.network.weights_file import load_weights

if TYPE_CHECKING:
    from pathlib import Path


def network(bias: float = 0.0) -> nn.Sequential:
    made = nn.Sequential(nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1, min_v_mem=-1.0))
    nn.init.constant_(made.get_parameter("0.weight"), 1.0)
    nn.init.constant_(made.get_parameter("0.bias"), bias)
    return made


def used(bias: float) -> nn.Sequential:
    """A network whose neurons have states, which are saved as well."""
    made = network(bias)
    made(torch.ones(3, 1, 2, 2))
    return made


@pytest.mark.parametrize("name", ["w.safetensors", "w.pt"])
def test_weights_are_loaded_and_states_stay(tmp_path: Path, name: str) -> None:
    save: Any = save_file if name.endswith("safetensors") else torch.save
    save(used(-0.25).state_dict(), tmp_path / name)
    fresh = network()
    load_weights(fresh, tmp_path / name)
    assert fresh.get_parameter("0.bias").item() == -0.25
    assert fresh.get_buffer("1.v_mem").numel() == 0


def test_thresholds_that_the_file_lacks_stay_and_those_it_has_are_loaded(tmp_path: Path) -> None:
    trained = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU())
    torch.save(trained.state_dict(), tmp_path / "w.pt")
    fresh = network()
    load_weights(fresh, tmp_path / "w.pt")
    assert torch.equal(fresh.get_parameter("0.bias"), trained.get_parameter("0.bias"))
    assert fresh.get_parameter("1.spike_threshold").item() == 1

    other = nn.Sequential(nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1, spike_threshold=3.0))
    torch.save({**other.state_dict(), "1.min_v_mem": torch.tensor(-3.0)}, tmp_path / "w.pt")
    load_weights(fresh, tmp_path / "w.pt")
    assert fresh.get_parameter("1.spike_threshold").item() == 3
    assert network().get_parameter("1.spike_threshold").item() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.to(torch.complex64), "of complex64 in it, and of float32"),
        (lambda one: one.to(torch.int8), "of int8 in it"),
        (lambda one: one.to(torch.bool), "of bool in it"),
        (lambda one: one.to_sparse(), "sparse in it"),
        (lambda one: one.to("meta"), "without values in it"),
    ],
)
def test_values_that_would_not_arrive_as_they_are_are_refused(
    tmp_path: Path, change: Any, words: str
) -> None:
    weights = dict(network(-0.25).state_dict())
    weights["0.bias"] = change(weights["0.bias"])
    torch.save(weights, tmp_path / "w.pt")
    fresh = network()
    with pytest.raises(InputError, match=words):
        load_weights(fresh, tmp_path / "w.pt")
    assert fresh.get_parameter("0.bias").item() == 0


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_real_numbers_of_any_width_are_loaded(tmp_path: Path, kind: torch.dtype) -> None:
    weights = {name: value.to(kind) for name, value in network(-0.25).state_dict().items()}
    torch.save(weights, tmp_path / "w.pt")
    fresh = network()
    load_weights(fresh, tmp_path / "w.pt")
    assert fresh.get_parameter("0.bias").item() == -0.25
    assert fresh.get_parameter("0.bias").dtype is torch.float32


def test_a_network_without_memory_takes_no_weights(tmp_path: Path) -> None:
    torch.save(network().state_dict(), tmp_path / "w.pt")
    with pytest.raises(NetworkError, match="on the device 'meta'"):
        load_weights(network().to("meta"), tmp_path / "w.pt")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1.0], "something of type list, not tensors by name"),
        ({"0.bias": [1.0]}, "'0.bias' of type list"),
    ],
)
def test_what_is_not_tensors_by_name_is_named(tmp_path: Path, content: Any, words: str) -> None:
    torch.save(content, tmp_path / "w.pt")
    with pytest.raises(InputError, match=words):
        load_weights(network(), tmp_path / "w.pt")


def test_a_network_file_takes_them(tmp_path: Path) -> None:
    save_file(used(-0.25).state_dict(), tmp_path / "w.safetensors")
    (tmp_path / "net.py").write_text(
        "from sinabs.layers import IAFSqueeze\nfrom torch import nn\n"
        "def make(): return nn.Sequential(nn.Conv2d(1, 1, 1), IAFSqueeze(batch_size=1,"
        " min_v_mem=-1.0))\n"
    )
    found = speckhal.read_network(
        f"{tmp_path / 'net.py'}:make",
        "mock",
        input_shape=(1, 2, 2),
        weights=tmp_path / "w.safetensors",
    )
    with speckhal.open_device("mock") as device:
        layer = device.deploy(found.network, input_shape=found.input_shape).layer(0)
    assert layer.wanted_biases.tolist() == [-0.25]


@pytest.mark.parametrize(
    ("saved", "sentence"),
    [
        ({"0.weight": torch.ones(1, 1, 1, 1)}, "lacks '0.bias'"),
        ({**network().state_dict(), "2.bias": torch.ones(1)}, "has besides '2.bias'"),
        (
            {**network().state_dict(), "0.weight": torch.ones(1, 1, 3, 3)},
            "'0.weight' has the shape \\(1, 1, 3, 3\\) in it, and \\(1, 1, 1, 1\\)",
        ),
    ],
)
def test_weights_of_another_network_are_refused_and_change_nothing(
    tmp_path: Path, saved: dict[str, torch.Tensor], sentence: str
) -> None:
    save_file(saved, tmp_path / "w.safetensors")
    kept = network(0.5)
    with pytest.raises(InputError, match=sentence):
        load_weights(kept, tmp_path / "w.safetensors")
    assert kept.get_parameter("0.bias").item() == 0.5


def test_a_cut_file_of_safetensors_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    save_file(network().state_dict(), file)
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(InputError, match="cannot be read as safetensors"):
        load_weights(network(), file)


class Harmful:
    """What leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return (open, (str(self.mark), "w"))


@pytest.mark.parametrize("by_torch", [True, False])
def test_the_code_of_a_pickle_is_not_run(tmp_path: Path, *, by_torch: bool) -> None:
    mark, file = tmp_path / "mark", tmp_path / "w.pt"
    harmful = {"0.bias": Harmful(mark)}
    if by_torch:
        torch.save(harmful, file)
    else:
        file.write_bytes(pickle.dumps(harmful))
    with pytest.raises(InputError, match="nothing but tensors"):
        load_weights(network(), file)
    assert not mark.exists()


def test_a_checkpoint_of_more_than_weights_is_refused_by_what_it_holds(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "state_dict": network().state_dict()}, tmp_path / "w.pt")
    with pytest.raises(InputError, match="'epoch' of type int, 'state_dict' of type Ordered"):
        load_weights(network(), tmp_path / "w.pt")


def test_without_safetensors_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(VendorUnavailable) as refused:
        load_weights(network(), tmp_path / "w.safetensors")
    assert "pip install 'speckhal[weights]'" in str(refused.value.hint)


def test_what_is_no_module_takes_no_weights(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"only a torch[.]nn[.]Module takes them"):
        load_weights("a text", tmp_path / "w.pt")
