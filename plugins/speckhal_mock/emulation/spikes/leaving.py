"""Where a fired spike goes, in compiled code: to the host, past the decimator, to other cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.emulation.spikes import bus_tables as on
from speckhal_mock.emulation.spikes import core_tables as of
from speckhal_mock.emulation.spikes.jit import inlined
from speckhal_mock.emulation.spikes.lines import (
    OUTSIDE_THE_MAP,
    key_of,
    next_key,
    put,
    waiting,
    within_the_map,
)

if TYPE_CHECKING:
    from speckhal_mock.emulation.spikes.bus_tables import Bus
    from speckhal_mock.emulation.spikes.core_tables import CoreTables


@inlined
def log(bus: Bus, layer: int, time: int, key: int, spike: int) -> None:
    """Note a spike for the host, or for the readout; there must be room."""
    count = bus.run[on.LOGGED]
    bus.log[on.LOG_TIME, count] = time
    bus.log[on.LOG_LAYER, count] = layer
    bus.log[on.LOG_SPIKE, count] = spike
    bus.log[on.LOG_KEY, count] = key
    bus.run[on.LOGGED] = count + 1


@inlined
def retained(bus: Bus, core: int, spike: int) -> int:
    """The spike that leaves the core when this one is fired: itself, or the one kept back; -1."""
    if not bus.cores[core, on.RETAINS_LAST]:
        return spike
    before: int = bus.cores[core, on.RETAINED]
    bus.cores[core, on.RETAINED] = spike
    return before


@inlined
def passes_out(tables: CoreTables, bus: Bus, core: int, time: int, spike: int) -> bool:
    """Let the monitor see a spike that leaves the core; whether the decimator lets it go on."""
    passes = passes_decimator(tables, bus, core, spike)
    if is_shown(bus, core, passes):
        log(bus, core, time, next_key(bus, core), spike)
    return passes


@inlined
def passes_decimator(tables: CoreTables, bus: Bus, core: int, spike: int) -> bool:
    """Count a spike that leaves the core; whether the decimator lets it go on."""
    every = bus.cores[core, on.DECIMATES_TO]
    passes = True
    if every > 1:
        channel = spike >> 16 if bus.run[on.DECIMATES_BY_CHANNEL] else 0
        number = (bus.decimators[core, channel] + 1) % every
        bus.decimators[core, channel] = number
        passes = number == (1 if bus.run[on.DECIMATOR_PASSES_FIRST] else 0)
        if not passes:
            tables.counts[core, on.SPIKES_DECIMATED] += 1
    return passes


@inlined
def is_shown(bus: Bus, core: int, passes: bool) -> bool:  # noqa: FBT001
    """Whether the monitor sees a spike that passes the decimator, or does not."""
    seen = passes or bus.run[on.MONITOR_BEFORE_DECIMATOR]
    return bool(bus.cores[core, on.MONITORED] and seen)


@inlined
def makes_wait(bus: Bus, consumer: int) -> bool:
    """Whether a core has no room, so that whoever has a spike for it must wait."""
    if consumer < 0 or consumer == on.READOUT:
        return False
    depth = bus.cores[consumer, on.DEPTH]
    if depth < 0 or bus.cores[consumer, on.DROPS_WHEN_FULL]:
        return False
    return bool(waiting(bus, consumer) >= depth)


@inlined
def go(
    tables: CoreTables,
    bus: Bus,
    core: int,
    route: int,
    line: int,
    time: int,
    spike: int,
    number: int,
) -> bool:
    """Send a spike of a core to one destination; False if that core's map ends before.

    It was sent as that number; -1 for one that is sent now.
    """
    consumer = bus.cores[core, on.CONSUMER + route]
    if consumer < 0:
        return True
    shift = bus.cores[core, on.POOLING_SHIFT + route]
    channel = (spike >> 16) + bus.cores[core, on.FEATURE_SHIFT + route]
    arriving = channel << 16 | (spike >> 8 & 0xFF) >> shift << 8 | (spike & 0xFF) >> shift
    key = next_key(bus, core) if number < 0 else key_of(bus, core, number)
    if consumer == on.READOUT:
        log(bus, on.READOUT, time, key, arriving)
        return True
    taken = within_the_map(tables, bus, consumer, arriving)
    if taken == OUTSIDE_THE_MAP:
        bus.run[on.ASKING] = consumer
        # the last row or column of an odd map, when it is pooled, belongs to no place of the next
        is_odd_end = shift > 0 and channel < tables.facts[consumer, of.IN_CHANNELS]
        return bool(is_odd_end or bus.run[on.OUT_OF_RANGE_RULE] != on.REFUSE)
    put(bus, consumer, line, time, key, taken)
    return True
