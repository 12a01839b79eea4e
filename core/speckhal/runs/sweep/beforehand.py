"""Refuses, before the first point, a value with which no point of a sweep can be measured."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final, TypeAlias

from speckhal.contract.backend import capabilities_of
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import (
    CapabilityUnsupported,
    ConfigurationError,
    InputError,
    NetworkDoesNotLeak,
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
    from collections.abc import Callable, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.runs.sweep.plain import Plain
    from speckhal.runs.sweep.points import SweepPoint

_Check: TypeAlias = "Callable[[SweepPoint], None]"

_REFUSALS: Final = (NetworkError, InputError, ConfigurationError, CapabilityUnsupported)
"""What is wrong with the settings; all else is the board's or the plugin's, and its points say."""


def refuse_hopeless(points: Sequence[SweepPoint]) -> None:
    """Refuse a network, plan, bias or rate that no chip of the sweep takes.

    One that some chip takes is not refused: the points of the other chips fail as points. A backend
    without `PREVIEW` knows of a network only once a board is open, so nothing is said of it here.

    Args:
        points: with the settings of a leak.

    Raises:
        InputError: there is such a value; it says why the first chip refuses it.
    """
    for check, names in _CHECKS.items():
        _refuse_by(check, names, points)


def _refuse_by(check: _Check, names: Sequence[str], points: Sequence[SweepPoint]) -> None:
    """Check each combination of these settings once, on each backend."""
    found: dict[tuple[Plain, ...], SpeckhalError | None] = {}
    for point in points:
        combination = tuple(point.values.get(name) for name in ("backend", *names))
        if combination not in found:
            found[combination] = _error_of(check, point)
    for number, name in enumerate(names, 1):
        for value in {combination[number]: None for combination in found}:
            errors = [error for one, error in found.items() if one[number] == value]
            reasons = [error for error in errors if error is not None]
            if len(reasons) == len(errors):
                with_it = "" if value is None else f" with {name} {value}"
                raise InputError(
                    f"No point of the sweep can be measured{with_it}. {reasons[0].message}",
                    hint=reasons[0].hint,
                ) from reasons[0]


def _error_of(check: _Check, point: SweepPoint) -> SpeckhalError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FactWarning)  # its points warn
            check(point)
    except _REFUSALS as error:
        return error
    except SpeckhalError:
        return None
    return None


def _check_bias(point: SweepPoint) -> None:
    backend, target = select(str(point.values["backend"]))
    bias = point.values.get("bias")
    if bias is None:
        return
    if Capability.DIRECT_BIASES not in capabilities_of(backend, target):
        raise CapabilityUnsupported(
            f"Asked {backend.name!r} for biases in place of the network's own, and it does not "
            f"declare {Capability.DIRECT_BIASES.value!r} ({Capability.DIRECT_BIASES.name}).",
            hint="Leave bias out, and sweep over networks with other biases.",
            capability=Capability.DIRECT_BIASES,
        )
    checked_biases({0: [bias]}, backend.chip(target).limit("bias_range"))


def _check_rate(point: SweepPoint) -> None:
    backend, target = select(str(point.values["backend"]))
    rate_hz = point.values.get("rate_hz")
    if rate_hz is not None:
        checked_leak(ClockDrive.EXTERNAL, rate_hz, None, chip=backend.chip(target))


def _check_network(point: SweepPoint) -> None:
    layers = _layers_of(point)
    if layers is None or point.plan is not None or "bias" in point.values:
        return
    if not any(layer.wanted_biases.any() for layer in layers):
        raise NetworkDoesNotLeak(
            f"The network {network_of(point).summary} has no bias, so nothing of it leaks.",
            hint="Sweep over bias as well, such as -3, or give the network biases.",
        )


def _check_plan(point: SweepPoint) -> None:
    if point.plan is None:
        return
    backend, target = select(str(point.values["backend"]))
    refuse_other_chip(point.plan, backend.chip(target).name)
    layers = _layers_of(point)
    if layers is not None and Capability.DIRECT_BIASES in capabilities_of(backend, target):
        point.plan.refuse_other_layers(layers)  # else the network is changed first


def _layers_of(point: SweepPoint) -> Sequence[DeployedLayer] | None:
    backend, target = select(str(point.values["backend"]))
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
