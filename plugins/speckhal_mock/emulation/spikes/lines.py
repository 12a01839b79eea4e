"""The lines into the cores, in compiled code: what arrives, in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.emulation.spikes import bus_tables as on
from speckhal_mock.emulation.spikes import core_tables as of
from speckhal_mock.emulation.spikes.jit import inlined

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.spikes.bus_tables import Bus
    from speckhal_mock.emulation.spikes.core_tables import CoreTables

    Table = npt.NDArray[np.int64]

OUTSIDE_THE_MAP: Final = -1
_MASK: Final = 0x7FFF_FFFF


@inlined
def next_key(bus: Bus, producer: int) -> int:
    """What decides for a spike that leaves `producer` now, if others arrive when it does."""
    number: int = bus.run[on.NEXT_KEY]
    bus.run[on.NEXT_KEY] = number + 1
    return key_of(bus, producer, number)


@inlined
def key_of(bus: Bus, producer: int, number: int) -> int:
    """The key of a spike of a producer that was sent as that number."""
    if bus.run[on.ARBITRATION] == on.BY_CORE:
        return (producer + 1 << 48) + number
    if bus.run[on.ARBITRATION] == on.SHUFFLED:
        mixed: int = (number ^ bus.run[on.SEED] * 7_919) & _MASK
        mixed = (mixed ^ mixed >> 15) * 739_187_327 & _MASK
        mixed = (mixed ^ mixed >> 13) * 1_181_783_497 & _MASK
        return (mixed ^ mixed >> 16) << 31 | number & _MASK
    return number


@inlined
def _mask_of(size: int) -> int:
    mask = 1
    while mask < size:
        mask *= 2
    return mask - 1


@inlined
def within_the_map(tables: CoreTables, bus: Bus, core: int, spike: int) -> int:
    """The spike as the core takes it; OUTSIDE_THE_MAP, and counted, if its map ends before."""
    channel, y, x = spike >> 16, spike >> 8 & 0xFF, spike & 0xFF
    channels = tables.facts[core, of.IN_CHANNELS]
    height, width = tables.facts[core, of.IN_HEIGHT], tables.facts[core, of.IN_WIDTH]
    if channel < channels and y < height and x < width:
        return spike
    tables.counts[core, on.EVENTS_OUTSIDE] += 1
    if bus.run[on.OUT_OF_RANGE_RULE] == on.WRAP:
        channel, y, x = channel & _mask_of(channels), y & _mask_of(height), x & _mask_of(width)
        if channel < channels and y < height and x < width:
            return channel << 16 | y << 8 | x
    return OUTSIDE_THE_MAP


@inlined
def place_of(ends: Table, ring: int, number: int) -> int:
    """Where in its array an element of a ring is; the first has the number 0."""
    place: int = ends[ring, on.FIRST] + number & ends[ring, on.ROOM] - 1
    return int(ends[ring, on.OFFSET] + place)


@inlined
def drop_first(ends: Table, ring: int) -> None:
    """Take the first element off a ring."""
    ends[ring, on.FIRST] = ends[ring, on.FIRST] + 1 & ends[ring, on.ROOM] - 1
    ends[ring, on.COUNT] -= 1


@inlined
def line_of(bus: Bus, core: int, route: int, of_tick: bool) -> int:  # noqa: FBT001
    """The line from one of a core's destinations, for spikes of events or of ticks."""
    cores = bus.cores.shape[0]
    return int((3 * cores if of_tick else cores) + 2 * core + route)


@inlined
def put(bus: Bus, core: int, line: int, time: int, key: int, spike: int) -> None:
    """Put a spike on a line into a core; there must be room, and time must not fall."""
    count = bus.line_ends[line, on.COUNT]
    place = place_of(bus.line_ends, line, count)
    bus.lines[place, on.TIME] = time
    bus.lines[place, on.KEY] = key
    bus.lines[place, on.SPIKE] = spike
    bus.line_ends[line, on.COUNT] = count + 1
    head_time = bus.cores[core, on.HEAD_TIME]
    if count == 0 and (
        time < head_time or (time == head_time and key < bus.cores[core, on.HEAD_KEY])
    ):
        bus.cores[core, on.HEAD_TIME] = time
        bus.cores[core, on.HEAD_KEY] = key
        bus.cores[core, on.HEAD_LINE] = line


@inlined
def take(bus: Bus, core: int) -> int:
    """Take the spike that came first off its line, and find the next one."""
    line = bus.cores[core, on.HEAD_LINE]
    spike: int = bus.lines[place_of(bus.line_ends, line, 0), on.SPIKE]
    drop_first(bus.line_ends, line)
    earliest, lowest, best = on.NEVER, 0, 0
    for number in range(bus.cores[core, on.LINE_COUNT]):
        line = bus.cores[core, on.FIRST_LINE + number]
        if bus.line_ends[line, on.COUNT] > 0:
            place = place_of(bus.line_ends, line, 0)
            time, key = bus.lines[place, on.TIME], bus.lines[place, on.KEY]
            if time < earliest or (time == earliest and key < lowest):
                earliest, lowest, best = time, key, line
    bus.cores[core, on.HEAD_TIME] = earliest
    bus.cores[core, on.HEAD_KEY] = lowest
    bus.cores[core, on.HEAD_LINE] = best
    return spike


@inlined
def waiting(bus: Bus, core: int) -> int:
    """How many spikes are on the lines into a core."""
    count = 0
    for number in range(bus.cores[core, on.LINE_COUNT]):
        count += bus.line_ends[bus.cores[core, on.FIRST_LINE + number], on.COUNT]
    return count
