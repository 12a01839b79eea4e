"""The slow clock inside the chip, driven by an emulated scene and by events that are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig, Destination
from speckhal_mock.emulation.counters import InternalClock
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.sensor.pixels import Pixels
from speckhal_mock.emulation.sensor.scene import EvenScene, RecordedScene

if TYPE_CHECKING:
    from speckhal.contract.clock import VirtualClock

Sent = tuple[str, int, list[object], list[int]]
Build = Callable[..., EmulatedBoard]
Configure = Callable[..., CoreConfig]
Apply = Callable[..., None]
Read = Callable[..., list[int]]

S = 1_000_000_000
DIVIDER = 14
EVENTS_PER_TICK = 1 << DIVIDER

rates = st.integers(1, S)
dividers = st.integers(14, 17)
moments = st.integers(0, 10**15)
events = st.integers(0, 10**9)


@pytest.fixture
def sense(core_config: Configure, apply: Apply) -> Callable[..., None]:
    """Lets core 0 leak at the internal clock, and the chip take events of its sensor."""

    def apply_and_sense(
        board: EmulatedBoard, *, passes: bool = True, divider: int = DIVIDER, **changes: object
    ) -> None:
        config = core_config(leak_internal=True, **changes)
        apply(board, {0: config}, internal_clock_divider=divider, pass_sensor_events=passes)

    return apply_and_sense


def ticking(events_hz: int, at: int = 0, *, divider: int = DIVIDER) -> InternalClock:
    clock = InternalClock(Pixels(EvenScene(events_hz)), divider)
    clock.restart(at, divider=divider, sensor_on=True)
    return clock


@given(events_hz=rates, divider=dividers, start=moments, later=moments)
def test_ticks_are_whole_counts_of_events_since_the_start(
    events_hz: int, divider: int, start: int, later: int
) -> None:
    clock = ticking(events_hz, start, divider=divider)
    assert clock.count(start + later) == later * events_hz // S // 2**divider


@given(
    events_hz=rates,
    start=moments,
    wait=st.integers(0, 10**12),
    given_events=events,
    number=st.integers(1, 10**6),
)
def test_a_tick_to_come_is_counted_from_its_moment_on(
    events_hz: int, start: int, wait: int, given_events: int, number: int
) -> None:
    clock = ticking(events_hz, start)
    before = clock.count(start + wait)
    clock.give(start + wait, given_events)
    moment = clock.moment_of(before + number)
    assert moment >= start + wait
    assert clock.count(moment) >= before + number
    assert moment == start + wait or clock.count(moment - 1) == before + number - 1


@given(events_hz=rates, wait=st.integers(0, 10**12), first=events, second=events)
def test_given_events_add_up_with_each_other_and_with_the_scene(
    events_hz: int, wait: int, first: int, second: int
) -> None:
    clock = ticking(events_hz)
    clock.give(0, first)
    clock.give(wait, second)
    assert clock.count(wait) == (first + second + wait * events_hz // S) // EVENTS_PER_TICK


@given(events_hz=rates, change=moments, later=moments, divider=dividers)
def test_ticks_stay_counted_over_a_restart_and_events_do_not(
    events_hz: int, change: int, later: int, divider: int
) -> None:
    clock = ticking(events_hz)
    clock.give(change, EVENTS_PER_TICK - 1)
    before = clock.count(change)
    clock.restart(change, divider=divider, sensor_on=True)
    assert clock.count(change) == before
    assert clock.count(change + later) == before + later * events_hz // S // 2**divider


def test_without_the_sensor_or_a_scene_only_given_events_count() -> None:
    still, blind = ticking(0), InternalClock(Pixels(EvenScene(S)), DIVIDER)
    for clock in (still, blind):
        clock.give(7, EVENTS_PER_TICK)
        assert not clock.running
        assert clock.count(10**18) == 1
        assert clock.moment_of(1) == 7
        assert clock.coming(2) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event_rate_hz=st.integers(0, 10**6), divider=dividers, waits=st.lists(moments, max_size=5))
def test_leak_follows_the_events_of_the_scene(
    build: Build,
    sense: Callable[..., None],
    read: Read,
    clock: VirtualClock,
    event_rate_hz: int,
    divider: int,
    waits: list[int],
) -> None:
    board = build(dvs_event_rate_hz=event_rate_hz)
    sense(board, divider=divider, bias=-1, v_mem=32767, threshold_low=-32768, threshold_high=32767)
    applied = clock.now_ns()
    for wait in [0, *waits]:
        clock.advance_ns(wait)
        v_mem = read(board)[0]
        ticks = (clock.now_ns() - applied) * event_rate_hz // S // 2**divider
        assert v_mem == max(32767 - ticks, -32768)


def test_a_million_seconds_at_the_highest_rate_cost_no_more_than_one(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build(dvs_event_rate_hz=S)
    sense(board)
    clock.sleep_s(1e6)
    assert board.internal_ticks() == 10**15 // EVENTS_PER_TICK
    assert read(board) == [-127] * 4


def test_the_clock_counts_the_events_of_a_recording_and_stands_still_after_it(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build()
    t = np.arange(2 * EVENTS_PER_TICK + 1) * 100
    board.show(RecordedScene(t, t % 128, t % 128, t % 2))
    sense(board)
    assert board.next_due_ns() is None
    clock.sleep_s((t[EVENTS_PER_TICK] + 1) * 1e-6)
    assert board.internal_ticks() == 1
    clock.sleep_s(10)
    assert board.internal_ticks() == 2
    assert read(board) == [127 - 2 * 13] * 4


def test_the_clock_counts_no_events_of_pixels_that_are_switched_off(
    build: Build, sense: Callable[..., None], clock: VirtualClock
) -> None:
    board = build(dvs_event_rate_hz=2 * EVENTS_PER_TICK, read_latency_s=0.0)
    sense(board)
    y, x = np.divmod(np.arange(EVENTS_PER_TICK // 2), 128)
    board.kill_pixels(y, x)
    clock.sleep_s(4.01)
    board.catch_up()
    assert board.internal_ticks() == 4
    board.revive_pixels()
    clock.sleep_s(4)
    board.catch_up()
    assert board.internal_ticks() == 12


def test_events_that_are_not_passed_on_do_not_count(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build(dvs_event_rate_hz=10 * EVENTS_PER_TICK)
    sense(board, passes=False)
    clock.sleep_s(1)
    assert board.internal_ticks() == 0
    assert read(board) == [127] * 4


def test_events_that_are_not_passed_on_count_if_so_assumed(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build(dvs_event_rate_hz=10 * EVENTS_PER_TICK, dropped_dvs_events_count=True)
    sense(board, passes=False)
    clock.sleep_s(0.35)
    assert board.internal_ticks() == 3
    assert read(board) == [127 - 3 * 13] * 4


def test_the_sensor_is_off_before_a_configuration_and_after_a_reset(
    build: Build, sense: Callable[..., None], clock: VirtualClock
) -> None:
    board = build(dvs_event_rate_hz=EVENTS_PER_TICK, dropped_dvs_events_count=True)
    clock.sleep_s(100)
    assert board.internal_ticks() == 0
    sense(board)
    clock.sleep_s(3)
    board.reset_board()
    clock.sleep_s(100)
    assert board.internal_ticks() == 3


def test_given_events_bring_the_next_tick_of_the_scene_forward(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build(dvs_event_rate_hz=EVENTS_PER_TICK)
    sense(board)
    clock.sleep_s(0.25)
    board.dvs_events(EVENTS_PER_TICK // 2)
    assert read(board) == [127] * 4
    clock.sleep_s(0.25)
    assert read(board) == [114] * 4
    clock.sleep_s(0.99)
    assert read(board) == [114] * 4
    clock.sleep_s(0.01)
    assert read(board) == [101] * 4


def test_the_two_clocks_go_on_side_by_side_and_only_one_is_heard(
    build: Build,
    sense: Callable[..., None],
    core_config: Configure,
    apply: Apply,
    clock: VirtualClock,
    read: Read,
) -> None:
    board = build(dvs_event_rate_hz=2 * EVENTS_PER_TICK, apply_s=0.0, io_write_s=0.0)
    board.set_slow_clk_rate(5)
    board.set_slow_clk(enable=True)
    sense(board)
    clock.sleep_s(1.05)
    assert (board.internal_ticks(), board.ticks()) == (2, 5)
    assert read(board) == [127 - 2 * 13] * 4
    apply(board, {0: core_config()}, internal_clock_divider=DIVIDER, pass_sensor_events=True)
    clock.sleep_s(1)
    assert read(board) == [127 - 5 * 13] * 4
    sense(board)
    clock.sleep_s(1)
    assert read(board) == [127 - 2 * 13] * 4


def test_the_external_clock_can_be_changed_while_the_internal_one_is_heard(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build(dvs_event_rate_hz=10 * EVENTS_PER_TICK, io_write_s=0.0)
    sense(board)
    changes: list[Callable[[], None]] = [
        lambda: board.set_slow_clk(enable=True),
        lambda: board.set_slow_clk_rate(7),
        board.pulse_slow_clk,
        lambda: board.set_slow_clk(enable=False),
    ]
    for change in changes:
        clock.sleep_s(0.15)
        change()
    assert read(board) == [127 - 6 * 13] * 4


def test_spikes_come_at_the_moments_of_their_events(
    build: Build, sense: Callable[..., None], clock: VirtualClock, received: list[Sent]
) -> None:
    board = build(dvs_event_rate_hz=4 * EVENTS_PER_TICK)
    sense(board, shape=(1, 1, 1), bias=64, v_mem=0, monitor_enable=True)
    board.stop_watch.start()
    assert board.next_due_ns() == clock.now_ns() + S // 2
    clock.sleep_s(1.6)
    board.catch_up()
    assert [stamps for _, _, _, stamps in received] == [[500_000], [1_000_000], [1_500_000]]


def test_given_events_make_their_ticks_at_once(
    build: Build, sense: Callable[..., None], clock: VirtualClock, received: list[Sent]
) -> None:
    board = build(dvs_event_rate_hz=EVENTS_PER_TICK)
    sense(board, shape=(1, 1, 1), bias=127, monitor_enable=True)
    board.stop_watch.start()
    clock.sleep_s(0.5)
    board.dvs_events(2 * EVENTS_PER_TICK)
    clock.sleep_s(0.5)
    board.catch_up()
    assert [stamps for _, _, _, stamps in received] == [[500_000], [500_000], [1_000_000]]


def test_a_scene_that_stands_still_foretells_nothing(
    build: Build, sense: Callable[..., None]
) -> None:
    board = build()
    sense(board, bias=127, monitor_enable=True)
    assert board.next_due_ns() is None


@pytest.mark.parametrize("events_given", [0, 3 * EVENTS_PER_TICK])
def test_a_spike_to_another_core_stops_the_board_until_a_configuration(
    build: Build,
    sense: Callable[..., None],
    clock: VirtualClock,
    read: Read,
    events_given: int,
) -> None:
    board = build(dvs_event_rate_hz=0 if events_given else 3 * EVENTS_PER_TICK)
    sense(board, bias=64, v_mem=0, destinations=(Destination(3),))
    clock.sleep_s(1)
    with pytest.raises(NotEmulatedError, match="outside the input map of core 3"):
        board.dvs_events(events_given)
    with pytest.raises(NotEmulatedError):
        board.catch_up()
    assert board.next_due_ns() == clock.now_ns()
    sense(board)
    assert read(board) == [127] * 4


def test_an_overloaded_core_misses_internal_ticks_too(
    build: Build, sense: Callable[..., None], clock: VirtualClock, read: Read
) -> None:
    board = build(dvs_event_rate_hz=8 * EVENTS_PER_TICK, max_updates_per_s=16)
    with pytest.warns(EmulationWarning, match=r"Cores \[0\] miss ticks of the slow clock at 8 Hz"):
        sense(board)
    clock.sleep_s(1)
    assert board.internal_ticks() == 8
    assert read(board) == [127 - 4 * 13] * 4
