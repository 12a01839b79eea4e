"""Refuses what `LayerSpec.inputs` asks of a device that does not take it, before it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from speckhal.contract.capabilities import Capability
from speckhal.contract.errors import NetworkError
from speckhal.contract.input_spec import InputSpec
from speckhal.contract.layer_checks import are_layers
from speckhal.contract.layer_geometry import input_kinds
from speckhal.contract.network_spec import LayerSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from speckhal.contract.capability_protocols import TakesDescribedInputs
    from speckhal.contract.input_spec import InputKind
    from speckhal.opened.device_state import DeviceState


def demand_inputs(state: DeviceState, network: object) -> None:
    """Refuse a list of layers whose inputs the device does not take.

    A record knows by itself whether a network is the one that was recorded.

    Args:
        state: of the device.
        network: of the user, in any form, perhaps with mistakes, which are refused elsewhere.

    Raises:
        CapabilityUnsupported: a layer has `inputs`, and the device does not declare that it takes
            any.
        NetworkError: it does not take inputs of that kind.
    """
    if not asks_for_inputs(network) or state.raw.info.recorded_at is not None:
        return
    state.demand(Capability.DESCRIBED_INPUTS)
    takes = cast("TakesDescribedInputs", state.raw).input_kinds
    asked = _kinds_of(cast("Sequence[object]", network))
    refused = sorted(kind.value for kind in asked - frozenset(takes))
    if refused:
        raise NetworkError(
            f"Asked {state.raw.info.board} of {state.raw.info.backend!r} for layers with "
            f"{', '.join(refused)}, which it does not take.",
            hint=f"Of LayerSpec.inputs it takes: {_named(takes)}.",
        )


def asks_for_inputs(network: object) -> bool:
    """Whether a network is a list of `LayerSpec` of which one has `inputs`."""
    return are_layers(network) and bool(_described(cast("Sequence[object]", network)))


def _described(layers: Sequence[object]) -> list[LayerSpec]:
    return [one for one in layers if isinstance(one, LayerSpec) and one.inputs is not None]


def _kinds_of(layers: Sequence[object]) -> frozenset[InputKind]:
    in_form = [one for one in _described(layers) if isinstance(one.inputs, InputSpec)]
    return input_kinds(in_form)


def _named(kinds: Collection[InputKind]) -> str:
    return ", ".join(sorted(kind.value for kind in kinds)) or "nothing"
