"""What the event loop knows besides the cores: where spikes go, and which are on their way.

A spike on its way is one whole number, `channel << 16 | y << 8 | x`, in coordinates of the map it
goes to. Each line into a core is a queue of its own, in which times never fall: one from the host,
and from each destination of each core one for spikes that events caused and one for those of ticks.
A core takes next what came first on any of its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from speckhal_mock.emulation.spikes.core_tables import KERNEL_COUNTS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

READOUT: Final = 12
NEVER: Final = 1 << 62  # later than any moment, in nanoseconds
NS_PER_S: Final = 1_000_000_000
BEFORE_EVENTS: Final = 1 << 62  # more than any key

# Lines into the cores, of which a chip has n: one into each from the host, then two for each core's
# destinations, then the same for its ticks.
LINES_PER_CORE: Final = 5

# columns of Bus.cores: what a core is set to
OPERATIONS_PER_S: Final = 0  # 0: they take no time
OVERHEAD_NS: Final = 1  # what each event takes besides
DEPTH: Final = 2  # of the queue before the core; -1: without end
DROPS_WHEN_FULL: Final = 3  # the congestion balancer; otherwise whoever sends has to wait
MONITORED: Final = 4
DECIMATES_TO: Final = 5  # one spike of that number passes; 1: all
LOSES_AFTER_WRITE: Final = 6
RETAINS_LAST: Final = 7
MOST_FIRED: Final = 8  # neurons that one event touches at most
HOLDS: Final = 9  # 1: a core that it sends to can make it wait
# for each of its two destinations, the second behind the first
CONSUMER: Final = 10  # a core, READOUT, or -1 for none
POOLING_SHIFT: Final = 12  # coordinates are shifted right by it: the logarithm of the pooling
FEATURE_SHIFT: Final = 14
# how it stands
NEXT: Final = 16  # when the core next does something; NEVER: nothing is there to do
FREE_AT: Final = 17  # when it has ended its last event
HEAD_TIME: Final = 18  # of what came first on its lines; NEVER: nothing did
HEAD_KEY: Final = 19
HEAD_LINE: Final = 20
OWED: Final = 21  # 1: ticks must be done on its neurons before the next event
TOUCHED: Final = 22  # 1: an event has come since this was last set to 0
WRITTEN: Final = 23  # 1: the host has written neurons since the last event
RETAINED: Final = 24  # the spike that is kept back; -1: none
HELD_FIRST: Final = 25  # spikes that wait for room: the first of them, how many they are,
HELD_COUNT: Final = 26
HELD_ROUTE: Final = 27  # which destination of the first one is next,
HELD_LATE_NS: Final = 28  # and how much later than by themselves they come
LAST_OPERATIONS: Final = 29  # of its last event,
LAST_TOOK_NS: Final = 30  # and how long these took
TURN: Final = 31  # of those that do something at one moment the lowest goes first
# which lines lead to it
LINE_COUNT: Final = 32
FIRST_LINE: Final = 33

# columns of Bus.run
NEXT_KEY: Final = 0
NOW: Final = 1  # the latest moment at which anything was done
LOGGED: Final = 2
INPUT_POSITION: Final = 3
ASKING: Final = 4  # the core, or the line, that a status is about
EVENTS: Final = 5  # events taken by all cores so far
ARBITRATION: Final = 6
SWEEP: Final = 7
SEED: Final = 8
OUT_OF_RANGE_RULE: Final = 9
DECIMATES_BY_CHANNEL: Final = 10
DECIMATOR_PASSES_FIRST: Final = 11
MONITOR_BEFORE_DECIMATOR: Final = 12
BEGUN: Final = 13  # how many events there were when time last went on
RUN_COLUMNS: Final = 14

FIFO, BY_CORE, SHUFFLED = 0, 1, 2
REFUSE, DROP, WRAP = 0, 1, 2

# columns of CoreTables.counts that the event loop adds to
EVENTS_TAKEN: Final = KERNEL_COUNTS
EVENTS_DROPPED: Final = KERNEL_COUNTS + 1
EVENTS_LOST: Final = KERNEL_COUNTS + 2
EVENTS_OUTSIDE: Final = KERNEL_COUNTS + 3
BUSY_NS: Final = KERNEL_COUNTS + 4
LONGEST_QUEUE: Final = KERNEL_COUNTS + 5
DELAY_NS: Final = KERNEL_COUNTS + 6
LONGEST_DELAY_NS: Final = KERNEL_COUNTS + 7
SPIKES_DECIMATED: Final = KERNEL_COUNTS + 8
SPIKES_OF_TICKS: Final = KERNEL_COUNTS + 9
STALLED_NS: Final = KERNEL_COUNTS + 10
COUNTS: Final = KERNEL_COUNTS + 11

# rows of Bus.log
LOG_TIME, LOG_LAYER, LOG_SPIKE, LOG_KEY = 0, 1, 2, 3
LOG_ROWS: Final = 4

# rows of the host's input
INPUT_TIME, INPUT_CORE, INPUT_SPIKE = 0, 1, 2
INPUT_ROWS: Final = 3

# what the event loop comes back with
DONE, LOG_FULL, LINE_FULL, WAITING_FULL, TICKS_OWED, OUTSIDE = 0, 1, 2, 3, 4, 5
ENDLESS, PAUSED = 6, 7

EVENTS_IN_ONE_GO: Final = 1 << 14
"""After these it comes back in any case, so that Python hears of an interrupt in good time."""

MOST_WAITING: Final = 1 << 23
"""No line holds more spikes: a core that far behind will never catch up with what comes."""

EVENTS_AT_ONE_MOMENT: Final = 20_000_000
"""More events than this without time going on are a circle of cores that take no time."""


# columns of Bus.lines
TIME, KEY, SPIKE = 0, 1, 2
# levels of Bus.held; of a spike the number that is kept is the first of those for its keys
HELD_TIME, HELD_SPIKE, HELD_NUMBER = 0, 1, 2
HELD_LEVELS: Final = 3
FOR_THE_HOST_ALONE: Final = 1 << 40  # in a spike that is held: the decimator keeps it back
NUMBERS_OF_A_SPIKE: Final = 3  # one for the host, and one for each destination

# columns of Bus.line_ends and of Bus.start_ends, for each ring: where in the ring its first element
# is, how many it has, where it begins in the array, and its room, a power of two
FIRST, COUNT, OFFSET, ROOM = 0, 1, 2, 3
RING_COLUMNS: Final = 4


class Bus(NamedTuple):
    """Routes between cores, and what is on them, for compiled code.

    Attributes:
        cores: (cores, FIRST_LINE + lines), how each is set, how it stands, and what leads to it.
        run: (RUN_COLUMNS,), what there is once.
        lines: (words, 3), when each spike arrives, what decides between spikes that arrive at one
            moment, and the spike; each line is a ring.
        line_ends: (lines, RING_COLUMNS), the rings.
        starts: (words, 1), when events began that were waiting; a ring for each core.
        start_ends: (cores, RING_COLUMNS), the rings.
        held: (HELD_LEVELS, cores, room), when spikes would leave that wait for room, and these,
            in coordinates of the map that they come from.
        decimators: (cores, channels), how many spikes each has counted.
        log: (LOG_ROWS, room), spikes for the host and for the readout.
    """

    cores: npt.NDArray[np.int64]
    run: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    line_ends: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    start_ends: npt.NDArray[np.int64]
    held: npt.NDArray[np.int64]
    decimators: npt.NDArray[np.int64]
    log: npt.NDArray[np.int64]
