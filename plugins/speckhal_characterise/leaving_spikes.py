"""Which spikes leave a core, and in which order. Events come singly, so timing plays no part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal_characterise.core_setup import CoreSetup, Route
from speckhal_characterise.results import finding, unsettled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_CORE: Final = 2
"""The first core whose order the vendor does not say is without a guarantee."""

_SIDE: Final = 2
_CHANNELS: Final = 3
_NEURONS: Final = _CHANNELS * _SIDE**2
_EVENTS: Final = 8

_BEHIND: Final = 3
_CODE: Final = 5
_MANY_EVENTS: Final = 256

Neuron = tuple[int, int, int]


def measure_spike_order(bench: Workbench) -> Iterator[Result]:
    """In which order one event reaches the neurons, all of which it makes fire."""
    bench.configure(
        {
            _CORE: CoreSetup(
                shape=(_CHANNELS, _SIDE, _SIDE),
                kernel=_SIDE,
                weight=100,
                threshold_high=100,
                monitored=True,
            )
        }
    )
    bench.read(_CORE, [0])  # drops what spikes there may have been
    orders = []
    for _ in range(_EVENTS):
        bench.play(_CORE, at=_SIDE - 1)
        orders.append(bench.fired())
    if any(sorted(set(order)) != sorted(order) or len(order) != _NEURONS for order in orders):
        yield unsettled("sweep", f"An event did not make each of {_NEURONS} neurons fire once.")
        return
    yield finding(
        "sweep",
        _sweep(orders),
        f"{_EVENTS} events each made {_CHANNELS} channels of {_SIDE} x {_SIDE} neurons fire; the "
        f"first in the order {', '.join(map(str, orders[0]))} (channel, y, x).",
    )


def _sweep(orders: Sequence[Sequence[Neuron]]) -> str:
    if any(order != orders[0] for order in orders):
        return "shuffled"
    channels = [channel for channel, _, _ in orders[0]]
    places = _SIDE**2
    rising = list(range(_CHANNELS))
    known = {
        tuple(rising * places): "kernel_first",
        tuple(rising[::-1] * places): "reversed",
        tuple(channel for channel in rising for _ in range(places)): "channel_first",
    }
    return known.get(tuple(channels), f"channels {', '.join(map(str, channels))}")


def measure_decimator_intervals(bench: Workbench) -> Iterator[Result]:
    """Of how many spikes one passes by a code of which the vendor's pages say two things."""
    fires = CoreSetup(weight=100, threshold_high=100)
    decimates = attrs.evolve(fires, decimator=_CODE, destinations=(Route(_BEHIND),))
    bench.configure({_CORE: decimates, _BEHIND: attrs.evolve(fires, monitored=True)})
    bench.heard()  # drops what spikes there may have been
    bench.send(*[bench.event.Spike(layer=_CORE)] * _MANY_EVENTS)
    passed = len(bench.fired(_BEHIND))
    how = (
        f"Of {_MANY_EVENTS} spikes of core {_CORE}, {passed} passed its decimator with the code "
        f"{_CODE}, to core {_BEHIND}."
    )
    if not passed:
        yield unsettled("decimator_intervals", how)
        return
    known = {_MANY_EVENTS // 128: "table", _MANY_EVENTS // 64: "prose"}
    yield finding("decimator_intervals", known.get(passed, f"{passed} of {_MANY_EVENTS}"), how)


def measure_decimator(bench: Workbench) -> Iterator[Result]:
    """Which of the spikes of two neurons of different channels the decimator lets pass."""
    fires = CoreSetup(shape=(2, 1, 1), weight=100, threshold_high=100, monitored=True, decimator=1)
    bench.configure({_CORE: fires})
    bench.read(_CORE, [0])  # drops what spikes there may have been
    came: list[list[int]] = []
    for _ in range(_EVENTS):
        bench.play(_CORE)
        came.append([channel for channel, _, _ in bench.fired()])
    total = sum(map(len, came))
    how = (
        f"Two neurons of different channels fired at each of {_EVENTS} events, behind a decimator "
        f"that passes one of 4 spikes; by event, the monitor had those of channels {came}."
    )
    yield finding(
        "decimator_before_monitor",
        {4: True, 2 * _EVENTS: False}.get(total, f"{total} of {2 * _EVENTS}"),
        how,
    )
    if total != 4:
        for name in ("decimator_scope", "decimator_phase"):
            yield unsettled(name, "The monitor does not show what the decimator lets pass.")
        return
    both = {frozenset(one) for one in came if one} == {frozenset({0, 1})}
    first = next(number for number, one in enumerate(came, start=1) if one)
    last = {True: 4, False: 2}[both]
    yield finding("decimator_scope", "channel" if both else "core", how)
    yield finding("decimator_phase", {1: "first", last: "last"}.get(first, f"event {first}"), how)
