"""The points of a sweep: every combination of what was asked for, checked beforehand."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.leak.sampling import ClockedSampling, SteppedSampling
from speckhal.opened.network_hash import network_hash
from speckhal.runs.sweep.plain import check_columns, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from speckhal.contract.address import Shape
    from speckhal.runs.sweep.plain import Plain

OPTION: Final = "option."
"""Begins the name of an option that the backend is opened with, as in `option.spike_on_tick`."""

SETTINGS: Final[Mapping[str, str]] = {
    "backend": "backend[:target]",
    "network": "FILE.py:NAME, or an ExampleNetwork",
    "bias": "what each tick adds in every channel of every layer, in chip units",
    "rate_hz": "ticks per second of a clock that runs",
    "every_s": "seconds between two readings of a clock that runs",
    "for_s": "seconds to watch a clock that runs",
    "ticks": "ticks of a stepped clock",
}
"""What `measure_leak_at` understands, with what each is."""

MOST_POINTS: Final = 10_000_000
"""More than this is taken for a slip of the finger."""


@attrs.frozen(eq=False)
class SweepPoint:
    """One point of a sweep.

    Attributes:
        values: by the name of the setting, plain values; a network that is no text stands there by
            its summary.
        networks: networks that are no text, by their summary.
        key: a name that no point has that is different, in this sweep or another.
        network_key: a name for what its network is, whatever its file is called; empty for the
            example of the backend.
        input_shape: of networks that are named as FILE.py:NAME.
    """

    values: Mapping[str, Plain]
    networks: Mapping[str, ExampleNetwork]
    key: str
    network_key: str = ""
    input_shape: Shape | None = None

    @property
    def options(self) -> dict[str, object]:
        """What the backend is opened with."""
        return {
            name.removeprefix(OPTION): value
            for name, value in self.values.items()
            if name.startswith(OPTION)
        }

    def sampling(self) -> ClockedSampling | SteppedSampling:
        """When to read: a clock that runs is read twice in a tick and for twenty ticks.

        Unless the point says otherwise; and without a rate, twenty ticks of a stepped clock.
        """
        rate_hz, ticks = self.number("rate_hz"), self.number("ticks")
        if rate_hz is None:
            return SteppedSampling() if ticks is None else SteppedSampling(ticks)
        every_s, for_s = self.number("every_s"), self.number("for_s")
        return ClockedSampling(
            every_s=0.5 / rate_hz if every_s is None else every_s,
            for_s=20 / rate_hz if for_s is None else for_s,
        )

    def number(self, name: str) -> float | None:
        """The value of a setting that is a number; None where it is not given."""
        value = self.values.get(name)
        return value if isinstance(value, int | float) else None


def points_of(
    over: Mapping[str, object],
    measure: Callable[..., object],
    *,
    input_shape: Shape | None,
    checks_settings: bool,
) -> list[SweepPoint]:
    """Every combination of the values, in the order in which they were given, each once.

    Args:
        over: values by the name of the setting: several, or one that all points share.
        measure: what is done at each point; a point of another function is another point.
        input_shape: of networks that are named as FILE.py:NAME.
        checks_settings: whether `measure` understands the settings of this module and no others.

    Raises:
        InputError: a name or a value is not understood, or there is nothing to do.
    """
    axes = {str(name): list(_values(name, given)) for name, given in over.items()}
    check_columns(list(axes))
    for name, values in axes.items():
        if not values:
            raise InputError(
                f"Asked to sweep over {name} with no value.",
                hint="Give one at least, or leave it out.",
            )
    if checks_settings:
        _check_settings(axes)
    count = np.prod([float(len(values)) for values in axes.values()])
    if count > MOST_POINTS:
        raise InputError(
            f"Asked for a sweep of {count:.3g} points, and at most {MOST_POINTS:,} are measured.",
            hint="Give fewer values, or sweep over fewer settings at once.",
        )
    networks = _networks(axes.get("network", []))
    identities = {_plain(one): _identity(one) for one in axes.get("network", [])}
    does = f"{getattr(measure, '__module__', '')}.{getattr(measure, '__qualname__', repr(measure))}"
    points: dict[str, SweepPoint] = {}
    for combination in itertools.product(*axes.values()):
        chosen = {name: _plain(value) for name, value in zip(axes, combination, strict=True)}
        network_key = identities.get(chosen.get("network"), "")
        key = _key([does, network_key, input_shape], chosen)
        mine = {one: networks[one] for one in networks if chosen.get("network") == one}
        points[key] = SweepPoint(chosen, mine, key, network_key, input_shape)
    if checks_settings:
        for point in points.values():
            point.sampling()
    return list(points.values())


def _values(name: object, given: object) -> Iterator[object]:
    """The values of one setting, checked."""
    is_one = isinstance(given, str | bytes | ExampleNetwork) or not hasattr(given, "__iter__")
    every: Iterable[object] = [given] if is_one else given  # type: ignore[assignment]  # it iterates
    for value in every:
        one = value.item() if isinstance(value, np.generic) else value
        if not isinstance(one, str | int | float | ExampleNetwork | None):
            raise InputError(
                f"Asked to sweep over {name} with {value!r}, a {type(value).__name__}.",
                hint="Give texts, numbers, truth values or None; a network as FILE.py:NAME, or as "
                "speckhal.ExampleNetwork(network, input_shape, summary).",
            )
        yield one if isinstance(one, ExampleNetwork) else plain(name, one)


def _check_settings(axes: Mapping[str, list[object]]) -> None:
    for name in axes:
        if name not in SETTINGS and not name.startswith(OPTION):
            raise InputError(
                f"Asked to sweep over {name!r}, and a leak has no such setting.",
                hint=f"It has: {', '.join(SETTINGS)}, and {OPTION}NAME for options of the backend.",
            )
    clocked = [name for name in ("rate_hz", "every_s", "for_s") if name in axes]
    if "ticks" in axes and clocked:
        raise InputError(
            f"Asked to sweep over ticks together with {' and '.join(clocked)}, and a stepped clock "
            "has no time of its own.",
            hint=f"Leave out either ticks or {' and '.join(clocked)}.",
        )
    if clocked and "rate_hz" not in axes:
        raise InputError(
            f"Asked to sweep over {' and '.join(clocked)} without rate_hz, and a stepped clock has "
            "no time of its own.",
            hint="Give rate_hz as well, such as 20.",
        )
    for name, kind, least in (("bias", int, None), ("ticks", int, 1), ("rate_hz", int, 1)):
        for value in axes.get(name, []):
            if isinstance(value, bool) or not isinstance(value, kind) or (least and value < least):
                raise InputError(
                    f"Asked to sweep over {name} with {value!r}, which is not "
                    f"{'a whole number' if least is None else 'a whole number of 1 or more'}.",
                    hint=f"It is {SETTINGS[name]}.",
                )
    for name in ("every_s", "for_s"):
        for value in axes.get(name, []):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(
                    f"Asked to sweep over {name} with {value!r}, which is not a number.",
                    hint=f"It is {SETTINGS[name]}.",
                )


def _networks(values: Iterable[object]) -> dict[str, ExampleNetwork]:
    """Networks by their summary, which must be different for each."""
    named: dict[str, ExampleNetwork] = {}
    for value in values:
        if not isinstance(value, ExampleNetwork):
            continue
        if named.setdefault(value.summary, value) is not value:
            raise InputError(
                f"Asked to sweep over two networks with the same summary, {value.summary!r}.",
                hint="Give each ExampleNetwork a summary of its own: it stands in the table.",
            )
    return named


def _plain(value: object) -> Plain:
    if isinstance(value, ExampleNetwork):
        return value.summary
    return value if isinstance(value, str | int | float) else None


def _identity(network: object) -> str:
    """What a network is: two of the same name may differ, as after a file was edited."""
    if isinstance(network, ExampleNetwork):
        return f"{network_hash(network.network)} {network.input_shape}"
    before, _, name = str(network).rpartition(":")
    is_python = before.endswith(".py")
    file = Path(before if is_python else str(network))
    with contextlib.suppress(OSError, ValueError):  # the point itself will say what is wrong
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return f"{digest} {name}" if is_python else digest
    return ""


def _key(also: object, values: Mapping[str, Plain]) -> str:
    text = json.dumps([also, values], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
