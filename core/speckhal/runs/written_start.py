"""Membrane potentials that a run writes to its layers before the clock runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import CapabilityUnsupported, InputError
from speckhal.contract.layer_checks import beyond

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.opened.open_device import OpenDevice

HIGH: Final = "high"
"""Starts each layer one step of the chip below its own threshold."""


def starts_of(start: object, layers: Sequence[DeployedLayer], device: OpenDevice) -> dict[int, int]:
    """What every neuron of each layer is to start from, by the layer's index.

    Args:
        start: in chip units, or "high"; None for nothing.
        layers: that are read, as they were deployed.
        device: that they are on.

    Raises:
        InputError: it is not a membrane potential from a layer's floor to its threshold.
        CapabilityUnsupported: the device cannot write membrane potentials.
    """
    if start is None:
        return {}
    is_high = isinstance(start, str) and start == HIGH  # an array has no one answer to that
    given = None if is_high else whole_number(start)
    if given is None and not is_high:
        raise InputError(
            f"Asked to start the neurons from {start!r}, which is not a membrane potential.",
            hint=f"Give a whole number in chip units, or {HIGH!r} for the highest below each "
            "layer's threshold.",
        )
    if Capability.WRITE_V_MEM not in device.capabilities:
        raise CapabilityUnsupported(
            f"Asked to start the neurons from {start}, and {device.info.board} cannot write "
            "membrane potentials.",
            hint="Leave out the start: the neurons then start from the network's own states.",
        )
    return {layer.index: _start_of(layer, given) for layer in layers}


def start_that_wrote(
    written: Mapping[str, int], layers: Sequence[DeployedLayer]
) -> int | Literal["high"] | None:
    """The start that writes to all layers what a run wrote; None where no one value does.

    Args:
        written: as `Provenance.written` has it.
        layers: that the run read.
    """
    values = [written.get(str(layer.index)) for layer in layers]
    if not values or None in values:
        return None
    if values == [layer.threshold_high - 1 for layer in layers]:
        return HIGH
    return values[0] if len(set(values)) == 1 else None


def written_text(written: Mapping[str, int]) -> str:
    """What a run wrote, as a line has it; empty where it wrote nothing.

    Args:
        written: as `Provenance.written` has it.
    """
    return ", ".join(f"{value} to layer {index}" for index, value in written.items())


def write_starts(device: OpenDevice, starts: Mapping[int, int]) -> None:
    """Write to every neuron of each layer, with the slow clock off.

    Args:
        device: with these layers deployed.
        starts: membrane potentials in chip units, by the layer's index.
    """
    if starts:
        device.stop_slow_clock()
    for index, value in starts.items():
        probe = device.probe(index)
        probe.write(np.full(probe.shape, value))


def _start_of(layer: DeployedLayer, given: int | None) -> int:
    highest, lowest = layer.threshold_high, layer.threshold_low
    if given is None:
        return highest - 1
    limit = beyond(given, lowest, highest)
    if limit is not None:
        raise InputError(
            f"Asked to start the neurons of layer {layer.index} from {given}, which is {limit}.",
            hint=f"Give {lowest} to {highest}, or {HIGH!r} for {highest - 1} here, and for the "
            "highest below its own threshold in every other layer.",
        )
    return given
