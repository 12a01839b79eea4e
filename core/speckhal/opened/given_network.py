"""A network as users give it: what is deployed of it, and the shape of its input."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import numpy as np

from speckhal.contract.errors import InputError, NetworkError
from speckhal.contract.input_spec import InputSpec
from speckhal.contract.layer_checks import are_layers
from speckhal.contract.layer_geometry import network_input
from speckhal.contract.network_spec import ExampleNetwork, LayerSpec
from speckhal.opened.arguments import checked_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.address import Shape


def given_network(
    network: object, input_shape: object, asked: str = "Asked to deploy"
) -> tuple[object, Shape]:
    """The network to deploy, and the shape of its input.

    Args:
        network: in the form of a backend, a list of `LayerSpec`, or an `ExampleNetwork`, as
            `read_network` returns it.
        input_shape: of its input; None where the network says it.
        asked: begins the message where it is missing.

    Raises:
        InputError: the shape is no shape, is missing, or is another than the network says.
        NetworkError: the network is one layer, which is not in a list.
    """
    shape = None if input_shape is None else checked_shape(input_shape)
    if isinstance(network, ExampleNetwork):
        own = checked_shape(network.input_shape)
        if shape not in {None, own}:
            raise InputError(
                f"{asked} for an input of {shape}, and the ExampleNetwork says that it takes {own} "
                "(channels, height, width).",
                hint="Leave input_shape out.",
            )
        refuse_one_layer(network.network, asked)
        return network.network, own
    refuse_one_layer(network, asked)
    if shape is None and are_layers(network):
        shape = shape_of_layers(network)
    if shape is None:
        raise _without_shape(network, asked)
    return network, shape


def refuse_one_layer(network: object, asked: str) -> None:
    """Refuse a layer that is not in a list.

    Raises:
        NetworkError: the network is a `LayerSpec`.
    """
    if isinstance(network, LayerSpec):
        raise NetworkError(
            f"{asked}, and the network that was given is one LayerSpec, not a list of them.",
            hint="Put it in a list: [layer].",
        )


def is_of_nir(network: object) -> bool:
    """Whether an object is of the package nir, which is not imported for that."""
    return type(network).__module__.partition(".")[0] == "nir"


def _without_shape(network: object, asked: str) -> InputError:
    kind = type(network).__name__
    if isinstance(network, str | os.PathLike):
        return InputError(
            f"{asked}, and the network that was given is a {kind}, which at most names one.",
            hint='Read the file first: speckhal.read_network("FILE.py:NAME", input_shape=...).',
        )
    if is_of_nir(network):
        return InputError(
            f"{asked}, and the network that was given is a {kind}: those are read from files.",
            hint='Write it to one, nir.write("net.nir", graph), and give what '
            'speckhal.read_network("net.nir") returns.',
        )
    return InputError(
        f"{asked} without the shape of the network's input.",
        hint="Give input_shape=(channels, height, width), such as (1, 2, 2).",
    )


def shape_of_layers(layers: object) -> Shape:
    """The shape of the input that a list of layers takes, as the first of them says it.

    Of what is no list of layers, or no network, it is any: that is refused when it is deployed, by
    a sentence on what is wrong.
    """
    first = next(iter(cast("Sequence[object]", layers)), None)
    shape: object = first.shape if isinstance(first, LayerSpec) else ()
    sizes = shape[1:] if isinstance(shape, tuple | list) else ()
    is_shape = len(sizes) == 2 and all(isinstance(one, int) for one in sizes)
    if not isinstance(first, LayerSpec) or not is_shape:
        return (1, 1, 1)
    if not isinstance(first.inputs, InputSpec) or np.ndim(first.inputs.weights) != 4:
        return cast("Shape", (1, *sizes))
    try:
        return network_input([first])
    except (TypeError, ValueError):
        return (1, 1, 1)
