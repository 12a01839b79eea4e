"""Whether a network is the one that was recorded, as far as the record can say."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs
import numpy as np

from speckhal.contract.described_network import with_biases
from speckhal.contract.errors import NetworkError, NotRecorded
from speckhal.contract.layer_checks import are_layers, wanted_biases
from speckhal.opened.network_hash import network_hash

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from speckhal.contract.address import Shape
    from speckhal.contract.network_spec import LayerSpec
    from speckhal.runs.run import Run


class NetworkNotRecorded(NetworkError, NotRecorded):
    """A network is not the one that was recorded."""


@attrs.frozen
class RecordedNetwork:
    """Stands for the network that was recorded, whatever it was: what a replay gives as example."""


def refuse_another_network(
    network: object,
    input_shape: Shape,
    run: Run,
    *,
    biases: Container[int] = (),
) -> None:
    """Refuse a network that the record knows to be another one than its own.

    Args:
        network: that is to be deployed.
        input_shape: (channels, height, width) of its input.
        run: of the record.
        biases: indices of the layers whose recorded biases may be others than the network's own.

    Raises:
        NetworkNotRecorded: its input, its layers or its hash are not the recorded ones.
    """
    if isinstance(network, RecordedNetwork):
        return
    recorded = run.provenance.input_shape
    if recorded is not None and tuple(recorded) != tuple(input_shape):
        raise _another(f"for an input of shape {tuple(input_shape)}", f"for one of {recorded}", run)
    if are_layers(network):
        _refuse_other_layers(cast("Sequence[LayerSpec]", network), run, biases)
    asked, kept = network_hash(network), run.provenance.network_hash
    if asked and kept and kept not in {asked, _hash_as_planned(network, run)}:
        raise _another(f"whose hash is {asked[:12]}", f"one whose hash is {kept[:12]}", run)


def _hash_as_planned(network: object, run: Run) -> str:
    """The hash of the network with the biases of a plan as its own, where it was recorded so."""
    layers = run.deployment.layers if run.deployment.plan is not None else ()
    return network_hash(with_biases(network, {layer.index: layer.biases for layer in layers}))


def _refuse_other_layers(
    layers: Sequence[LayerSpec], run: Run, without_biases: Container[int]
) -> None:
    deployed = run.deployment.layers
    if len(layers) != len(deployed):
        raise _another(f"of {len(layers)} layers", f"one of {len(deployed)}", run)
    for spec, layer in zip(layers, deployed, strict=True):
        which = f"whose layer {layer.index} has"
        if tuple(spec.shape) != tuple(layer.shape):
            raise _another(f"{which} the shape {tuple(spec.shape)}", f"{layer.shape}", run)
        asked = np.rint(wanted_biases(spec)).astype(int)
        if layer.index not in without_biases and not np.array_equal(asked, layer.biases):
            channel = int(np.flatnonzero(asked != layer.biases)[0])
            raise _another(
                f"{which} the bias {asked[channel]} in channel {channel}",
                f"{layer.biases[channel]}",
                run,
            )
        thresholds = {"threshold_high": layer.threshold_high, "threshold_low": layer.threshold_low}
        for name, value in thresholds.items():
            if round(getattr(spec, name)) != value:
                raise _another(f"{which} {name}={getattr(spec, name)}", f"{value}", run)


def _another(asked: str, recorded: str, run: Run) -> NetworkNotRecorded:
    layers = ", ".join(f"{layer.index}: {layer.shape}" for layer in run.deployment.layers)
    return NetworkNotRecorded(
        f"Asked a replay for a network {asked}, and what was recorded is {recorded}.",
        hint=f"Give the network that was recorded. Its layers are, by index, {layers}.",
    )
