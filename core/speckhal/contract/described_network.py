"""Layers that are described in chip units, as a chip will have them: checked, rounded, placed.

For backends whose networks are lists of `LayerSpec`, as those of boards are that come without a
library for networks. What needs checking is the same for every chip, and the limits are its facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs
import numpy as np

from speckhal.contract.deployment import DeployedLayer, Deployment
from speckhal.contract.errors import (
    InputError,
    LayerNotFound,
    NetworkDoesNotFit,
    NetworkDoesNotLeak,
)
from speckhal.contract.layer_checks import are_layers, check_values, checked_layers, wanted_biases
from speckhal.contract.layer_geometry import kernel_size, layer_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts, CoreMemory
    from speckhal.contract.device import Device
    from speckhal.contract.leak_config import LeakConfig
    from speckhal.contract.network_spec import LayerSpec


def deployed_layers(
    network: object,
    *,
    input_shape: Shape,
    chip: ChipFacts,
    leak: LeakConfig | None = None,
    biases: Mapping[int, npt.ArrayLike] | None = None,
) -> tuple[DeployedLayer, ...]:
    """The layers of a network as they will stand on the chip, each on a core of its own.

    Args:
        network: a list or tuple of `LayerSpec`, from the input on.
        input_shape: (channels, height, width) of its input: by `network_input`.
        chip: that it is for.
        leak: as `Device.deploy` gets it.
        biases: as `Device.deploy` gets them, in place of those of the layers.

    Warns:
        FactWarning: a value is outside a range that is only assumed of the chip.

    Raises:
        NetworkError: `network` is something else, or not for an input of that shape; or a value of
            it is outside the chip's ranges.
        NetworkDoesNotFit: the cores have no room for it.
        NetworkDoesNotLeak: `leak` is given, and a bias rounds to 0, or there is no bias.
        InputError: `biases` do not fit their layer.
        LayerNotFound: `biases` name a layer that there is not.
    """
    layers = checked_layers(network, input_shape)
    cores = _placed(list(_needs(layers, chip)), chip)
    wanted = [wanted_biases(spec) for spec in layers]
    for index, spec in enumerate(layers):
        check_values(spec, chip, index=index)
    for index, given in biases_by_channel(biases, dict(enumerate(map(_channels, layers)))).items():
        wanted[index] = given
    rounded = [np.rint(own).astype(np.int16) for own in wanted]
    if leak is not None:
        refuse_what_does_not_leak(wanted)
    return tuple(
        DeployedLayer(
            index=index,
            core=core,
            shape=spec.shape,
            scale=1.0,
            biases=on_chip,
            wanted_biases=own,
            threshold_high=round(spec.threshold_high),
            threshold_low=round(spec.threshold_low),
            leak_enable=bool(on_chip.any()),
            rate_hz=None if leak is None else leak.rate_hz,
            input_shape=before,
        )
        for index, (spec, core, own, on_chip, before) in enumerate(
            zip(layers, cores, wanted, rounded, layer_inputs(layers), strict=True)
        )
    )


def previewed(
    device: Device,
    network: object,
    *,
    input_shape: Shape,
    leak: LeakConfig | None = None,
    biases: Mapping[int, npt.ArrayLike] | None = None,
) -> Deployment:
    """What deploying a list of `LayerSpec` will return: `preview` of a device that takes them.

    A class of devices has it by the line `preview = previewed`, and declares `PREVIEW`.

    Args:
        device: whose chip it is for.
        network: as for `deployed_layers`.
        input_shape: as for `deployed_layers`.
        leak: as for `deployed_layers`.
        biases: as for `deployed_layers`.
    """
    layers = deployed_layers(
        network, input_shape=input_shape, chip=device.info.chip, leak=leak, biases=biases
    )
    return Deployment(layers, leak)


def with_biases(network: object, biases: Mapping[int, npt.ArrayLike]) -> list[LayerSpec] | None:
    """The network with these biases as its own; None where it is not a list of `LayerSpec`.

    Args:
        network: a list or tuple of `LayerSpec`, which is left as it is.
        biases: by index of the layer, in chip units, (channels,).
    """
    if not are_layers(network):
        return None
    return [
        attrs.evolve(spec, biases=tuple(np.asarray(biases[index]).tolist()))
        if index in biases
        else spec
        for index, spec in enumerate(cast("Sequence[LayerSpec]", network))
    ]


def initial_v_mem(spec: LayerSpec) -> npt.NDArray[np.int16]:
    """The membrane potentials that a layer starts from, int16, of its shape."""
    return np.full(spec.shape, spec.initial, np.int16)


def _needs(layers: Sequence[LayerSpec], chip: ChipFacts) -> Iterator[CoreMemory]:
    """What each layer takes of a core."""
    for spec, before in zip(layers, layer_inputs(layers), strict=True):
        kernel = kernel_size(spec, before)
        yield chip.layer_memory(
            spec.shape, inputs=before[0], kernel=kernel, has_biases=spec.biases is not None
        )


def _placed(needs: list[CoreMemory], chip: ChipFacts) -> list[int]:
    """The number of a core for each layer, or a refusal that says which memory is too small."""
    cores = chip.core_memories.value
    for index, need in enumerate(needs):
        nearest = min((core.shortfalls(need) for core in cores), key=_distance)
        for memory, (asked, there) in nearest.items():
            raise NetworkDoesNotFit(
                f"Layer {index} takes {asked} words of {memory} memory, and a core of the "
                f"{chip.name} has {there}.",
                hint="Make the layer smaller.",
            )
    if len(needs) > len(cores):
        raise NetworkDoesNotFit(
            f"The network has {len(needs)} layers, and the {chip.name} has {len(cores)} core"
            f"{'s' * (len(cores) != 1)}, one for each layer.",
            hint="Use fewer layers.",
        )
    found = _tried(needs, cores, list(range(len(cores))))
    if found is None:
        raise NetworkDoesNotFit(
            f"The {len(needs)} layers compete for the large ones of the {len(cores)} cores.",
            hint="Make some of the layers smaller.",
        )
    return found


def _distance(shortfalls: Mapping[str, tuple[int, int]]) -> tuple[int, list[int]]:
    """How far a core is from taking a layer: by memories that are too small, then by words."""
    return len(shortfalls), [asked - there for asked, there in shortfalls.values()]


def _tried(
    needs: list[CoreMemory], cores: Sequence[CoreMemory], free: list[int]
) -> list[int] | None:
    if not needs:
        return []
    for core in free:
        if not cores[core].shortfalls(needs[0]):
            rest = _tried(needs[1:], cores, [other for other in free if other != core])
            if rest is not None:
                return [core, *rest]
    return None


def _channels(spec: LayerSpec) -> int:
    return spec.shape[0]


def biases_by_channel(
    biases: Mapping[int, npt.ArrayLike] | None, channels: Mapping[int, int]
) -> dict[int, npt.NDArray[np.float64]]:
    """Biases that are given in place of a network's own, if it has such layers and channels.

    Args:
        biases: as `Device.deploy` gets them.
        channels: of each layer of the network, by its index.

    Raises:
        LayerNotFound: `biases` name a layer that there is not.
        InputError: they do not fit their layer.
    """
    checked: dict[int, npt.NDArray[np.float64]] = {}
    for index, values in (biases or {}).items():
        if index not in channels:
            raise LayerNotFound(
                f"Asked for biases of layer {index}, and the network has {len(channels)} layers.",
                hint=f"Its layers are: {', '.join(map(str, channels))}.",
            )
        checked[index] = np.asarray(values, np.float64)
        if checked[index].shape != (channels[index],):
            raise InputError(
                f"Asked for biases of shape {checked[index].shape} for layer {index}, which has "
                f"{channels[index]} channel{'s' * (channels[index] != 1)}.",
                hint="Give one bias for each channel.",
            )
    return checked


def refuse_what_does_not_leak(wanted: Sequence[npt.NDArray[np.float64]]) -> None:
    """Refuse layers of which a tick would change nothing, or not what was asked for.

    Args:
        wanted: of each layer, its biases in chip units before rounding, (channels,).

    Raises:
        NetworkDoesNotLeak: a bias rounds to 0, or there is no bias.
    """
    for index, own in enumerate(wanted):
        lost = (own != 0) & (np.rint(own) == 0)
        if lost.any():
            raise NetworkDoesNotLeak(
                f"The bias {own[lost][0]} of layer {index} rounds to 0, so that it would not leak.",
                hint="Use a bias of at least 1 in size, or deploy without a leak.",
            )
    if not any(own.any() for own in wanted):
        raise NetworkDoesNotLeak(
            "No layer of the network has a bias other than 0, and a tick adds nothing else.",
            hint="Give the layers biases=, such as biases=[-13], or deploy without a leak.",
        )
