"""A file says which network, and where it can also the shape of its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from speckhal import DeviceInfo, InputError, NetworkError, Registry, SingleBoardBackend
from speckhal.runs.network_reading import network_for

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
from speckhal import ExampleNetwork, LayerSpec
layers = [LayerSpec((2, 3, 4), biases=(-1, -2))]
one = layers[0]
def make():
    return layers
example = ExampleNetwork("a network", (2, 5, 5), "mine")
other = object()
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    (tmp_path / "net.py").write_text(FILE)
    return str(tmp_path / "net.py")


@pytest.mark.parametrize("name", ["layers", "make"])
def test_a_list_of_layers_says_the_shape_of_its_input(net: str, name: str) -> None:
    found = speckhal.read_network(f"{net}:{name}", "mock")
    assert found.input_shape == (1, 3, 4)
    assert found.summary == f"{net}:{name}"


@pytest.mark.parametrize("shape", [[1, 2, 2], (np.int64(1), 2, 2), np.array([1, 2, 2])])
def test_a_shape_is_any_sequence_of_whole_numbers(tmp_path: Path, shape: Any) -> None:
    file = tmp_path / "net.py"
    file.write_text("import speckhal\nnet = [speckhal.LayerSpec((1, 2, 2))]\n")

    found = speckhal.read_network(f"{file}:net", "mock", input_shape=shape)

    assert (type(found.input_shape), found.input_shape) == (tuple, (1, 2, 2))
    with pytest.raises(InputError, match="that is no shape"):
        speckhal.read_network(f"{file}:net", "mock", input_shape="1,2,2")  # type: ignore[arg-type]  # wrong on purpose


def test_a_layer_of_no_shape_is_refused_for_its_own_shape(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import speckhal\nnet = [speckhal.LayerSpec('abc')]")
    found = speckhal.read_network(f"{tmp_path / 'net.py'}:net", "mock")
    with (
        speckhal.open_device("mock") as device,
        pytest.raises(NetworkError, match="has the shape 'abc"),
    ):
        device.deploy(found.network, input_shape=found.input_shape)


@pytest.mark.parametrize("text", ["[]", "(1, 2)"])
def test_a_list_of_anything_else_is_not_asked_for_a_shape(tmp_path: Path, text: str) -> None:
    (tmp_path / "net.py").write_text(f"net = {text}")
    found = speckhal.read_network(f"{tmp_path / 'net.py'}:net", "mock")
    with speckhal.open_device("mock") as device, pytest.raises(speckhal.SpeckhalError) as refused:
        device.deploy(found.network, input_shape=found.input_shape)
    assert "list" in str(refused.value) or "tuple" in str(refused.value)


def test_one_layer_is_to_be_put_in_a_list(net: str) -> None:
    with pytest.raises(NetworkError, match=r"net.py:one, .* is one LayerSpec.* Put it in a list"):
        speckhal.read_network(f"{net}:one", "mock")


def test_an_example_network_is_taken_with_its_shape(net: str) -> None:
    found = speckhal.read_network(f"{net}:example", "mock", input_shape=(2, 5, 5))
    assert (found.network, found.input_shape) == ("a network", (2, 5, 5))


def test_what_names_no_file_is_refused_with_what_does() -> None:
    graph = type("NIRGraph", (), {"__module__": "nir.ir.graph"})()
    with pytest.raises(InputError, match=r"NIRGraph, which names no file.*nir\.write"):
        speckhal.read_network(graph)
    with pytest.raises(InputError, match=r"list, which names no file.*device\.deploy takes it"):
        speckhal.read_network([])  # type: ignore[arg-type]  # wrong on purpose


def test_another_shape_than_that_is_refused(net: str) -> None:
    with pytest.raises(InputError, match="by the file it takes \\(2, 5, 5\\)"):
        speckhal.read_network(f"{net}:example", "mock", input_shape=(1, 1, 1))


def test_any_other_network_needs_a_shape(net: str) -> None:
    with pytest.raises(InputError, match="without the shape of its input"):
        speckhal.read_network(f"{net}:other", "mock")
    assert speckhal.read_network(f"{net}:other", "mock", input_shape=(1, 1, 1)).network


def test_a_list_of_layers_takes_no_weights(net: str, tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_text("")
    with pytest.raises(InputError, match="a list of LayerSpec, which takes no saved weights"):
        speckhal.read_network(f"{net}:layers", "mock", weights=tmp_path / "w.pt")


@pytest.mark.parametrize("kind", ["graph", "weights"])
def test_a_backend_that_reads_no_such_files_says_so(net: str, tmp_path: Path, kind: str) -> None:
    def open_board(_info: DeviceInfo) -> speckhal.Device:
        raise AssertionError

    backend = SingleBoardBackend(
        open_board,
        name="board",
        summary="a board",
        board="Board",
        chip=speckhal.select("mock")[0].chip(),
        capabilities=frozenset(),
        emulated=True,
    )
    registry = Registry()
    registry.register("board", backend)
    file = tmp_path / "net.nir"
    file.write_text("")
    with pytest.raises(InputError, match=r"board, which (reads no NIR|takes no saved)"):
        if kind == "graph":
            network_for(backend, registry.offer("board"), str(file))
        else:
            network_for(
                backend,
                registry.offer("board"),
                f"{net}:other",
                input_shape=(1, 1, 1),
                weights=file,
            )
