"""What becomes of spikes that meet before a core, that are too many for it, or beside its map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.errors import DeviceFailed
from speckhal_characterise.core_setup import (
    SLOWEST,
    SLOWEST_AT,
    SLOWEST_OPERATIONS,
    CoreSetup,
    Route,
)
from speckhal_characterise.results import finding, unsettled
from speckhal_characterise.workbench import BURST_AT_US

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.contract.characterise import Result
    from speckhal_characterise.workbench import Workbench

_FIRST, _SECOND, _BOTH = 2, 3, 4
"""Two cores that pass spikes on to a third."""

_ROUNDS: Final = 8

_EVENTS: Final = 1000
_QUICK_EVENTS: Final = 300
_SETTLED_S: Final = 0.5

_WIDTH: Final = 3
_BESIDE: Final = 5
"""A column that the input does not have, whose lowest two bits name one that it has."""


def measure_arbitration(bench: Workbench) -> Iterator[Result]:
    """Which of two spikes a core takes first that two other cores send to it at one time."""
    relay = CoreSetup(weight=100, threshold_high=100)
    apart = CoreSetup(
        shape=(2, 1, 1),
        inputs=2,
        weight=np.array([[100, 0], [0, 100]], dtype=np.int8).reshape(2, 2, 1, 1),
        threshold_high=100,
        monitored=True,
    )
    routes = {_FIRST: (Route(_BOTH),), _SECOND: (Route(_BOTH, feature_shift=1),)}
    relays = {core: attrs.evolve(relay, destinations=to) for core, to in routes.items()}
    bench.configure({_BOTH: apart, **relays})
    bench.heard()  # drops what spikes there may have been
    spike, sent, came = bench.event.Spike, [], []
    for _ in range(_ROUNDS):
        for order in ((_FIRST, _SECOND), (_SECOND, _FIRST)):
            bench.send(*(spike(layer=core) for core in order))
            sent.append(order)
            came.append(tuple(_FIRST + channel for channel, _, _ in bench.fired(_BOTH)))
    if any(sorted(order) != [_FIRST, _SECOND] for order in came):
        yield unsettled("arbitration", "Two spikes did not make two neurons fire, one each.")
        return
    known: dict[tuple[tuple[int, ...], ...], str] = {
        tuple(sent): "fifo",
        ((_FIRST, _SECOND),) * len(sent): "by_core",
        ((_SECOND, _FIRST),) * len(sent): "the highest core first",
    }
    yield finding(
        "arbitration",
        known.get(tuple(came), "shuffled"),
        f"Cores {_FIRST} and {_SECOND} got a spike each, at once and in turns this and that first, "
        f"{len(sent)} times, and sent one each to core {_BOTH}. It first took that of core "
        f"{', '.join(str(order[0]) for order in came)}.",
    )


def measure_queue_depth(bench: Workbench) -> Iterator[Result]:
    """How many events wait before a core, of which its congestion balancer drops the rest."""
    events = _QUICK_EVENTS if bench.quick else _EVENTS
    core = 2
    bench.configure({core: attrs.evolve(SLOWEST, drops=True)})
    spike = bench.event.Spike(layer=core, y=SLOWEST_AT, x=SLOWEST_AT, timestamp=BURST_AT_US)
    bench.launch([spike] * events)
    before, taken = -1, 0
    while before != taken:
        bench.sleep_s(_SETTLED_S)
        before, (taken,) = taken, bench.first(core)
    how = (
        f"{events} events came at once to core {core} with its congestion balancer on, each of "
        f"{SLOWEST_OPERATIONS} operations, so that they came before the first was done: {taken} "
        "were taken."
    )
    if not taken:
        yield unsettled("queue_depth", how)
    elif taken == events:
        yield finding("queue_depth", None, how, uncertainty=f"{events - 1} or more can wait")
    else:
        yield finding("queue_depth", taken - 1, how, uncertainty="one is at work, the rest wait")


def measure_outside(bench: Workbench) -> Iterator[Result]:
    """What becomes of a spike beside the map of the core that it goes to."""
    bench.configure({2: CoreSetup(shape=(1, 1, _WIDTH), weight=1)})
    how = f"A spike went to column {_BESIDE} of an input of {_WIDTH} columns: "
    try:
        bench.send(bench.event.Spike(layer=2, x=_BESIDE))
    except DeviceFailed as error:
        if not bench.answers():
            raise
        yield finding("out_of_range_event", "error", f"{how}{error.__cause__ or error}")
        return
    v_mem = bench.read(2, range(_WIDTH)).tolist()
    wrapped = [int(column == _BESIDE % 4) for column in range(_WIDTH)]
    known = {(0,) * _WIDTH: "drop", tuple(wrapped): "wrap"}
    yield finding(
        "out_of_range_event",
        known.get(tuple(v_mem), f"states {', '.join(map(str, v_mem))}"),
        f"{how}the neurons were at {', '.join(map(str, v_mem))} then, of 1 for a spike.",
    )
