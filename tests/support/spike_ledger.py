"""The books of a board's spikes: what each core was sent is what it took, dropped, lost or has yet.

It knows what a board was given, what it sent to the host and what its counters say, and looks at
what is on its way. A spike that is lost or doubled without being counted leaves a difference.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from speckhal_mock.emulation.spikes import bus_tables as on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.core import CoreConfig


def differences(
    board: EmulatedBoard,
    configs: Mapping[int, CoreConfig],
    given: Mapping[int, int],
    seen: Mapping[int, int],
) -> list[str]:
    """What does not add up, one sentence for each; empty if all does.

    Args:
        board: with no spike waiting for its stop watch.
        configs: of its cores in use.
        given: how many spikes each core was sent from outside.
        seen: how many spikes the host got of each core.
    """
    traffic = board._flow._traffic
    assert traffic is not None
    bus, done = traffic._bus, board.activity()
    unlet = traffic._inputs[on.INPUT_CORE, bus.run[on.INPUT_POSITION] :].tolist()
    under_way = Counter(unlet)
    arrived = Counter(given)
    logged = bus.log[on.LOG_LAYER, : bus.run[on.LOGGED]].tolist()
    not_delivered = Counter(traffic._log[on.LOG_LAYER].tolist() + logged)
    problems = []
    for core, config in configs.items():
        state = bus.cores[core]
        lines = state[on.FIRST_LINE : on.FIRST_LINE + state[on.LINE_COUNT]]
        under_way[core] += int(bus.line_ends[lines, on.COUNT].sum())
        count = done[core]
        begun = int(state[on.HELD_ROUTE])  # it has gone to the first destination only
        first = int(state[on.HELD_FIRST])
        held = bus.held[on.HELD_SPIKE, core, first : first + int(state[on.HELD_COUNT])]
        alone = int(np.count_nonzero(held & on.FOR_THE_HOST_ALONE))
        left = count.spikes + count.spikes_of_ticks - (int(state[on.RETAINED]) >= 0)
        shown = left - held.size + begun
        passed = left - count.decimated - (held.size - alone) + begun
        for number, to in enumerate(config.destinations):
            arrived[to.layer] += passed - (begun if number == 1 else 0)
        if config.monitor_enable:
            expected = passed if board.options.decimator_before_monitor else shown
            found = seen.get(core, 0) + not_delivered[core]
            if found != expected:
                problems.append(f"core {core} showed {found} spikes and let go of {expected}.")
        elif seen.get(core, 0):
            problems.append(f"core {core} is not monitored and showed {seen[core]} spikes.")
    for core in configs:
        count = done[core]
        taken = count.events + count.dropped + count.lost + under_way[core]
        if board.options.out_of_range_event == "drop":
            taken += count.outside
        if taken != arrived[core]:
            problems.append(
                f"core {core} was sent {arrived[core]} spikes, and took {count.events}, dropped "
                f"{count.dropped}, lost {count.lost}, had {count.outside} outside its map, and "
                f"{under_way[core]} are under way."
            )
    return problems
