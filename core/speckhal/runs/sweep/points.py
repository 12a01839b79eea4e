"""The points of a sweep: every combination of what was asked for, checked beforehand."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.contract.network_spec import ExampleNetwork
from speckhal.discovery.selection import default_selection
from speckhal.leak.planning.leak_plan import LeakPlan
from speckhal.leak.sampling import ClockedSampling, SteppedSampling
from speckhal.runs.plan_file import read_plan
from speckhal.runs.sweep.described import described
from speckhal.runs.sweep.files import content_of, target_of
from speckhal.runs.sweep.keys import key_of, software_of
from speckhal.runs.sweep.measure_name import MeasureName, name_of_measure
from speckhal.runs.sweep.networks import key_of_file, key_of_network, named_networks
from speckhal.runs.sweep.settings import OPTION, axes_of, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from speckhal.contract.address import Shape
    from speckhal.runs.sweep.plain import Plain

MOST_POINTS: Final = 10_000_000
"""More than this is taken for a slip of the finger."""


@attrs.frozen(eq=False)
class SweepPoint:
    """One point of a sweep.

    Attributes:
        values: by the name of the setting, plain values; a network or a plan that is no text stands
            there by its summary.
        networks: networks that are no text, by their summary.
        key: a name that no point has that is different, in this sweep or another.
        network_key: a name for what its network is, whatever its file is called.
        input_shape: of networks that are named as FILE.py:NAME.
        plan: that the network is deployed with; None where it is not swept over, or is named by a
            text to a `measure` of one's own.
        objects: values of options that are no plain values, such as a list, by the name of the
            setting; in `values` they stand as text.
        files: that it depends on, with what was in each when the sweep began.
        measure: what its function was then.
    """

    values: dict[str, Plain]
    networks: Mapping[str, ExampleNetwork]
    key: str
    network_key: str = ""
    input_shape: Shape | None = None
    plan: LeakPlan | None = None
    objects: Mapping[str, object] = attrs.field(factory=dict)
    files: Mapping[str, str] = attrs.field(factory=dict)
    measure: MeasureName = attrs.field(factory=MeasureName)

    @property
    def options(self) -> dict[str, object]:
        """What the backend is opened with."""
        return {
            name.removeprefix(OPTION): value
            for name, value in {**self.values, **self.objects}.items()
            if name.startswith(OPTION)
        }

    def sampling(self) -> ClockedSampling | SteppedSampling:
        """When to read: a clock that runs is read twice in a tick and for twenty ticks.

        Unless the point says otherwise; and without a rate or a plan, twenty ticks of a stepped
        clock. Ticks step the clock on what a plan deploys, too.
        """
        rate_hz, ticks = self.number("rate_hz"), self.number("ticks")
        rate_hz = rate_hz if self.plan is None else self.plan.rate_hz
        if ticks is not None:
            return SteppedSampling(ticks)
        if rate_hz is None:
            return SteppedSampling()
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
    reads_twice: bool = False,
    is_kept: bool = False,
) -> list[SweepPoint]:
    """Every combination of the values, in the order in which they were given.

    Networks and plans in files are read here, once.

    Args:
        over: values by the name of the setting: several, or one that all points share.
        measure: what is done at each point; a point of another function is another point.
        input_shape: of networks that are named as FILE.py:NAME.
        checks_settings: whether `measure` understands the settings of a leak and no others.
        reads_twice: whether networks in files must be the same each time they are read.
        is_kept: whether points will be recognised by their keys, in a later call too.

    Raises:
        InputError: a name or a value is not understood, a file cannot be read, or there is nothing
            to do.
        SpeckhalError: a backend or a network cannot be used.
    """
    axes = axes_of(over, checks_settings=checks_settings)
    count = math.prod(map(len, axes.values()))
    if count > MOST_POINTS:
        raise InputError(
            f"Asked for a sweep of {count:.3g} points, and at most {MOST_POINTS:,} are measured.",
            hint="Give fewer values, or sweep over fewer settings at once.",
        )
    networks = named_networks(axes.get("network", []))
    plans = _plans(axes.get("plan", []), reads=checks_settings)
    does = MeasureName() if checks_settings else name_of_measure(measure, needed=is_kept)
    backends = [str(one) for one in axes.get("backend", [default_selection()])]
    software = {backend: software_of(backend) for backend in backends}
    targets = {backend: target_of(backend) for backend in backends}
    # of settings of one's own, a text that names no file is just a text
    contents = {
        text: content
        for text, of_board in _texts(axes, targets.values(), of_its_own=not checks_settings).items()
        if (content := content_of(text)) or of_board
    }
    network_keys: dict[tuple[object, str], str] = {}
    for network, backend in itertools.product(axes.get("network", [""]), backends):
        if isinstance(network, ExampleNetwork):
            network_keys[network.summary, backend] = key_of_network(network)
        elif checks_settings:
            network_keys[network, backend] = key_of_file(
                str(network), backend, input_shape, reads_twice=reads_twice
            )
    points = []
    for combination in itertools.product(*axes.values()):
        given = dict(zip(axes, combination, strict=True))
        values = {name: _plain(value) for name, value in given.items()}
        objects = {name: value for name, value in given.items() if is_object(value)}
        backend, network = str(values.get("backend", backends[0])), values.get("network")
        network_key = network_keys.get((network or "", backend), "")
        plan = plans.get(values.get("plan"))
        texts = [targets[backend], *(value for value in values.values() if isinstance(value, str))]
        files = {text: contents[text] for text in texts if text in contents}
        key = key_of(
            values,
            does.key,
            software[backend],
            network_key,
            input_shape,
            files,
            _key_of_plan(plan),
            described(objects) if objects else "",
        )
        mine = {one: networks[one] for one in networks if network == one}
        points.append(
            SweepPoint(
                values, mine, key, network_key, input_shape, plan, objects, files, measure=does
            )
        )
    if checks_settings:
        for point in points:
            point.sampling()
    return points


def _plans(values: Sequence[object], *, reads: bool) -> dict[Plain, LeakPlan]:
    """Plans by what stands in the table for each; those in files where they are to be read."""
    return {
        _plain(value): value if isinstance(value, LeakPlan) else read_plan(Path(str(value)))
        for value in values
        if reads or isinstance(value, LeakPlan)
    }


def _texts(
    axes: Mapping[str, list[object]], targets: Iterable[str], *, of_its_own: bool
) -> dict[str, bool]:
    """What may name a file among the settings, and whether boards are opened with it."""
    texts = dict.fromkeys(
        (
            value
            for name, values in axes.items()
            if of_its_own and name != "backend"
            for value in values
            if isinstance(value, str)
        ),
        False,
    )
    options = [values for name, values in axes.items() if name.startswith(OPTION)]
    of_board = [*targets, *itertools.chain.from_iterable(options)]
    return texts | {text: True for text in of_board if isinstance(text, str) and text}


def _plain(value: object) -> Plain:
    """What stands in the table for a value."""
    if isinstance(value, ExampleNetwork):
        return value.summary
    if isinstance(value, LeakPlan):
        return f"{value.rate_hz} Hz, {_key_of_plan(value)[:8]}"
    if is_object(value):
        return str(value)
    return value if isinstance(value, str | int | float) else None


def _key_of_plan(plan: LeakPlan | None) -> str:
    if plan is None:
        return ""
    return hashlib.sha256(json.dumps(plan.as_json(), sort_keys=True).encode()).hexdigest()
