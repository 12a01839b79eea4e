"""Spikes between cores on a board, against an oracle that was written apart from it."""

from __future__ import annotations

import re

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.core import Destination
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.emulation.leak_rule import LeakRule, tick
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.emulation.spike_rule import take_event
from speckhal_samna.speck_facts import CORE_MEMORIES
from spike_boards import board_of, board_with, changed, config_of, fed, seen_on, settled, states
from spike_oracle import Oracle, random_net, rule_of
from spike_trains import spikes_for

seeds = st.integers(0, 2**32 - 1)
timings = st.sampled_from(
    [
        {},
        {"queue_depth": 1},
        {"queue_depth": 3, "core_operations_per_s": 3_000_000},
        {
            "event_s": 0.0,
            "core_operations_per_s": None,
            "core_0_operations_per_s": None,
            "core_1_operations_per_s": None,
        },
    ]
)


@settings(max_examples=60)
@given(seed=seeds, loops=st.booleans(), options=timings)
def test_every_spike_goes_where_and_when_the_oracle_says(
    seed: int, *, loops: bool, options: dict[str, object]
) -> None:
    configs = random_net(seed, loops=loops)
    # what waits for room is another test's
    if "queue_depth" in options:
        configs = {i: changed(config, drops_when_congested=True) for i, config in configs.items()}
    board, clock = board_of(configs, **options)
    oracle = Oracle(configs, board.options)
    spikes = spikes_for(configs, seed, 60)
    began = clock.now_ns()
    for stamp, core, *place in spikes:
        oracle.give(began + stamp * 1000, core, (place[0], place[1], place[2]))
    assume(oracle.run())
    fed(board, clock, spikes)

    for index, expected in oracle.cores.items():
        np.testing.assert_array_equal(states(board, index), expected.v_mem)
        activity = board.activity()[index]
        assert (activity.events, activity.dropped) == (expected.taken, expected.dropped)
    assert seen_on(board) == [((when - began) // 1000, *rest) for when, *rest in oracle.seen]


@settings(max_examples=30)
@given(seed=seeds)
def test_events_in_two_parts_are_events_in_one(seed: int) -> None:
    configs = random_net(seed)
    spikes = spikes_for(configs, seed, 40)
    whole, whole_clock = board_of(configs)
    parts, parts_clock = board_of(configs)
    fed(whole, whole_clock, spikes)
    board_parts = (spikes[:17], spikes[17:])
    for part in board_parts:
        rows = np.array(part, dtype=np.int64).T
        parts.play_spikes(rows[1], rows[0], *rows[2:])
        parts_clock.sleep_s(7e-6)
        parts.catch_up()
    settled(parts, parts_clock)

    assert parts.activity() == whole.activity()
    assert seen_on(parts) == seen_on(whole)


@settings(max_examples=20)
@given(seed=seeds, depth=st.integers(1, 5))
def test_waiting_for_room_moves_spikes_in_time_and_nothing_else(seed: int, depth: int) -> None:
    # one after the other: where lines meet, waiting changes who comes first
    chance = np.random.default_rng(seed)
    cores = chance.permutation(9)[:4].tolist()
    configs = {
        core: config_of(
            chance.integers(-60, 90, (2, 2, 3, 3)),
            (6, 6),
            padding=(1, 1),
            destinations=() if after is None else (Destination(after),),
        )
        for core, after in zip(cores, [*cores[1:], None], strict=True)
    }
    spikes = [(stamp, cores[0], *place) for stamp, _, *place in spikes_for(configs, seed, 50)]
    boards = [board_of(configs, queue_depth=each) for each in (None, depth)]
    for board, clock in boards:
        fed(board, clock, spikes)
    (free, _), (narrow, _) = boards

    for core in cores:
        np.testing.assert_array_equal(states(narrow, core), states(free, core))
        in_core = [
            [spike[1:] for spike in seen_on(board) if spike[1] == core] for board in (free, narrow)
        ]
        assert in_core[0] == in_core[1]
        assert narrow.activity()[core].longest_queue <= depth + 1
    assert not narrow.stuck_cores


def test_a_core_that_had_to_wait_goes_on_where_it_was() -> None:
    # core 2 is busy for 9 ms, two can wait before it, and core 0 does an operation in 2 ms
    front = config_of(np.full((4, 1, 1, 1), 127), (5, 5), destinations=(Destination(2),))
    behind = config_of(np.ones((1, 4, 3, 3)), (3, 3), monitor_enable=False)
    rates = {"core_0_operations_per_s": 500, "core_operations_per_s": 1000, "event_s": 0.0}
    board, clock = board_of({0: front, 2: behind}, queue_depth=2, **rates)
    fed(board, clock, [(0, 2, 0, 2, 2), (0, 0, 0, 0, 0), (0, 0, 0, 4, 4)])

    stamps_ms = [spike[0] / 1000 for spike in seen_on(board)]
    assert stamps_ms == [2, 4, 9, 11, 13, 15, 17, 19]
    assert board.activity()[0].stalled_s == pytest.approx(3e-3)
    assert board.activity()[2].longest_queue == 2


@pytest.mark.parametrize(("arbitration", "first"), [("fifo", 7), ("by_core", 3)])
def test_what_comes_at_once_is_taken_as_it_was_sent_or_by_the_cores_number(
    arbitration: str, first: int
) -> None:
    # each makes the neuron of core 5 fire, or keeps it from firing, so that the order shows
    producers = {
        core: config_of(
            np.full((1, 1, 1, 1), 127), (1, 1), destinations=(Destination(5, feature_shift=shift),)
        )
        for core, shift in ((3, 0), (7, 1))
    }
    both = config_of([[[[100]], [[-100]]]], (1, 1), threshold_high=60, monitor_enable=False)
    board, clock = board_of(producers | {5: both}, arbitration=arbitration)
    fed(board, clock, [(0, 7, 0, 0, 0), (0, 3, 0, 0, 0)])

    fired = board.activity()[5].spikes
    assert (fired, states(board, 5).item()) == ((1, -60) if first == 3 else (0, 0))


def test_a_circle_of_full_queues_is_a_dead_lock_that_a_configuration_ends() -> None:
    echo = config_of(np.full((2, 2, 1, 1), 127), (1, 1), destinations=(Destination(1),) * 2)
    back = changed(echo, destinations=(Destination(0), Destination(0)))
    board, clock = board_of({0: echo, 1: back}, queue_depth=2)
    board.play_spikes(0, 0, 0, 0, 0)
    clock.sleep_s(1)
    board.catch_up()

    assert board.stuck_cores == (0, 1)
    assert board.is_quiet  # nothing will ever come
    before = len(seen_on(board))
    clock.sleep_s(1)
    board.catch_up()
    assert len(seen_on(board)) == before
    board.apply_configuration([echo, None] + [None] * 7)
    assert not board.stuck_cores


def test_a_circle_of_cores_that_take_no_time_does_not_hang() -> None:
    rates: dict[str, object] = {"core_0_operations_per_s": None, "event_s": 0.0}
    echo = config_of([[[[127]]]], (1, 1), monitor_enable=False, destinations=(Destination(0),))
    board, _ = board_of({0: echo}, **rates)
    board.play_spikes(0, 0, 0, 0, 0)
    with pytest.raises(NotEmulatedError, match="a circle of cores that take no time") as refusal:
        board.catch_up()
    named = set(re.findall(r"\w+_s\b", str(refusal.value)))
    assert len(named) == 4
    assert named <= set(attrs.fields_dict(EmulationOptions))


def test_a_circle_of_cores_that_take_their_time_goes_on_for_ever() -> None:
    echo = config_of([[[[127]]]], (1, 1), destinations=(Destination(4),))
    board, clock = board_of({4: echo})
    board.play_spikes(4, 0, 0, 0, 0)
    clock.sleep_s(1e-3)
    assert not board.is_quiet
    assert len(seen_on(board)) == 1_000_000 // 133


def test_a_core_that_never_catches_up_is_refused_in_time_and_the_board_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("speckhal_mock.emulation.spikes.bus_tables.MOST_WAITING", 1 << 12)
    burst = config_of(np.full((4, 4, 1, 1), 127), (1, 1), destinations=(Destination(2),))
    board, clock = board_of({2: burst})
    board.play_spikes(2, 0, 0, 0, 0)
    clock.sleep_s(1)
    for _ in range(2):
        with pytest.raises(NotEmulatedError, match="spikes wait for one core: it gets more than"):
            board.catch_up()
    board.apply_configuration([None] * 9)
    assert board.is_quiet


def test_a_tick_may_let_a_whole_core_fire() -> None:
    leaking = config_of(
        np.full((8, 1, 1, 1), 1),
        (64, 64),
        leak_enable=True,
        biases=np.full(8, 127, np.int16),
        destinations=(Destination(5, pooling=4),),
    )
    behind = config_of(np.full((1, 8, 1, 1), 1), (16, 16), monitor_enable=False)
    board, clock = board_of({2: leaking, 5: behind}, core_operations_per_s=None)
    board.pulse_slow_clk()
    settled(board, clock)

    assert len(seen_on(board)) == 8 * 64 * 64
    assert set(states(board, 5).ravel().tolist()) == {(8 * 16) % 127}


def test_spikes_that_come_one_by_one_are_those_that_come_at_once() -> None:
    configs = random_net(11)
    spikes = spikes_for(configs, 11, 60)
    whole, whole_clock = board_of(configs)
    fed(whole, whole_clock, spikes)
    single, single_clock = board_of(configs)
    for stamp, core, *place in spikes:
        single.play_spikes(core, stamp, *place)
    settled(single, single_clock)

    assert seen_on(single) == seen_on(whole)
    assert single.activity() == whole.activity()


def test_a_dead_lock_of_some_cores_lets_others_go_on_in_their_time() -> None:
    # what is behind a dead lock depends on the moments at which somebody looks at the board
    stuck = config_of(np.full((2, 2, 1, 1), 127), (1, 1), destinations=(Destination(3),) * 2)
    alive = config_of([[[[100]]]], (1, 1), leak_enable=True, biases=np.array([-60], np.int16))
    seen = []
    for steps in (1, 500):
        board, clock = board_of({3: stuck, 5: alive}, queue_depth=1, io_write_s=0.0)
        board.set_slow_clk(enable=True)
        board.stop_watch.start()
        stamps = [0, *range(10_250, 40_000, 5_000)]
        board.play_spikes([3] + [5] * (len(stamps) - 1), stamps, 0, 0, 0)
        for _ in range(steps):
            clock.sleep_s(0.05 / steps)
            board.catch_up()
        board.set_slow_clk(enable=False)
        seen.append((seen_on(board), states(board, 5).item()))

    assert seen[0] == seen[1]


def test_a_chip_may_have_another_number_of_cores() -> None:
    config = config_of([[[[127]]]], (1, 1))
    board, clock = board_with(CORE_MEMORIES.value[:5], {0: config, 4: config})
    fed(board, clock, [(0, 0, 0, 0, 0), (5, 4, 0, 0, 0)])

    assert [spike[1] for spike in seen_on(board)] == [0, 4]
    assert len(board.activity()) == 5


def test_the_queue_of_a_congested_core_drops_and_that_is_counted() -> None:
    slow = config_of([[[[1]]]], (1, 1), drops_when_congested=True)
    board, clock = board_of({2: slow}, queue_depth=4, core_operations_per_s=1000)
    board.play_spikes([2] * 10, 0, 0, 0, 0)
    settled(board, clock)

    activity = board.activity()[2]
    assert (activity.events, activity.dropped) == (5, 5)
    assert activity.longest_queue == 4
    assert activity.busy_s == pytest.approx(5 * (1e-3 + 1e-7))


@pytest.mark.parametrize(
    ("options", "passing"),
    [
        ({}, [3, 7]),
        ({"decimator_phase": "first"}, [0, 4, 8]),
        ({"decimator_before_monitor": False}, list(range(9))),
    ],
)
def test_the_decimator_lets_one_of_so_many_spikes_pass(
    options: dict[str, object], passing: list[int]
) -> None:
    config = config_of([[[[127]]]], (1, 1), passes_one_spike_of=4)
    board, clock = board_of({3: config}, **options)
    fed(board, clock, [(10 * i, 3, 0, 0, 0) for i in range(9)])

    assert [spike[0] // 10 for spike in seen_on(board)] == passing
    assert board.activity()[3].decimated == (6 if "decimator_phase" in options else 7)


def test_the_decimator_may_count_each_channel() -> None:
    config = config_of(np.full((2, 1, 1, 1), 127), (1, 1), passes_one_spike_of=4)
    for scope, channels in (("core", [1] * 3), ("channel", [0, 1])):
        board, clock = board_of({3: config}, decimator_scope=scope)
        fed(board, clock, [(10 * i, 3, 0, 0, 0) for i in range(6)])
        assert [spike[2] for spike in seen_on(board)] == channels


@pytest.mark.parametrize(("rule", "events"), [("drop", 0), ("wrap", 1)])
def test_an_event_outside_a_map_is_dropped_or_wrapped_where_that_is_assumed(
    rule: str, events: int
) -> None:
    board, clock = board_of({3: config_of([[[[1]]]], (4, 4))}, out_of_range_event=rule)
    fed(board, clock, [(0, 3, 0, 5, 1)])

    assert (board.activity()[3].events, board.activity()[3].outside) == (events, 1)
    assert states(board, 3)[0, 1, 1] == events


def test_an_event_outside_a_map_is_an_error_of_who_sends_it() -> None:
    board, _ = board_of({3: config_of([[[[1]]]], (4, 4))})
    for place, sentence in (
        ((3, 0, 0, 4, 0), r"to y 4 of core 3, whose input has y 0\.\.3"),
        ((3, 0, 1, 0, 0), r"to feature 1 of core 3"),
        ((4, 0, 0, 0, 0), "core 4, which is not in use"),
        ((9, 0, 0, 0, 0), "layer 9; it must be a core"),
        ((13, 0, 5, 0, 0), "layer 13; it must be a core, .* It takes events of pixels, DvsEvent"),
    ):
        with pytest.raises(ValueError, match=sentence):
            board.play_spikes(*place)
    assert board.is_quiet


@pytest.mark.parametrize("rule", ["error", "drop", "wrap"])
@pytest.mark.parametrize("layer", [3, 12])
def test_a_place_that_an_event_has_no_bits_for_is_an_error_of_who_sends_it(
    layer: int, rule: str
) -> None:
    board, clock = board_of({3: config_of([[[[127]], [[127]]]], (4, 4))}, out_of_range_event=rule)
    for c, y, x, sentence in (
        (0, 259, 0, rf"to y 259 of layer {layer}; an event has bits for y 0\.\.255"),
        (0, 0, 256, "to x 256 of"),
        (1 << 16, 0, 0, "to feature 65536 of"),
        (-1, 0, 0, "to feature -1 of"),
        (0, -1, 0, "to y -1 of"),
        (0, 0, -1, "to x -1 of"),
    ):
        with pytest.raises(ValueError, match=sentence):
            board.play_spikes(layer, 0, c, y, x)
    settled(board, clock)
    assert not seen_on(board)


def test_a_burst_before_a_slow_core_loses_nothing_however_long_the_line_gets() -> None:
    every = np.full((300, 1, 1, 1), 127)
    front = config_of(every, (1, 1), destinations=(Destination(3),), monitor_enable=False)
    some = (np.arange(300) < 100).reshape(1, 300, 1, 1)
    behind = config_of(some, (1, 1), threshold_high=2**15 - 1)
    board, clock = board_of({2: front, 3: behind}, core_operations_per_s=100_000_000)
    fed(board, clock, [(0, 2, 0, 0, 0)] * 90)
    assert board.activity()[3].events == 90 * 300
    assert states(board, 3)[0, 0, 0] == 90 * 100


@pytest.mark.parametrize("queue_depth", [None, 5])
@pytest.mark.parametrize(
    ("pooling", "feature_shift", "refused"),
    [(2, 0, False), (4, 0, False), (2, 1, True), (1, 0, True)],
)
def test_only_the_pooled_end_of_an_odd_map_comes_to_nothing_where_no_more_is_known(
    queue_depth: int | None,
    pooling: int,
    feature_shift: int,
    refused: bool,  # noqa: FBT001
) -> None:
    to = Destination(3, pooling=pooling, feature_shift=feature_shift)
    front = config_of([[[[127]]]], (5, 5), destinations=(to,))
    behind = config_of([[[[1]]]], (4 // pooling if pooling < 4 else 1,) * 2)
    board, clock = board_of({2: front, 3: behind}, queue_depth=queue_depth)
    if refused:
        with pytest.raises(NotEmulatedError, match="outside the input map of core 3"):
            fed(board, clock, [(0, 2, 0, 4, 4)])
        return
    fed(board, clock, [(0, 2, 0, 4, 4)])
    assert (board.activity()[3].events, board.activity()[3].outside) == (0, 1)


def test_cores_0_and_1_may_keep_their_last_spike() -> None:
    config = config_of([[[[127]]]], (1, 1))
    board, clock = board_of({1: config, 2: config}, retained_last_spike=True)
    fed(board, clock, [(10 * i, core, 0, 0, 0) for i in range(3) for core in (1, 2)])

    assert [spike[1] for spike in seen_on(board)].count(1) == 2
    assert [spike[1] for spike in seen_on(board)].count(2) == 3


def test_the_first_event_after_a_write_may_be_lost() -> None:
    board, clock = board_of({2: config_of([[[[1]]]], (1, 1))}, lost_event_after_write=True)
    board.write_neurons(2, [0], [5])
    fed(board, clock, [(10 * i, 2, 0, 0, 0) for i in range(3)])

    assert states(board, 2).item() == 7
    assert board.activity()[2].lost == 1


@pytest.mark.parametrize(("order", "left"), [("tick_first", 90), ("event_first", -50)])
def test_a_tick_falls_before_or_after_the_events_of_its_moment(order: str, left: int) -> None:
    # 40 + 100 reaches the threshold of 127 if the tick has not yet taken 50 away
    config = config_of(
        [[[[100]]]],
        (1, 1),
        leak_enable=True,
        return_to_zero=True,
        biases=np.array([-50], np.int16),
        initial_v_mem=np.full((1, 1, 1), 40, np.int16),
    )
    board, clock = board_of({2: config}, leak_vs_event=order, io_write_s=0.0)
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    board.play_spikes(2, 1000, 0, 0, 0)
    clock.sleep_s(1.5e-3)
    board.set_slow_clk(enable=False)

    assert states(board, 2).item() == left


@settings(max_examples=20)
@given(seed=seeds)
def test_ticks_among_events_leave_what_both_do_one_after_the_other(seed: int) -> None:
    chance = np.random.default_rng(seed)
    bias = int(chance.integers(-20, 20))
    config = config_of(
        chance.integers(-60, 90, (2, 1, 3, 3)),
        (4, 4),
        padding=(1, 1),
        leak_enable=True,
        biases=np.full(2, bias, np.int16),
    )
    rule = LeakRule(threshold_high=127, threshold_low=-127, return_to_zero=False)
    board, clock = board_of({5: config}, io_write_s=0.0)
    board.set_slow_clk_rate(10_000)
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    v_mem = config.initial_v_mem.copy()
    spikes = [(int(at), 5, 0, *map(int, chance.integers(0, 4, 2))) for at in range(50, 2000, 97)]
    fed(board, clock, spikes)
    ticks = 0
    for stamp, _, *place in spikes:
        while (ticks + 1) * 100 <= stamp:
            v_mem, ticks = tick(v_mem, bias, rule)[0].astype(np.int16), ticks + 1
        take_event(rule_of(config, board.options), config.weights, v_mem, (0, place[1], place[2]))
    while ticks < board.ticks():
        v_mem, ticks = tick(v_mem, bias, rule)[0].astype(np.int16), ticks + 1
    board.set_slow_clk(enable=False)

    assert board.ticks() == ticks
    np.testing.assert_array_equal(states(board, 5), v_mem)


def test_an_event_brings_the_tick_at_which_a_neuron_fires_nearer() -> None:
    # without it the 127th tick makes it fire; with 120 more after 5 ticks, the 7th
    config = config_of([[[[120]]]], (1, 1), leak_enable=True, biases=np.array([1], np.int16))
    board, clock = board_of({2: config}, io_write_s=0.0)
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    assert board.next_due_ns() == clock.now_ns() + 127_000_000
    board.play_spikes(2, 5_500, 0, 0, 0)
    clock.sleep_s(0.02)
    board.catch_up()

    assert [spike[0] for spike in seen_on(board)] == [7_000]


def test_spikes_of_ticks_go_on_to_the_next_core() -> None:
    leaking = config_of(
        np.full((1, 1, 1, 1), 1),
        (2, 2),
        leak_enable=True,
        biases=np.array([127], np.int16),
        destinations=(Destination(6, pooling=2),),
    )
    behind = config_of([[[[30]]]], (1, 1))
    board, clock = board_of({2: leaking, 6: behind})
    board.pulse_slow_clk()
    settled(board, clock)

    assert len(seen_on(board)) == 4
    assert states(board, 6).item() == 4 * 30


@pytest.mark.parametrize("chip_rule", ["fifo", "by_core", "shuffled"])
def test_every_order_of_what_comes_at_once_keeps_all_of_it(chip_rule: str) -> None:
    configs = random_net(3)
    board, clock = board_of(configs, arbitration=chip_rule, order_seed=5, sweep="shuffled")
    spikes = [(0, *spike[1:]) for spike in spikes_for(configs, 3, 40)]
    fed(board, clock, spikes)

    assert sum(activity.events for activity in board.activity()) >= 40
