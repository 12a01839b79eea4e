"""Membrane potentials that a run writes to its layers before the clock runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, cast

import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import CapabilityUnsupported, InputError, NotRecorded
from speckhal.contract.layer_checks import beyond

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.opened.open_device import OpenDevice
    from speckhal.runs.provenance import Provenance

HIGH: Final = "high"
"""Starts each layer one step of the chip below its own threshold."""


class Replays(Protocol):
    """The device of a record, as a run asks it for its start."""

    @property
    def recorded(self) -> Provenance:
        """Where the record comes from."""

    @property
    def has_begun(self) -> bool:
        """Whether the leak was started, and the states are no longer those of the start."""

    def begin_anew(self) -> None:
        """Replay the record from its start."""

    def begins_with(self, layer: int) -> tuple[int, int] | None:
        """The lowest and the highest membrane potential of a layer at the start, where known."""


def replay_of(device: OpenDevice) -> Replays | None:
    """What replays a record, where the device does; None for a board that can be written to."""
    replays = device.info.recorded_at is not None and hasattr(device.raw, "begin_anew")
    return cast("Replays", device.raw) if replays else None


def starts_of(
    start: object, layers: Sequence[DeployedLayer], device: OpenDevice, *, restore: bool = False
) -> dict[int, int]:
    """What every neuron of each layer is to start from, by the layer's index.

    Args:
        start: in chip units, or "high"; None for nothing.
        layers: that are read, as they were deployed.
        device: that they are on. A replay takes what its record starts from.
        restore: whether the other layers are brought back to how they were deployed.

    Raises:
        InputError: it is not a membrane potential from a layer's floor to its threshold.
        CapabilityUnsupported: the device cannot write membrane potentials.
        NotRecorded: it is a replay, whose record starts from something else.
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
    replay = replay_of(device)
    if replay is not None:
        starts = {layer.index: _start_of(layer, given) for layer in layers}
        _refuse_unrecorded(starts, device, replay, restore=restore)
        return starts
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


def write_starts(device: OpenDevice, starts: Mapping[int, int]) -> dict[str, Any]:
    """Write to every neuron of each layer, with the slow clock off.

    Args:
        device: with these layers deployed. A replay begins anew.
        starts: membrane potentials in chip units, by the layer's index.

    Returns:
        What `Provenance` says of it, by its attributes.
    """
    if not starts:
        return {}
    device.stop_slow_clock()
    replay = replay_of(device)
    if replay is not None:
        replay.begin_anew()
        return {"states": replay.recorded.states, "written": replay.recorded.written}
    for index, value in starts.items():
        probe = device.probe(index)
        probe.write(np.full(probe.shape, value))
    return {
        "states": "written",
        "written": {str(index): value for index, value in starts.items()},
    }


def _refuse_unrecorded(
    starts: Mapping[int, int], device: OpenDevice, replay: Replays, *, restore: bool
) -> None:
    """Refuse a start that the record does not begin with, as far as it says.

    Raises:
        NotRecorded: it begins with something else, or other layers that it has readings of have
            leaked since.
    """
    for index, value in starts.items():
        began = replay.begins_with(index)
        if began is not None and began != (value, value):
            lowest, highest = began
            whole = f"{lowest}" if lowest == highest else f"{lowest} to {highest}"
            nearest = f"Start from {lowest}, or leave" if lowest == highest else "Leave"
            raise NotRecorded(
                f"Asked to start the neurons of layer {index} from {value}, and the record begins "
                f"with {whole}.",
                hint=f"{nearest} out the start: a replay begins as its record does.",
            )
    layers = () if device.deployment is None else device.deployment.layers
    others = [layer.index for layer in layers if layer.leak_enable and layer.index not in starts]
    read = [index for index in others if replay.begins_with(index) is not None]
    if replay.has_begun and read and not restore:
        raise NotRecorded(
            f"Asked to start some layers anew and to let layer {read[0]} leak on, and a replay "
            "starts all layers of its record anew.",
            hint="Give restore=True, or deploy the network again: either replays the record from "
            "its start.",
        )


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
