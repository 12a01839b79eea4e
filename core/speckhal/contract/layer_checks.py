"""What holds of a list of `LayerSpec` on every chip: its form, and its values by the facts."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, cast

import numpy as np

from speckhal.contract.arrays import plain_array, whole_number
from speckhal.contract.errors import NetworkDoesNotFit, NetworkError
from speckhal.contract.input_checks import check_inputs
from speckhal.contract.layer_geometry import network_input
from speckhal.contract.network_spec import LayerSpec, Reset

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.limits import Limit


def are_layers(network: object) -> bool:
    """Whether a network is a list or tuple with a `LayerSpec` in it, perhaps with mistakes."""
    return isinstance(network, list | tuple) and any(
        isinstance(layer, LayerSpec) for layer in network
    )


def checked_layers(network: object, input_shape: Shape) -> list[LayerSpec]:
    """The layers of a network, if they make one.

    Args:
        network: a list or tuple of `LayerSpec`, from the input on.
        input_shape: (channels, height, width) of its input: by `network_input`.

    Raises:
        NetworkError: `network` is something else or empty, is not for an input of that shape, a
            layer contradicts itself, or one cannot follow the one before.
    """
    layers = list(network) if isinstance(network, list | tuple) else []
    for index, layer in enumerate(layers):
        if not isinstance(layer, LayerSpec) and are_layers(network):
            raise NetworkError(
                f"Asked to deploy a list of LayerSpec, and item {index} is of type "
                f"{type(layer).__name__}.",
                hint="Describe each layer by a speckhal.LayerSpec, from the input on.",
            )
    if not are_layers(network):
        what = "an empty list" if network in ([], ()) else f"a {type(network).__name__}"
        raise NetworkError(
            f"Asked to deploy {what}, and a network is a list of LayerSpec.",
            hint="Describe each layer by a speckhal.LayerSpec, from the input on.",
        )
    for index, layer in enumerate(layers):
        _check_form(index, layer)
        if layer.inputs is not None:
            check_inputs(index, layers)
    wanted = network_input(layers)
    if tuple(input_shape) != wanted:
        raise NetworkError(
            f"Asked to deploy for an input of {tuple(input_shape)}, and the first layer takes "
            f"{wanted} (channels, height, width).",
            hint=f"Give input_shape={wanted}.",
        )
    for index, (before, layer) in enumerate(itertools.pairwise(layers), start=1):
        if layer.inputs is not None:
            continue
        rows, columns = (before.shape[axis] - layer.shape[axis] for axis in (1, 2))
        if rows != columns or rows < 0:
            raise NetworkError(
                f"Layer {index} has maps of {_size(layer)}, and follows one with maps of "
                f"{_size(before)} (height x width).",
                hint="Let its maps be of the same size, or smaller by as many rows as columns.",
            )
    return layers


def wanted_biases(layer: LayerSpec) -> npt.NDArray[np.float64]:
    """The biases of a layer in chip units before rounding, (channels,); 0 where it has none."""
    biases = (0,) * layer.shape[0] if layer.biases is None else layer.biases
    return np.array(biases, np.float64)


def check_values(
    layer: LayerSpec, chip: ChipFacts, *, index: int | None = None, warn: bool = True
) -> None:
    """Check the sizes and values of a layer by the facts of a chip.

    Args:
        layer: one that `checked_layers` returned.
        chip: the chip it is for.
        index: of the layer, for messages.
        warn: of values outside a range that is only assumed; else these pass.

    Warns:
        FactWarning: a value is outside a range that is only assumed of the chip.

    Raises:
        NetworkError: a value is outside the chip's ranges, or rounds to one that does not work.
    """
    high = round(layer.threshold_high)
    whose = _named(index)
    if high == 0:
        raise NetworkError(
            f"{whose} has an upper threshold of {layer.threshold_high}, which rounds to 0, at "
            "which every neuron fires.",
            hint="Use 1 or more.",
        )
    check_sizes(layer, chip, index=index, warn=warn)
    for limit, what, values in _limited(layer, high, chip):
        _check(limit, what, values, whose, warn=warn)


def check_sizes(
    layer: LayerSpec, chip: ChipFacts, *, index: int | None = None, warn: bool = True
) -> None:
    """Check how many channels, rows and columns a layer has, which takes the same time for any.

    Arguments, warnings and refusals are those of `check_values`, which checks this too.
    """
    for what, fact, sizes in (
        ("channels", "channel_range", layer.shape[:1]),
        ("a map of height and width", "map_size_range", layer.shape[1:]),
    ):
        _check(chip.limit(fact), what, sizes, _named(index), warn=warn)


def check_room(layer: LayerSpec, chip: ChipFacts, index: int) -> None:
    """Refuse a layer with more neurons than any core holds, which takes the same time for any.

    Args:
        layer: one that `checked_layers` returned.
        chip: the chip it is for.
        index: of the layer.

    Raises:
        NetworkDoesNotFit: no core has that much neuron memory.
    """
    words = chip.neuron_address.value.memory_words(layer.shape)
    most = max((core.neuron_words for core in chip.core_memories.value), default=0)
    if words > most:
        raise NetworkDoesNotFit(
            f"Layer {index}, of shape {tuple(layer.shape)} (channels, height, width), takes "
            f"{words} words of neuron memory, and a core of the {chip.name} has at most {most}.",
            hint="Use fewer channels or smaller maps.",
        )


def _named(index: int | None) -> str:
    return "A layer" if index is None else f"Layer {index}"


def _check(limit: Limit, what: str, values: tuple[int, ...], whose: str, *, warn: bool) -> None:
    lowest, highest = min(values), max(values)
    span = f"{lowest}" if lowest == highest else f"{lowest} to {highest}"
    if warn or limit.is_known:
        limit.check(lowest, highest, f"{whose} has {what} of {span}", NetworkError)


def check_start(layer: LayerSpec, chip: ChipFacts, index: int) -> None:
    """Refuse membrane potentials to start from at which no neuron of the layer can be.

    What the chip cannot have at all, potentials or thresholds, is left to `check_values`.

    Args:
        layer: one that `checked_layers` returned.
        chip: the chip it is for.
        index: of the layer.

    Raises:
        NetworkError: one is above the threshold, so that the neuron may fire at the first tick, or
            below the floor.
    """
    states = np.asarray(layer.initial)
    lowest, highest = round(layer.threshold_low), round(layer.threshold_high)
    if lowest not in chip.threshold_low_range.value or highest not in (
        chip.threshold_high_range.value
    ):
        return
    for value in (int(states.min()), int(states.max())):
        limit = beyond(value, lowest, highest)
        if limit is not None and value in chip.v_mem_range.value:
            raise NetworkError(
                f"Layer {index} starts from the membrane potential {value}, which is {limit}.",
                hint=f"Give initial={lowest} to {highest}, or another threshold.",
            )


def beyond(value: int, floor: int, threshold: int) -> str | None:
    """Why no leak can start from a membrane potential; None where it can.

    It can from the threshold itself, as the published one does: the first tick takes it below.
    """
    if value > threshold:
        return f"above its threshold of {threshold}"
    return f"below its floor of {floor}" if value < floor else None


def _limited(
    layer: LayerSpec, high: int, chip: ChipFacts
) -> Iterator[tuple[Limit, str, tuple[int, ...]]]:
    states, biases = np.asarray(layer.initial), wanted_biases(layer)
    for what, fact, values in (
        ("an upper threshold", "threshold_high_range", (high,)),
        ("a lower threshold", "threshold_low_range", (round(layer.threshold_low),)),
        ("initial membrane potentials", "v_mem_range", (int(states.min()), int(states.max()))),
        ("biases", "bias_range", (round(biases.min()), round(biases.max()))),
    ):
        yield chip.limit(fact), what, values


def _check_form(index: int, layer: LayerSpec) -> None:
    """Refuse a layer that no chip could have, whatever its limits."""
    shape: object = layer.shape
    sizes = [whole_number(size) for size in shape] if isinstance(shape, tuple | list) else []
    if len(sizes) != 3 or any(size is None or size < 1 for size in sizes):
        raise NetworkError(
            f"Layer {index} has the shape {shape!r}, and that is no shape.",
            hint="Give (channels, height, width), whole numbers from 1 up, such as (1, 2, 2).",
        )
    channels = layer.shape[0]
    if layer.biases is not None:
        biases = _numbers(layer.biases)
        if biases is None or biases.shape != (channels,):
            given = "no numbers" if biases is None else f"biases of shape {biases.shape}"
            raise NetworkError(
                f"Layer {index} has {channels} channel{'s' * (channels > 1)} and {given}: "
                f"{layer.biases!r}.",
                hint="Give biases=(...) with one number for each channel.",
            )
    for name in ("threshold_high", "threshold_low"):
        threshold = _numbers(getattr(layer, name))
        if threshold is None or threshold.ndim:
            raise NetworkError(
                f"Layer {index} has {name}={getattr(layer, name)!r}, and that is no number.",
                hint="Give one number in chip units, such as 127 or -127.",
            )
    states = _numbers(layer.initial)
    if states is not None and (states % 1).any():
        raise NetworkError(
            f"Layer {index} starts from the membrane potentials {layer.initial!r}, and neurons "
            "start from whole numbers.",
            hint="Give whole numbers, in chip units; only biases and thresholds are rounded.",
        )
    if states is None or states.shape not in {(), tuple(layer.shape)}:
        raise NetworkError(
            f"Layer {index} starts from the membrane potentials {layer.initial!r}, and has the "
            f"shape {tuple(layer.shape)}.",
            hint="Give one whole number for all, or an array of whole numbers of that shape.",
        )
    if not isinstance(layer.reset, Reset):
        raise NetworkError(
            f"Layer {index} has reset={layer.reset!r}.",
            hint="Use speckhal.Reset.SUBTRACT or speckhal.Reset.ZERO.",
        )


def _numbers(values: object) -> npt.NDArray[np.float64] | None:
    """The values as an array, if all are finite numbers."""
    try:
        found = plain_array(cast("npt.ArrayLike", values))
        numbers = found.astype(np.float64, casting="safe" if found.dtype.kind in "iufb" else "no")
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def _size(layer: LayerSpec) -> str:
    return "x".join(map(str, layer.shape[1:]))
