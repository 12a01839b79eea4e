"""What one core does next, in compiled code: begin an event, or let go of a spike that had to wait.

An event takes its overhead, and its operations at the core's rate; a spike leaves when the
operation that caused it is done (the model of three numbers that follows from the published delays
of the chip; each is an option of the emulation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.emulation.spikes import bus_tables as on
from speckhal_mock.emulation.spikes import core_tables as of
from speckhal_mock.emulation.spikes.jit import inlined
from speckhal_mock.emulation.spikes.kernel import take_event
from speckhal_mock.emulation.spikes.leaving import (
    go,
    is_shown,
    log,
    makes_wait,
    passes_decimator,
    passes_out,
    retained,
)
from speckhal_mock.emulation.spikes.lines import drop_first, key_of, line_of, place_of, take
from speckhal_mock.emulation.spikes.sweep_order import order_fired

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.spikes.bus_tables import Bus
    from speckhal_mock.emulation.spikes.core_tables import CoreTables

    Table = npt.NDArray[np.int64]


@inlined
def plan(bus: Bus, core: int, now: int) -> None:
    """Note when a core next does something, and whose turn it is if others do so then.

    What leaves at a moment has left before an event begins, which may be one that it comes with.
    """
    bus.cores[core, on.TURN] = bus.cores[core, on.HEAD_KEY]
    if bus.cores[core, on.HELD_COUNT] > 0:
        first, route = bus.cores[core, on.HELD_FIRST], bus.cores[core, on.HELD_ROUTE]
        by_itself = bus.held[on.HELD_TIME, core, first] + bus.cores[core, on.HELD_LATE_NS]
        blocked = _must_wait(bus, core, first, route)
        bus.cores[core, on.NEXT] = on.NEVER if blocked else max(by_itself, now)
        number = bus.held[on.HELD_NUMBER, core, first] + 1 + route
        bus.cores[core, on.TURN] = key_of(bus, core, number) - on.BEFORE_EVENTS
    elif bus.cores[core, on.HEAD_TIME] == on.NEVER:
        bus.cores[core, on.NEXT] = on.NEVER
    else:
        bus.cores[core, on.NEXT] = max(bus.cores[core, on.HEAD_TIME], bus.cores[core, on.FREE_AT])


@inlined
def _must_wait(bus: Bus, core: int, held: int, route: int) -> bool:
    """Whether a spike that a core holds has no room at one of its destinations."""
    if bus.held[on.HELD_SPIKE, core, held] & on.FOR_THE_HOST_ALONE:
        return False
    return makes_wait(bus, bus.cores[core, on.CONSUMER + route])


@inlined
def _plan_consumers(bus: Bus, core: int, now: int) -> None:
    """Plan those cores that a core may just have sent something to."""
    for route in range(2):
        consumer = bus.cores[core, on.CONSUMER + route]
        if consumer >= 0 and consumer != on.READOUT:
            plan(bus, consumer, now)


@inlined
def _lack_of_room(bus: Bus, core: int, spikes: int, of_ticks: bool) -> int:  # noqa: FBT001
    """Whether log and lines have room for that many spikes of a core; DONE if they have."""
    if bus.run[on.LOGGED] + 3 * spikes > bus.log.shape[1]:
        bus.run[on.ASKING] = 3 * spikes
        return on.LOG_FULL
    for route in range(2):
        line = line_of(bus, core, route, of_ticks)
        if bus.cores[core, on.CONSUMER + route] < 0:
            continue
        if bus.line_ends[line, on.COUNT] + spikes > bus.line_ends[line, on.ROOM]:
            bus.run[on.ASKING] = line
            return on.LINE_FULL
    return on.DONE


@inlined
def release(tables: CoreTables, bus: Bus, core: int, now: int) -> int:
    """Send the spike that has waited longest to its next destination."""
    lack = _lack_of_room(bus, core, 1, False)
    if lack != on.DONE:
        return lack
    first, route = bus.cores[core, on.HELD_FIRST], bus.cores[core, on.HELD_ROUTE]
    if _must_wait(bus, core, first, route):  # others came first
        plan(bus, core, now)
        return on.DONE
    late = now - bus.held[on.HELD_TIME, core, first] - bus.cores[core, on.HELD_LATE_NS]
    bus.cores[core, on.HELD_LATE_NS] += late
    tables.counts[core, on.STALLED_NS] += late
    goes_on = not bus.held[on.HELD_SPIKE, core, first] & on.FOR_THE_HOST_ALONE
    spike = bus.held[on.HELD_SPIKE, core, first] & ~on.FOR_THE_HOST_ALONE
    number = bus.held[on.HELD_NUMBER, core, first]
    if route == 0 and is_shown(bus, core, goes_on):
        log(bus, core, now, key_of(bus, core, number), spike)
    fits = True
    if goes_on:
        line = line_of(bus, core, route, False)
        fits = go(tables, bus, core, route, line, now, spike, number + 1 + route)
    if goes_on and route == 0:
        bus.cores[core, on.HELD_ROUTE] = 1
    else:
        bus.cores[core, on.HELD_ROUTE] = 0
        bus.cores[core, on.HELD_FIRST] = first + 1
        bus.cores[core, on.HELD_COUNT] -= 1
        if bus.cores[core, on.HELD_COUNT] == 0:
            bus.cores[core, on.FREE_AT] += bus.cores[core, on.HELD_LATE_NS]
    _plan_consumers(bus, core, now)
    plan(bus, core, now)
    return on.DONE if fits else on.OUTSIDE


@inlined
def _join_queue(bus: Bus, core: int, arrival: int, start: int) -> int:
    """How many events were waiting as one arrived that begins at `start`; it joins them."""
    ends = bus.start_ends
    while ends[core, on.COUNT] > 0 and bus.starts[place_of(ends, core, 0), 0] <= arrival:
        drop_first(ends, core)
    count: int = ends[core, on.COUNT]
    full = bus.cores[core, on.DROPS_WHEN_FULL] and 0 <= bus.cores[core, on.DEPTH] <= count
    if start > arrival and not full:
        bus.starts[place_of(ends, core, count), 0] = start
        ends[core, on.COUNT] = count + 1
    return count


@inlined
def begin(tables: CoreTables, bus: Bus, core: int, start: int, fired: Table) -> int:
    """Take the event that came first, from its beginning to its end."""
    if bus.cores[core, on.OWED]:
        bus.run[on.ASKING] = core
        return on.TICKS_OWED
    if bus.start_ends[core, on.COUNT] == bus.start_ends[core, on.ROOM]:
        bus.run[on.ASKING] = core
        return on.WAITING_FULL
    if not bus.cores[core, on.HOLDS]:
        lack = _lack_of_room(bus, core, bus.cores[core, on.MOST_FIRED], False)
        if lack != on.DONE:
            return lack
    arrival = bus.cores[core, on.HEAD_TIME]
    queue = _join_queue(bus, core, arrival, start)
    spike = take(bus, core)
    bus.run[on.EVENTS] += 1
    if (
        start > arrival
        and bus.cores[core, on.DROPS_WHEN_FULL]
        and 0 <= bus.cores[core, on.DEPTH] <= queue
    ):
        tables.counts[core, on.EVENTS_DROPPED] += 1
        plan(bus, core, start)
        return on.DONE
    if start > arrival:
        tables.counts[core, on.LONGEST_QUEUE] = max(
            tables.counts[core, on.LONGEST_QUEUE], queue + 1
        )
        tables.counts[core, on.DELAY_NS] += start - arrival
        tables.counts[core, on.LONGEST_DELAY_NS] = max(
            tables.counts[core, on.LONGEST_DELAY_NS], start - arrival
        )
    fits = True
    if bus.cores[core, on.LOSES_AFTER_WRITE] and bus.cores[core, on.WRITTEN]:
        tables.counts[core, on.EVENTS_LOST] += 1
    else:
        tables.counts[core, on.EVENTS_TAKEN] += 1
        bus.cores[core, on.TOUCHED] = 1
        fits = _work(tables, bus, core, start, spike, fired)
    bus.cores[core, on.WRITTEN] = 0
    plan(bus, core, start)
    if bus.cores[core, on.DEPTH] >= 0 and not bus.cores[core, on.DROPS_WHEN_FULL]:
        for other in range(bus.cores.shape[0]):  # which may have waited for the room there is now
            if bus.cores[other, on.HELD_COUNT] > 0:
                plan(bus, other, start)
    return on.DONE if fits else on.OUTSIDE


@inlined
def _work(tables: CoreTables, bus: Bus, core: int, start: int, spike: int, fired: Table) -> bool:
    """Take an event through the kernel, and let go of what it makes fire."""
    before = tables.counts[core, of.OPERATIONS]
    count = take_event(tables, core, spike >> 16, spike >> 8 & 0xFF, spike & 0xFF, fired)
    operations = tables.counts[core, of.OPERATIONS] - before
    rate, overhead = bus.cores[core, on.OPERATIONS_PER_S], bus.cores[core, on.OVERHEAD_NS]
    if operations != bus.cores[core, on.LAST_OPERATIONS]:  # dividing is slow, and most are alike
        bus.cores[core, on.LAST_OPERATIONS] = operations
        bus.cores[core, on.LAST_TOOK_NS] = operations * on.NS_PER_S // rate if rate else 0
    service = overhead + bus.cores[core, on.LAST_TOOK_NS]
    tables.counts[core, on.BUSY_NS] += service
    bus.cores[core, on.FREE_AT] = start + service
    if count == 0:
        return True
    if bus.run[on.SWEEP]:
        channels = tables.facts[core, of.OUT_CHANNELS]
        order_fired(
            bus.run[on.SWEEP],
            fired,
            count,
            channels,
            operations // channels,
            bus.run[on.SEED],
            core,
            tables.counts[core, on.EVENTS_TAKEN],
        )
    fits, held = True, 0
    for number in range(count):
        time = start + overhead
        if rate:
            time += fired[of.FIRED_STEP, number] * on.NS_PER_S // rate
        leaving = retained(
            bus,
            core,
            fired[of.FIRED_CHANNEL, number] << 16
            | fired[of.FIRED_Y, number] << 8
            | fired[of.FIRED_X, number],
        )
        if leaving < 0:
            continue
        if bus.cores[core, on.HOLDS]:
            passes = passes_decimator(tables, bus, core, leaving)
            if passes or is_shown(bus, core, passes):
                bus.held[on.HELD_TIME, core, held] = time
                alone = 0 if passes else on.FOR_THE_HOST_ALONE
                bus.held[on.HELD_SPIKE, core, held] = leaving | alone
                bus.held[on.HELD_NUMBER, core, held] = bus.run[on.NEXT_KEY]
                bus.run[on.NEXT_KEY] += on.NUMBERS_OF_A_SPIKE
                held += 1
        elif passes_out(tables, bus, core, time, leaving):
            for route in range(2):
                line = line_of(bus, core, route, False)
                fits = go(tables, bus, core, route, line, time, leaving, -1) and fits
    bus.cores[core, on.HELD_FIRST], bus.cores[core, on.HELD_COUNT] = 0, held
    bus.cores[core, on.HELD_ROUTE], bus.cores[core, on.HELD_LATE_NS] = 0, 0
    _plan_consumers(bus, core, start)
    return fits


@inlined
def send_those_of_a_tick(tables: CoreTables, bus: Bus, core: int, now: int, spikes: Table) -> int:
    """Let go of neurons that fired at one tick, in their order; DONE, or what lacks room."""
    lack = _lack_of_room(bus, core, spikes.size, True)
    if lack != on.DONE:
        return lack
    fits = True
    tables.counts[core, on.SPIKES_OF_TICKS] += spikes.size
    for number in range(spikes.size):
        leaving = retained(bus, core, spikes[number])
        if leaving >= 0 and passes_out(tables, bus, core, now, leaving):
            for route in range(2):
                line = line_of(bus, core, route, True)
                fits = go(tables, bus, core, route, line, now, leaving, -1) and fits
    _plan_consumers(bus, core, now)
    plan(bus, core, now)
    return on.DONE if fits else on.OUTSIDE
