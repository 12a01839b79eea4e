"""A network as users have it, ready to deploy: a Python file's, a NIR graph, with saved weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

import attrs

from speckhal.contract.errors import InputError
from speckhal.contract.layer_checks import are_layers
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry
from speckhal.opened.arguments import checked_shape
from speckhal.opened.given_network import is_of_nir, refuse_one_layer, shape_of_layers
from speckhal.runs.network_file import load_network
from speckhal.system.paths import readable_file

if TYPE_CHECKING:
    from speckhal.contract.address import Shape
    from speckhal.contract.backend import Backend
    from speckhal.contract.network_files import ReadsNir, ReadsWeights
    from speckhal.discovery.entry_points import Offer

_WEIGHTS_HINT = (
    "Name a file that holds a state_dict alone, as safetensors.torch.save_file or "
    "torch.save(net.state_dict(), FILE) writes it."
)


def read_network(
    where: str | os.PathLike[str],
    selection: str | None = None,
    *,
    input_shape: Shape | None = None,
    weights: str | os.PathLike[str] | None = None,
) -> ExampleNetwork:
    """A network from a file, in the form that a backend takes.

    A list of `LayerSpec`, an `ExampleNetwork` and a NIR graph say the shape of their input
    themselves. The weights of a PyTorch file are read with `weights_only=True`, so that none of its
    code is run; states of neurons are not weights, and stay those of the network.

    Args:
        where: "FILE.py:NAME", a network or a function that makes it; or "FILE.nir", a NIR graph.
        selection: `backend[:target]` that is to take it; None as for `open_device`.
        input_shape: (channels, height, width) of its input, where the file does not say it.
        weights: a file of safetensors, or of PyTorch, for the network of a FILE.py:NAME.

    Returns:
        `network` and `input_shape` for `deploy`, and a `summary`.

    Raises:
        InputError: a file cannot be read or holds something else, the weights are not those of the
            network, the shape is missing, wrong or another than the file says, or the backend reads
            no such files.
        NetworkError: a NIR graph has what a network of the backend cannot have, or the network is
            one `LayerSpec`, which is not in a list.
        VendorUnavailable: what the backend reads it with is not installed.
        BackendError: there is no such backend, it cannot be used, or it failed.
    """
    if not isinstance(where, str | os.PathLike):
        raise _no_file(where)
    backend, _ = select(selection)
    offer = registry().offer(backend.name)
    file = None if weights is None else Path(weights)
    shape = None if input_shape is None else checked_shape(input_shape)
    return network_for(backend, offer, os.fspath(where), input_shape=shape, weights=file)


def network_for(
    backend: Backend,
    offer: Offer,
    where: str,
    *,
    input_shape: Shape | None = None,
    weights: Path | None = None,
) -> ExampleNetwork:
    """The same for a backend that was selected; `offer` is blamed for what it raises."""
    if Path(where).suffix.lower() == ".nir":
        if weights is not None:
            raise InputError(
                f"Asked for the weights {weights} in {where}, and a NIR graph has its own.",
                hint="Leave the weights out.",
            )
        found = _of_graph(backend, offer, Path(where))
    else:
        found = _of_python(where, input_shape)
        if weights is not None:
            _load_weights(backend, offer, found.network, weights)
    if input_shape is not None and tuple(found.input_shape) != tuple(input_shape):
        raise InputError(
            f"Asked to deploy {where} for an input of {tuple(input_shape)}, and by the file it "
            f"takes {tuple(found.input_shape)} (channels, height, width).",
            hint="Leave the input shape out.",
        )
    return attrs.evolve(found, summary=where)


def _no_file(where: object) -> InputError:
    hint = "Write FILE.py:NAME or FILE.nir. A network that is there already needs no reading: "
    hint += "device.deploy takes it as it is."
    if is_of_nir(where):
        hint = 'Write it to a file first: nir.write("net.nir", graph), and read "net.nir".'
    kind = type(where).__name__
    return InputError(f"Asked to read a network from a {kind}, which names no file.", hint=hint)


def _of_python(where: str, input_shape: Shape | None) -> ExampleNetwork:
    network = load_network(where)
    refuse_one_layer(network, f"Asked to deploy {where}")
    if isinstance(network, ExampleNetwork):
        return network
    if input_shape is None and isinstance(network, list | tuple):
        input_shape = shape_of_layers(network)
    if input_shape is None:
        raise InputError(
            f"Asked to deploy {where} without the shape of its input.",
            hint="Give --input-shape C,H,W (channels, height, width), such as 1,2,2.",
        )
    return ExampleNetwork(network, input_shape, where)


def _of_graph(backend: Backend, offer: Offer, file: Path) -> ExampleNetwork:
    readable_file(file, "Asked for the NIR graph")
    if not hasattr(backend, "read_nir"):
        raise InputError(
            f"Asked for the NIR graph {file} on {backend.name}, which reads no NIR graphs.",
            hint="Describe the network as a list of speckhal.LayerSpec, which every backend takes.",
        )
    with blamed_on(offer, "failed when it was asked to read a NIR graph"):
        return cast("ReadsNir", backend).read_nir(file)


def _load_weights(backend: Backend, offer: Offer, network: object, file: Path) -> None:
    readable_file(file, "Asked for the weights", hint=_WEIGHTS_HINT)
    if not hasattr(backend, "load_weights") or are_layers(network):
        whose = "a list of LayerSpec" if are_layers(network) else f"a network of {backend.name}"
        raise InputError(
            f"Asked for the weights {file} in {whose}, which takes no saved weights.",
            hint="Leave the weights out.",
        )
    with blamed_on(offer, "failed when it was asked to load weights"):
        cast("ReadsWeights", backend).load_weights(network, file)
