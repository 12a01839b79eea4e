"""A NIR graph becomes a network that deploys; what a core cannot have of it gets a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import nir  # type: ignore[import-untyped]  # has no types
import numpy as np
import pytest

import speckhal
from speckhal import InputError, NetworkError, WantedLeak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Write = Callable[..., Path]

ONES = np.ones((1, 2, 2))
SHAPE = np.array([1, 2, 2])


def conv(bias: float = -0.1) -> Any:
    weight = np.ones((1, 1, 1, 1), np.float32)
    return nir.Conv2d((2, 2), weight, 1, 0, 1, 1, np.array([bias], np.float32))


def fires(*, r: float = 1, threshold: Any = 1.0) -> Any:
    return nir.IF(r=ONES * r, v_threshold=ONES * threshold)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a graph of these nodes, between an input and an output."""

    def write(*nodes: Any, shape: Any = SHAPE) -> Path:
        file = tmp_path / "net.nir"
        graph = nir.NIRGraph.from_list(nir.Input(shape), *nodes, nir.Output(SHAPE))
        nir.write(file, graph)
        return file

    return write


def test_a_graph_deploys_with_its_shape_and_one_threshold(write: Write) -> None:
    found = speckhal.read_network(str(write(conv(), fires(threshold=2.0))), "mock")
    assert found.input_shape == (1, 2, 2)
    with speckhal.open_device("mock") as device:
        layer = device.deploy(found.network, input_shape=found.input_shape).layer(0)
        assert (layer.biases.tolist(), layer.threshold_high, layer.threshold_low) == (
            [-13],
            254,
            -254,
        )
        assert all(type(size) is int for size in layer.shape)
        assert not device.probe().read().v_mem.any()


def test_a_linear_layer_behind_flatten_deploys(write: Write) -> None:
    flatten = nir.Flatten({"input": SHAPE}, 0, -1)
    linear = nir.Linear(np.eye(4, dtype=np.float32))
    file = write(flatten, linear, nir.IF(r=np.ones(4), v_threshold=np.ones(4)))
    found = speckhal.read_network(str(file), "mock")
    with speckhal.open_device("mock") as device:
        deployed = device.deploy(found.network, input_shape=found.input_shape)
        assert deployed.layer(0).shape == (4, 1, 1)


def lif() -> Any:
    return nir.LIF(tau=ONES, r=ONES, v_leak=ONES * 0, v_threshold=ONES)


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([conv(), lif()], "of type LIF, whose states decay by a time constant"),
        ([conv(), nir.Threshold(ONES)], "of type Threshold, which sinabs does not import"),
        ([conv(), fires(r=2)], "a resistance r that is not 1"),
        ([conv(), fires(threshold=np.array([[[1, 2], [3, 4]]]))], "thresholds from 1 to 4"),
    ],
)
def test_what_a_core_cannot_have_is_refused(write: Write, nodes: list[Any], sentence: str) -> None:
    with pytest.raises(NetworkError, match=sentence) as refused:
        speckhal.read_network(str(write(*nodes)), "mock")
    assert refused.value.hint


def test_the_refusal_of_a_time_constant_names_the_plan_for_it(write: Write) -> None:
    node = nir.LIF(tau=ONES * 0.035, r=ONES, v_leak=ONES * 0, v_threshold=ONES)
    with pytest.raises(NetworkError) as refused:
        speckhal.read_network(str(write(conv(), node)), "mock")
    assert 'speckhal plan --leak "tau 35 ms least-squares"' in str(refused.value.hint)
    assert WantedLeak.parse("tau 35 ms least-squares").unit == "thresholds"


def graph(tmp_path: Path, nodes: dict[str, Any], *edges: str) -> Path:
    """A graph of an input, these nodes and an output; an edge is "a b"."""
    ends = {"input": nir.Input(SHAPE), "output": nir.Output(SHAPE)}
    pairs = [tuple(edge.split()) for edge in edges]
    file = tmp_path / "graph.nir"
    nir.write(file, nir.NIRGraph(nodes={**ends, **nodes}, edges=pairs))
    return file


@pytest.mark.parametrize(
    ("nodes", "edges", "sentence"),
    [
        ("c s", ["input c", "c s", "s c", "s output"], "recurrent: 'c' -> 's' -> 'c'"),
        ("c s ring", ["input c", "c s", "s ring", "ring s"], "recurrent: 's' -> 'ring' -> 's'"),
        ("c s x", ["input c", "c s", "s output"], "Node 'x' .* no edge leads to it"),
        (
            "a sa b sb s",
            ["input a", "a sa", "sa b", "b s", "input sb", "sb s", "s output"],
            "Node 's' .* sums 'b' and 'sb'",
        ),
        (
            "a sa b sb c s",
            ["input a", "a sa", "input b", "b sb", "sa c", "sb c", "c s", "s output"],
            "Node 'c' .* sums 'sa' and 'sb', of which the import of sinabs takes one",
        ),
    ],
)
def test_a_graph_of_which_sinabs_would_make_another_network_is_refused(
    tmp_path: Path, nodes: str, edges: list[str], sentence: str
) -> None:
    made = {name: fires() if name.startswith("s") else conv() for name in nodes.split()}
    with pytest.raises(NetworkError, match=sentence) as refused:
        speckhal.read_network(str(graph(tmp_path, made, *edges)), "mock")
    assert refused.value.hint


@pytest.mark.parametrize(
    ("groups", "kind", "sentence"),
    [(2, np.float32, "with 2 groups"), (1, np.complex64, "with a complex weight")],
)
def test_a_kernel_that_sinabs_would_read_otherwise_is_refused(
    write: Write, groups: int, kind: Any, sentence: str
) -> None:
    weight, bias = np.ones((groups, 1, 1, 1), kind), np.full(groups, -0.1, np.float32)
    shape = np.array([groups, 2, 2])
    ones = np.ones(shape)
    made = nir.Conv2d((2, 2), weight, 1, 0, 1, groups, bias)
    with pytest.raises(NetworkError, match=sentence):
        file = write(made, nir.IF(r=ones, v_threshold=ones), shape=shape)
        speckhal.read_network(str(file), "mock")


def test_an_input_that_is_no_picture_is_refused(write: Write) -> None:
    with pytest.raises(NetworkError, match="takes an input of shape \\(4,\\)"):
        speckhal.read_network(str(write(nir.Linear(np.eye(4)), shape=np.array([4]))), "mock")


def _folder(file: Path) -> None:
    file.mkdir()


def _text(file: Path) -> None:
    file.write_text("not a graph")


def _foreign(file: Path) -> None:
    with h5py.File(file, "w") as other:
        other["x"] = np.zeros(3)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _file: None, "there is no such file"),
        (_folder, "folder"),
        (_text, "no whole one in it"),
        (_foreign, "no whole one in it"),
    ],
)
def test_what_is_no_graph_is_refused(
    tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    make(tmp_path / "net.nir")
    with pytest.raises(InputError, match=sentence):
        speckhal.read_network(str(tmp_path / "net.nir"), "mock")


def test_another_shape_than_the_graphs_is_refused(write: Write) -> None:
    with pytest.raises(InputError, match="by the file it takes \\(1, 2, 2\\)"):
        speckhal.read_network(str(write(conv(), fires())), "mock", input_shape=(1, 3, 3))


def test_weights_beside_a_graph_are_refused(write: Write) -> None:
    with pytest.raises(InputError, match="a NIR graph has its own"):
        speckhal.read_network(str(write(conv(), fires())), "mock", weights="w.safetensors")
