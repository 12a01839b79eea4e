"""Refuses, before the first point, a value with which no point of a sweep can be measured."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from speckhal.contract.backend import capabilities_of
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import (
    CapabilityUnsupported,
    ConfigurationError,
    InputError,
    NetworkError,
    SpeckhalError,
)
from speckhal.contract.limits import FactWarning
from speckhal.discovery.guarded_loading import blamed_on
from speckhal.discovery.opening import select
from speckhal.discovery.registry import registry
from speckhal.opened.arguments import checked_biases
from speckhal.opened.leak_config import checked_leak
from speckhal.opened.planned_deployment import refuse_other_chip
from speckhal.runs.previewed_layers import previewed_layers
from speckhal.runs.sweep.measuring import network_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from speckhal.contract.backend import Backend
    from speckhal.contract.chip import ChipFacts
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.runs.sweep.plain import Plain
    from speckhal.runs.sweep.points import SweepPoint

_Check: TypeAlias = "Callable[[SweepPoint, _Selected], None]"

_REFUSALS: Final = (NetworkError, InputError, ConfigurationError, CapabilityUnsupported)
"""What is wrong with the settings; all else is the board's or the plugin's, and its points say."""


@attrs.frozen(eq=False)
class _Selected:
    """A backend of the sweep, asked once for what all its points need."""

    backend: Backend
    target: str | None
    chip: ChipFacts
    capabilities: frozenset[Capability]


def refuse_hopeless(points: Sequence[SweepPoint]) -> None:
    """Refuse a network, plan, bias or rate that no chip of the sweep takes.

    One that some chip takes is not refused: the points of the other chips fail as points, and so
    does what a chip takes and does not leak, such as a bias of 0. A backend without `PREVIEW` knows
    of a network only once a board is open, so nothing is said of it here.

    Args:
        points: with the settings of a leak.

    Raises:
        InputError: there is such a value; it says why the first chip refuses it.
        BackendError: there is no such backend.
    """
    backends = {str(point.values["backend"]): None for point in points}
    selected = {backend: _selected(backend) for backend in backends}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FactWarning)  # its points warn
        for check, names in _CHECKS.items():
            _refuse_by(check, names, points, selected)


def _selected(selection: str) -> _Selected | None:
    """The backend; None where there is no such board, of which the first point says so."""
    backend, target = select(selection)
    try:
        return _Selected(backend, target, backend.chip(target), capabilities_of(backend, target))
    except SpeckhalError:
        return None


def _refuse_by(
    check: _Check,
    names: Sequence[str],
    points: Sequence[SweepPoint],
    selected: Mapping[str, _Selected | None],
) -> None:
    """Check each combination of these settings once, on each backend."""
    found: dict[tuple[Plain, ...], SpeckhalError | None] = {}
    for point in points:
        combination = tuple(point.values.get(name) for name in ("backend", *names))
        if combination not in found:
            found[combination] = _error_of(check, point, selected[str(combination[0])])
    for number, name in enumerate(names, 1):
        by_value: dict[Plain, list[SpeckhalError | None]] = {}
        for combination, error in found.items():
            by_value.setdefault(combination[number], []).append(error)
        for value, errors in by_value.items():
            reason = errors[0]
            if reason is not None and None not in errors:
                with_it = "" if value is None else f" with {name} {value}"
                raise InputError(
                    f"No point of the sweep can be measured{with_it}. {reason.message}",
                    hint=reason.hint,
                ) from reason


def _error_of(check: _Check, point: SweepPoint, selected: _Selected | None) -> SpeckhalError | None:
    if selected is None:
        return None
    try:
        check(point, selected)
    except _REFUSALS as error:
        return error
    except SpeckhalError:
        return None
    return None


def _check_bias(point: SweepPoint, selected: _Selected) -> None:
    bias = point.values.get("bias")
    if bias is None:
        return
    checked_biases({0: [bias]}, selected.chip.limit("bias_range"))


def _check_rate(point: SweepPoint, selected: _Selected) -> None:
    rate_hz = point.values.get("rate_hz")
    if rate_hz is not None:
        checked_leak(ClockDrive.EXTERNAL, rate_hz, None, chip=selected.chip)


def _check_network(point: SweepPoint, selected: _Selected) -> None:
    _layers_of(point, selected)


def _check_plan(point: SweepPoint, selected: _Selected) -> None:
    if point.plan is None:
        return
    refuse_other_chip(point.plan, selected.chip.name)
    layers = _layers_of(point, selected)
    if layers is not None and Capability.DIRECT_BIASES in selected.capabilities:
        point.plan.refuse_other_layers(layers)  # else the network is changed first


def _layers_of(point: SweepPoint, selected: _Selected) -> Sequence[DeployedLayer] | None:
    backend, target = selected.backend, selected.target
    network = network_of(point)
    with blamed_on(registry().offer(backend.name), "failed when it was asked to preview a network"):
        return previewed_layers(backend, target, network.network, network.input_shape)


_CHECKS: Final[dict[_Check, tuple[str, ...]]] = {
    _check_bias: ("bias",),
    _check_rate: ("rate_hz",),
    _check_network: ("network",),
    _check_plan: ("plan", "network"),
}
"""What is checked, with the settings that it depends on besides the backend."""
