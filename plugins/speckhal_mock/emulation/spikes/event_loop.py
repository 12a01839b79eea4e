"""Nine cores and the queues between them, in compiled code: what happens next, until a moment.

A core works one event to its end before the next, and cores overlap (source: the chip's patent on
its memory mapper, WO2020207982, and the vendor's page on bandwidth). The core that begins earliest
goes first: nothing that others still send can arrive before that, so that this order is that of
time, however the cores are connected. What falls on one moment goes by its key: as it was sent, by
the core that sent it, or mixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.emulation.spikes import bus_tables as on
from speckhal_mock.emulation.spikes.core_work import begin, plan, release, send_those_of_a_tick
from speckhal_mock.emulation.spikes.jit import SOURCES, inlined, kept
from speckhal_mock.emulation.spikes.leaving import log, makes_wait
from speckhal_mock.emulation.spikes.lines import OUTSIDE_THE_MAP, next_key, put, within_the_map

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.spikes.bus_tables import Bus
    from speckhal_mock.emulation.spikes.core_tables import CoreTables

    Table = npt.NDArray[np.int64]
    RunEvents = Callable[[CoreTables, Bus, Table, int, Table], int]
    SendThoseOfATick = Callable[[CoreTables, Bus, int, int, Table], int]

_HOST = -1


def _made_run_events(sources: int) -> RunEvents:
    @kept
    def run_events(tables: CoreTables, bus: Bus, inputs: Table, until_ns: int, fired: Table) -> int:
        return _run(tables, bus, inputs, until_ns, fired) if sources else on.DONE

    return run_events


def _made_send(sources: int) -> SendThoseOfATick:
    @kept
    def send(tables: CoreTables, bus: Bus, core: int, now: int, spikes: Table) -> int:
        return send_those_of_a_tick(tables, bus, core, now, spikes) if sources else on.DONE

    return send


@inlined
def _run(tables: CoreTables, bus: Bus, inputs: Table, until_ns: int, fired: Table) -> int:
    """Do all that begins by a moment; it comes back earlier where Python must help.

    Args:
        tables: the cores.
        bus: routes between them, and what is under way.
        inputs: (INPUT_ROWS, n), spikes from outside, in the order of time.
        until_ns: the moment.
        fired: (FIRED_ROWS, room), room for what one event makes fire.

    Returns:
        DONE, or why it came back earlier: see `bus_tables`.
    """
    begun, moment = bus.run[on.BEGUN], bus.run[on.NOW]
    last = bus.run[on.EVENTS] + on.EVENTS_IN_ONE_GO
    chosen = _next_core(bus)
    while True:
        start = bus.cores[chosen, on.NEXT]
        position = bus.run[on.INPUT_POSITION]
        if position < inputs.shape[1]:
            arrival = max(inputs[on.INPUT_TIME, position], bus.run[on.NOW])
            into = inputs[on.INPUT_CORE, position]
            if arrival <= start and arrival <= until_ns and not makes_wait(bus, into):
                status = _let_in(tables, bus, into, arrival, inputs[on.INPUT_SPIKE, position])
                if status in (on.DONE, on.OUTSIDE):
                    bus.run[on.INPUT_POSITION] = position + 1
                if status != on.DONE:
                    return status
                chosen = _first_of(bus, into, chosen)  # what comes in makes no core later
                continue
        if start > until_ns or start == on.NEVER:
            return on.DONE
        if start > moment:
            begun, moment = bus.run[on.EVENTS], start
            bus.run[on.BEGUN] = begun
        elif bus.run[on.EVENTS] - begun > on.EVENTS_AT_ONE_MOMENT:
            return on.ENDLESS
        if bus.run[on.EVENTS] >= last:
            return on.PAUSED
        bus.run[on.NOW] = start
        if bus.cores[chosen, on.HELD_COUNT] > 0:
            status = release(tables, bus, chosen, start)
        else:
            status = begin(tables, bus, chosen, start, fired)
        if status != on.DONE:
            return status
        chosen = _next_core(bus)


@inlined
def _first_of(bus: Bus, one: int, other: int) -> int:
    """Which of two cores does something before the other; if both do it at once, the lower one.

    The first may be the readout, which waits for nothing.
    """
    if one == on.READOUT:
        return other
    start, its_start = bus.cores[one, on.NEXT], bus.cores[other, on.NEXT]
    key, its_key = bus.cores[one, on.TURN], bus.cores[other, on.TURN]
    is_before = (key < its_key) | ((key == its_key) & (one < other))
    is_before = (start < its_start) | ((start == its_start) & is_before)
    return one if is_before else other


@inlined
def _next_core(bus: Bus) -> int:
    """The core that does something before all others; any, if none has something to do.

    No processor can guess which one that is, so nothing here is a branch.
    """
    start, key, chosen = bus.cores[0, on.NEXT], bus.cores[0, on.TURN], 0
    for core in range(1, bus.cores.shape[0]):
        its_start, its_key = bus.cores[core, on.NEXT], bus.cores[core, on.TURN]
        is_before = (its_start < start) | ((its_start == start) & (its_key < key))
        start = its_start if is_before else start
        key = its_key if is_before else key
        chosen = core if is_before else chosen
    return chosen


@inlined
def _let_in(tables: CoreTables, bus: Bus, into: int, arrival: int, spike: int) -> int:
    """Put a spike from outside on its line."""
    if into == on.READOUT:
        if bus.run[on.LOGGED] == bus.log.shape[1]:
            bus.run[on.ASKING] = 1
            return on.LOG_FULL
        log(bus, on.READOUT, arrival, next_key(bus, _HOST), spike)
        return on.DONE
    if bus.line_ends[into, on.COUNT] == bus.line_ends[into, on.ROOM]:
        bus.run[on.ASKING] = into
        return on.LINE_FULL
    taken = within_the_map(tables, bus, into, spike)
    if taken == OUTSIDE_THE_MAP:
        bus.run[on.ASKING] = into
        return on.OUTSIDE if bus.run[on.OUT_OF_RANGE_RULE] == on.REFUSE else on.DONE
    put(bus, into, into, arrival, next_key(bus, _HOST), taken)
    if bus.cores[into, on.HELD_COUNT] == 0:  # otherwise it has other things to do first
        plan(bus, into, arrival)
    return on.DONE


RUN_EVENTS: Final = _made_run_events(SOURCES)
SEND_THOSE_OF_A_TICK: Final = _made_send(SOURCES)
