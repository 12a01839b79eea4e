"""Who waits for room before a full core, and who goes first where several do."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from speckhal_mock.emulation.core import Destination
from spike_boards import board_of, changed, config_of, seen_on
from spike_schedules import drawn, played

SLOW = {"core_operations_per_s": 1000, "core_0_operations_per_s": 1_000_000_000}


@pytest.mark.parametrize("seed", range(0, 48, 2))
def test_a_queue_that_never_fills_is_like_one_without_end(seed: int) -> None:
    schedule = drawn(seed)
    configs = {
        core: changed(one, drops_when_congested=False) for core, one in schedule.configs.items()
    }
    known = {"arbitration": ("fifo", "by_core")[seed // 2 % 2], "leak_sweep": "at_once"}
    schedule = attrs.evolve(schedule, configs=configs, ticks=False)
    endless, deep = (
        played(
            attrs.evolve(schedule, options=schedule.options | known | {"queue_depth": depth}), ()
        )
        for depth in (None, 1_000_000)
    )
    assert deep[0] == endless[0]
    assert deep[2] == endless[2]
    assert [attrs.evolve(each, longest_queue=0) for each in deep[1]] == [
        attrs.evolve(each, longest_queue=0) for each in endless[1]
    ]


def test_a_spike_that_the_decimator_keeps_back_waits_for_nobody() -> None:
    fast = config_of([[[[127]]]], (1, 1), destinations=(Destination(2),), passes_one_spike_of=4)
    board, clock = board_of({0: fast, 2: config_of([[[[1]]]], (1, 1))}, queue_depth=1, **SLOW)
    # the 4th is at work behind, the 8th waits there, and there would be no room for the 12th
    given = np.arange(11)
    board.play_spikes(np.zeros_like(given), given, *np.zeros((3, 11), np.int64))
    clock.advance_ns(100_000)
    board.catch_up()
    done = board.activity()[0]
    assert (done.events, done.decimated, done.stalled_s) == (11, 9, 0.0)


@pytest.mark.parametrize("before", [True, False])
def test_a_monitor_sees_what_the_decimator_keeps_back_in_the_order_of_leaving(
    before: bool,  # noqa: FBT001
) -> None:
    fast = config_of([[[[127]]]], (1, 1), destinations=(Destination(2),), passes_one_spike_of=2)
    behind = config_of([[[[1]]]], (1, 1), monitor_enable=False)
    board, clock = board_of(
        {0: fast, 2: behind}, queue_depth=1, decimator_before_monitor=before, **SLOW
    )
    given = np.arange(7)  # the 2nd is at work behind, the 4th waits there, the 6th for room
    board.play_spikes(np.zeros_like(given), given, *np.zeros((3, 7), np.int64))
    clock.advance_ns(100_000)
    board.catch_up()
    stamps = [spike[0] for spike in seen_on(board)]
    assert stamps == ([1, 3] if before else [0, 1, 2, 3, 4])
    clock.advance_ns(2_000_000)
    board.catch_up()
    stamps = [spike[0] for spike in seen_on(board)]
    assert len(stamps) == (3 if before else 7)
    assert stamps[-1] > 1000


@pytest.mark.parametrize("first", [3, 5])
def test_of_two_that_wait_for_room_the_one_that_sent_first_goes_first(first: int) -> None:
    second = 8 - first
    identity = np.diag([127, 127]).reshape(2, 2, 1, 1)
    senders = {
        core: config_of(
            [[[[127]]]],
            (1, 1),
            monitor_enable=False,
            destinations=(Destination(0, feature_shift=int(core == second)),),
        )
        for core in (first, second)
    }
    slow = {"core_operations_per_s": None, "core_0_operations_per_s": 1000}
    board, clock = board_of({0: config_of(identity, (1, 1))} | senders, queue_depth=1, **slow)
    cores = np.array([first, first, first, second])
    board.play_spikes(cores, np.array([0, 10, 20, 30]), *np.zeros((3, 4), np.int64))
    clock.advance_ns(20_000_000)
    board.catch_up()
    assert [spike[2] for spike in seen_on(board)] == [0, 0, 0, 1]
