"""A NIR graph as a network of sinabs layers, through the import of sinabs.

What that import would leave out or cannot do is refused before; source: sinabs 3.1.3, `nir.py`.
"""

from __future__ import annotations

import sys
import warnings
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.errors import InputError, NetworkError, VendorUnavailable
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import let_interrupts_pass
from speckhal_samna.board.vendor_errors import one_sentence

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal.contract.address import Shape

_WITH_STATES: Final = {"LIF", "LI", "CubaLIF", "CubaLI", "I"}
_IMPORTED: Final = ("Input", "Output", "Conv2d", "Affine", "Linear", "IF", "SumPool2d", "Flatten")


def read_nir(file: Path) -> ExampleNetwork:
    """The network of a graph.

    A graph has no floor of membrane potentials and no states: `min_v_mem` is minus the threshold,
    as sinabs chooses it, and neurons start at 0.

    Raises:
        InputError: there is no NIR graph in the file.
        NetworkError: the graph has nodes or values that a core cannot have.
        VendorUnavailable: nir or nirtorch, which sinabs brings, is not installed.
    """
    try:
        import nir  # type: ignore[import-untyped]  # noqa: PLC0415 - may be absent, has no types
        from sinabs.nir import from_nir  # type: ignore[import-untyped]  # noqa: PLC0415 - needs nir
    except ImportError as error:
        raise VendorUnavailable(
            f"Asked for the NIR graph {file}, and {error.name} is not installed.",
            hint="Install it: pip install nir nirtorch",
        ) from error
    handled = sys.exc_info()[1]
    try:
        graph: Any = nir.read(file)
    except Exception as error:
        let_interrupts_pass(error, handled)
        raise InputError(
            f"Asked for the NIR graph {file}, and there is no whole one in it: "
            f"{one_sentence(cause_of(error))}",
            hint="Write it with nir.write.",
        ) from error
    if type(graph).__name__ != "NIRGraph":
        raise InputError(
            f"Asked for the NIR graph {file}, and it holds a single {type(graph).__name__}.",
            hint="Write a nir.NIRGraph, with nir.write.",
        )
    shape = _input_shape(graph)
    _refuse_other_graphs(graph)
    thresholds = {
        name: _prepared(nir, graph, name, node) for name, node in list(graph.nodes.items())
    }
    try:
        with warnings.catch_warnings():  # sinabs uses what nirtorch has deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            network = from_nir(graph, batch_size=1)
    except Exception as error:
        let_interrupts_pass(error, handled)
        raise NetworkError(
            f"sinabs cannot make a network of the NIR graph {file}: "
            f"{one_sentence(cause_of(error))}",
            hint=f"It takes the nodes {', '.join(_IMPORTED)}.",
        ) from error
    size = "x".join(map(str, shape))
    layers = sum(threshold is not None for threshold in thresholds.values())
    return ExampleNetwork(network, shape, f"a NIR graph of {layers} spiking layers for {size}")


def _input_shape(graph: Any) -> Shape:
    shapes = [node.input_type["input"] for node in graph.nodes.values() if _kind(node) == "Input"]
    if len(shapes) != 1:
        raise NetworkError(
            f"The NIR graph has {len(shapes)} inputs, and a network for a chip has one.",
            hint="Give it one node Input.",
        )
    sizes = [int(size) for size in np.ravel(shapes[0])]
    if len(sizes) != 3 or min(sizes) < 1:
        raise NetworkError(
            f"The NIR graph takes an input of shape {tuple(sizes)}, and a chip takes (channels, "
            "height, width).",
            hint="Give the node Input three sizes; a node Flatten makes one of them.",
        )
    channels, height, width = sizes
    return channels, height, width


def _refuse_other_graphs(graph: Any) -> None:
    """Refuse edges of which sinabs would make another network, or none."""
    before: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for source, target in graph.edges:
        before[target].append(source)
    try:
        list(TopologicalSorter(before).static_order())
    except CycleError as error:
        loop = " -> ".join(map(repr, error.args[1]))
        raise NetworkError(
            f"The NIR graph is recurrent: {loop}. speckhal deploys networks without loops.",
            hint="Leave the edge out that leads back.",
        ) from error
    for name, sources in before.items():
        kind = _kind(graph.nodes[name])
        if not sources and kind != "Input":
            raise NetworkError(
                f"Node {name!r} of the NIR graph is of type {kind}, and no edge leads to it.",
                hint="Add the edge, or leave the node out.",
            )
        if len(sources) > 1:
            raise NetworkError(
                f"Node {name!r} of the NIR graph sums {' and '.join(map(repr, sources))}, of which "
                "the import of sinabs takes one.",
                hint="Make the network in a FILE.py:NAME, where sinabs.layers.Merge sums spikes.",
            )


def _prepared(nir: Any, graph: Any, name: str, node: Any) -> float | None:
    """Make a node one that sinabs takes as it is meant; the threshold of a spiking one.

    Raises:
        NetworkError: sinabs would leave something of it out, or a core cannot have it.
    """
    kind, what = _kind(node), f"Node {name!r} of the NIR graph is of type {_kind(node)}"
    if kind in _WITH_STATES:
        raise NetworkError(
            f"{what}, whose states decay by a time constant; a neuron of a core changes by the "
            "same amount at each tick, its bias.",
            hint="Use nir.IF, and let it leak by a negative bias of the node before it, which "
            f'speckhal plan --leak "tau {_tau(node)} least-squares" finds.',
        )
    if kind not in _IMPORTED:
        raise NetworkError(
            f"{what}, which sinabs does not import.",
            hint=f"Use {', '.join(_IMPORTED)}, each directly in the graph.",
        )
    _refuse_complex(what, node)
    if kind == "Linear":  # sinabs has a case for Affine alone
        graph.nodes[name] = nir.Affine(node.weight, np.zeros(len(node.weight), np.float32))
    elif kind == "Conv2d":
        _prepare_convolution(what, node)
    elif kind == "SumPool2d":
        node.kernel_size, node.stride = _pair(node.kernel_size), _pair(node.stride)
        if np.any(node.padding):
            raise NetworkError(
                f"{what} with padding, which sinabs leaves out.", hint="Use padding 0."
            )
    elif kind == "Flatten":
        node.start_dim, node.end_dim = int(node.start_dim), int(node.end_dim)
    elif kind == "IF":
        return _prepared_neurons(what, node)
    return None


def _refuse_complex(what: str, node: Any) -> None:
    for attribute in ("weight", "bias", "v_threshold"):
        if np.iscomplexobj(getattr(node, attribute, 0.0)):
            raise NetworkError(
                f"{what} with a complex {attribute}, of which sinabs leaves the imaginary part "
                "out.",
                hint="Use real numbers.",
            )


def _prepare_convolution(what: str, node: Any) -> None:
    # sizes as Python's own, as torch's own Conv2d has them
    for attribute in ("stride", "dilation"):
        setattr(node, attribute, _pair(getattr(node, attribute)))
    if isinstance(node.padding, bytes | str):
        node.padding = node.padding.decode() if isinstance(node.padding, bytes) else node.padding
    else:
        node.padding = _pair(node.padding)
    node.groups = int(node.groups)
    if node.groups != 1:
        raise NetworkError(
            f"{what} with {node.groups} groups, which a core does not have.",
            hint="Use one group, whose kernels are 0 between channels of different groups.",
        )


def _tau(node: Any) -> str:
    """A time constant of a node, as a wanted leak is written; of several, the middle one."""
    values = np.ravel(getattr(node, "tau", getattr(node, "tau_mem", ())))
    found = np.asarray(values, np.float64)
    found = found[np.isfinite(found) & (found > 0)]
    return f"{float(np.median(found)) * 1e3:.4g} ms" if len(found) else "20 ms"


def _prepared_neurons(what: str, node: Any) -> float:
    if np.any(np.asarray(node.r) != 1):
        raise NetworkError(
            f"{what} with a resistance r that is not 1, which sinabs leaves out.",
            hint="Multiply the weights and biases before it by r, and set r to 1.",
        )
    thresholds = np.unique(np.asarray(node.v_threshold, np.float64))
    if len(thresholds) != 1:
        raise NetworkError(
            f"{what} with thresholds from {thresholds[0]:.3g} to {thresholds[-1]:.3g}, and a core "
            "has one for all of its neurons.",
            hint="Scale the weights and biases of each channel, and use one threshold.",
        )
    # sinabs takes it for one number only where it is one
    node.v_threshold = np.float32(thresholds[0])
    return float(thresholds[0])


def _pair(value: object) -> tuple[int, int]:
    first, last = (int(size) for size in np.broadcast_to(np.asarray(value), (2,)))
    return first, last


def _kind(node: object) -> str:
    return type(node).__name__
