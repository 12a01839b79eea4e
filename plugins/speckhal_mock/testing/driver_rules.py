"""Rules of the driver: what it returns, what it refuses, and how it treats time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.errors import (
    NetworkDoesNotFit,
    NetworkDoesNotLeak,
    NetworkError,
)
from speckhal_mock.testing.breakage import Breakage, around, device_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.deployment import DeployedLayer, Deployment
    from speckhal.contract.reading import Reading
    from speckhal_samna.board.probe import SamnaProbe
    from speckhal_samna.device import SamnaDevice

    Deploy = Callable[..., Deployment]


def _described(
    name: str, rule: str, change: Callable[[DeployedLayer], dict[str, object]]
) -> Breakage:
    """`deploy` describes each layer otherwise than it is; `change` gives what differs, by name."""

    def instead(deploy: Deploy, *arguments: object, **named: object) -> Deployment:
        deployment = deploy(*arguments, **named)
        layers = tuple(_with(layer, change(layer)) for layer in deployment.layers)
        return attrs.evolve(deployment, layers=layers)

    return device_method(name, rule, "deploy", instead)


def _with(layer: DeployedLayer, changes: dict[str, object]) -> DeployedLayer:
    return attrs.evolve(layer, **changes)  # type: ignore[arg-type]  # names only known at run time


def _read(name: str, rule: str, change: Callable[[Reading], Reading]) -> Breakage:
    """Probes give other readings than they took."""

    def instead(probe_of: Callable[..., SamnaProbe], *which: object, **named: object) -> SamnaProbe:
        probe = probe_of(*which, **named)
        around(probe, "read", lambda read: change(read()))
        return probe

    return device_method(name, rule, "probe", instead)


def _leaks_all_the_same(deploy: Deploy, *arguments: object, **named: object) -> Deployment:
    try:
        return deploy(*arguments, **named)
    except NetworkDoesNotLeak:
        return deploy(*arguments, **{**named, "leak": None})


def _does_not_say_why(deploy: Deploy, *arguments: object, **named: object) -> Deployment:
    try:
        return deploy(*arguments, **named)
    except NetworkDoesNotFit as error:
        raise NetworkError("The network was refused.", hint=error.hint) from error


def _in_no_time(device: SamnaDevice) -> None:
    around(device.clock, "sleep_s", lambda sleep, duration_s: sleep(duration_s / 2))


def _by_chance(device: SamnaDevice) -> None:
    def tick(was: Callable[..., None], *count: object) -> None:
        was(*count)
        device.clock.sleep_s(random.random() / 1e3)  # noqa: S311  # no secret

    around(device, "tick", tick)


def _stays_still(device: SamnaDevice) -> None:
    around(device.clock, "now_s", lambda _now_s: 0.0)


def _in_order_of_address(
    probe_of: Callable[..., SamnaProbe], layer: int = 0, *, neurons: object = None
) -> SamnaProbe:
    asked = np.asarray(neurons)
    is_list = neurons is not None and asked.dtype != np.bool_ and asked.ndim == 2
    return probe_of(layer, neurons=asked[np.lexsort(asked.T)] if is_list else neurons)


DRIVER: Final = (
    _described(
        "returns-other-biases",
        "`deploy` returns biases that the chip does not have",
        lambda layer: {"biases": layer.biases - np.int16(1)},
    ),
    _described(
        "returns-another-scale",
        "`deploy` returns twice the scale",
        lambda layer: {"scale": layer.scale * 2},
    ),
    _described(
        "hides-rounding",
        "`deploy` says that nothing was rounded",
        lambda layer: {"wanted_biases": layer.biases / layer.scale},
    ),
    _described(
        "returns-another-threshold",
        "`deploy` returns a lower threshold one too high",
        lambda layer: {"threshold_low": layer.threshold_low + 1},
    ),
    _described("returns-no-rate", "`deploy` returns no rate", lambda _: {"rate_hz": None}),
    device_method(
        "direct-biases-ignored",
        "`deploy` ignores biases in chip units",
        "deploy",
        lambda deploy, *given, biases=None, **named: deploy(*given, **named),  # noqa: ARG005
    ),
    device_method(
        "leakless-network-taken",
        "a network that would not leak is deployed without a word",
        "deploy",
        _leaks_all_the_same,
    ),
    device_method(
        "misfit-not-named",
        "a network that does not fit is refused without saying why",
        "deploy",
        _does_not_say_why,
    ),
    device_method(
        "no-ticks-is-one",
        "asking for 0 ticks makes one",
        "tick",
        lambda tick, count=1: tick(count or 1),
    ),
    _read(
        "ticks-uncounted",
        "readings do not count ticks",
        lambda reading: attrs.evolve(reading, ticks=None),
    ),
    _read(
        "readings-undated",
        "readings are dated at 0",
        lambda reading: attrs.evolve(reading, time_s=0.0),
    ),
    _read(
        "negative-potentials-hidden",
        "negative membrane potentials read as 0",
        lambda reading: attrs.evolve(reading, v_mem=reading.v_mem.clip(min=0)),
    ),
    _read(
        "maps-transposed",
        "readings have x before y",
        lambda reading: attrs.evolve(reading, v_mem=reading.v_mem.swapaxes(-1, -2)),
    ),
    device_method(
        "some-neurons-in-other-order",
        "some neurons read in the order of their addresses",
        "probe",
        _in_order_of_address,
    ),
    Breakage("sleeps-half", "sleeping takes half the time", device=_in_no_time),
    Breakage("time-stands-still", "the device's clock stands still", device=_stays_still),
    Breakage("time-by-chance", "a tick takes a time of chance", device=_by_chance),
    device_method(
        "close-keeps-the-board",
        "closing does not give the board back",
        "close",
        lambda _close: None,
    ),
)
