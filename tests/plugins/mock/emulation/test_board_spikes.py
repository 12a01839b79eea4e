"""Spikes that ticks cause, the internal slow clock, missed ticks, and what is not emulated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig, Destination
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError

if TYPE_CHECKING:
    from speckhal.contract.clock import VirtualClock

Sent = tuple[str, int, list[object], list[int]]
Build = Callable[..., EmulatedBoard]
Configure = Callable[..., CoreConfig]
Apply = Callable[..., None]
Read = Callable[..., list[int]]

ALL_FOUR = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)]
EVENTS_PER_TICK = 1 << 17


@pytest.mark.parametrize(("return_to_zero", "left"), [(False, 127), (True, 0)])
def test_a_bias_of_one_threshold_sends_one_spike_per_tick(
    build: Build,
    core_config: Configure,
    apply: Apply,
    read: Read,
    received: list[Sent],
    *,
    return_to_zero: bool,
    left: int,
) -> None:
    board = build()
    config = core_config(bias=127, return_to_zero=return_to_zero, monitor_enable=True)
    apply(board, {0: config})
    for _ in range(3):
        board.pulse_slow_clk()
    assert received == [("spikes", 0, ALL_FOUR, [0] * 4)] * 3
    assert read(board) == [left] * 4


def test_spikes_are_stamped_with_the_stop_watch_at_their_tick(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent], clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10)
    apply(board, {0: core_config(shape=(1, 1, 1), bias=127, monitor_enable=True)})
    board.set_slow_clk(enable=True)
    clock.sleep_s(0.15)
    board.stop_watch.start()
    clock.sleep_s(0.2)
    board.stop_watch.stop()
    clock.sleep_s(0.1)
    board.catch_up()
    stamps = [stamp for _, _, _, stamps in received for stamp in stamps]
    assert stamps == [0, 50_000, 150_000, 200_000]


def test_spikes_come_in_the_order_of_ticks_and_then_of_addresses(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent], clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10)
    states = np.array([[[27, 117]], [[117, 27]]], dtype=np.int16)
    config = core_config(shape=(2, 1, 2), bias=10, initial_v_mem=states, monitor_enable=True)
    slow = core_config(shape=(1, 1, 1), bias=1, v_mem=126, monitor_enable=True)
    apply(board, {7: slow, 2: config})
    board.stop_watch.start()
    board.set_slow_clk(enable=True)
    clock.sleep_s(1.5)
    board.catch_up()
    assert received == [
        ("spikes", 2, [(1, 0, 0), (0, 0, 1)], [100_000, 100_000]),
        ("spikes", 7, [(0, 0, 0)], [100_000]),
        ("spikes", 2, [(0, 0, 0), (1, 0, 1)], [1_000_000, 1_000_000]),
        ("spikes", 2, [(1, 0, 0), (0, 0, 1)], [1_400_000, 1_400_000]),
    ]


def test_spikes_and_answers_come_in_the_order_of_time(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent], clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10)
    apply(board, {0: core_config(shape=(1, 1, 1), bias=127, monitor_enable=True)})
    board.set_slow_clk(enable=True)
    clock.sleep_s(0.15)
    board.read_neurons(0, [0])
    clock.sleep_s(0.1)
    board.catch_up()
    assert [kind for kind, _, _, _ in received] == ["spikes", "neurons", "spikes"]


def test_a_core_that_is_not_monitored_fires_unseen(
    build: Build, core_config: Configure, apply: Apply, read: Read, received: list[Sent]
) -> None:
    board = build()
    apply(board, {0: core_config(bias=127, return_to_zero=True)})
    board.pulse_slow_clk()
    assert received == []
    assert read(board) == [0] * 4


def test_the_next_spike_is_foretold(
    build: Build, core_config: Configure, apply: Apply, clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10)
    apply(board, {0: core_config(bias=10, v_mem=0, monitor_enable=True)})
    assert board.next_due_ns() is None
    started = clock.now_ns()
    board.set_slow_clk(enable=True)
    assert board.next_due_ns() == started + 1_300_000_000
    clock.sleep_s(1.35)
    board.catch_up()
    assert board.next_due_ns() == started + 2_600_000_000
    board.write_biases(0, [0], [127])
    assert board.next_due_ns() == started + 1_351_000_000
    clock.sleep_s(0.001)
    board.catch_up()
    assert board.next_due_ns() == started + 1_400_000_000


def test_a_falling_core_foretells_nothing(
    build: Build, core_config: Configure, apply: Apply
) -> None:
    board = build()
    apply(board, {0: core_config(monitor_enable=True)})
    board.set_slow_clk(enable=True)
    assert board.next_due_ns() is None


def test_neurons_that_wrap_around_fire_at_the_right_tick(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent]
) -> None:
    board = build(overflow="wrap")
    config = core_config(
        shape=(1, 1, 1), bias=-2, v_mem=-32766, threshold_low=-32768, monitor_enable=True
    )
    apply(board, {0: config})
    board.pulse_slow_clk()
    assert received == []
    board.pulse_slow_clk()
    assert received == [("spikes", 0, [(0, 0, 0)], [0])]


def test_ticks_need_not_cause_spikes(
    build: Build, core_config: Configure, apply: Apply, read: Read, received: list[Sent]
) -> None:
    board = build(spike_on_tick=False)
    apply(board, {0: core_config(bias=127, monitor_enable=True)})
    board.pulse_slow_clk()
    assert received == []
    assert read(board) == [254] * 4


@pytest.mark.parametrize(("compared", "after"), [(True, 127 * 2 - 1), (False, 127 * 3 - 1)])
def test_a_negative_bias_need_not_cause_spikes(
    build: Build, core_config: Configure, apply: Apply, read: Read, *, compared: bool, after: int
) -> None:
    board = build(spike_on_negative_tick=compared)
    apply(board, {0: core_config(bias=-1, v_mem=127 * 3)})
    board.pulse_slow_clk()
    assert read(board) == [after] * 4


def test_a_spike_to_a_core_without_such_a_place_stops_the_board(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent], clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10)
    cores = {
        0: core_config(shape=(1, 1, 1), bias=1, v_mem=0, threshold_high=1, monitor_enable=True),
        1: core_config(bias=50, v_mem=0, destinations=(Destination(3),)),
    }
    apply(board, cores)
    board.set_slow_clk(enable=True)
    clock.sleep_s(0.25)
    board.catch_up()
    assert len(received) == 2
    board.read_neurons(1, [0])
    clock.sleep_s(10)
    for _ in range(2):
        with pytest.raises(NotEmulatedError, match=r"outside the input map of core 3"):
            board.catch_up()
    assert received[2:3] == [("neurons", 1, [0], [100])]
    assert board.next_due_ns() == clock.now_ns()


def test_a_stopped_board_raises_no_second_time_from_commands_and_goes_on_after_a_configuration(
    build: Build, core_config: Configure, apply: Apply, read: Read, clock: VirtualClock
) -> None:
    board = build()
    apply(board, {1: core_config(bias=127, destinations=(Destination(3),))})
    board.set_slow_clk(enable=True)
    clock.sleep_s(1)
    with pytest.raises(NotEmulatedError):
        board.set_slow_clk(enable=False)
    assert not board.slow_clock_running
    board.set_slow_clk(enable=True)
    board.set_slow_clk(enable=False)
    board.read_neurons(1, [0])
    with pytest.raises(NotEmulatedError):
        board.pulse_slow_clk()
    apply(board, {1: core_config(v_mem=9)})
    assert read(board, core=1) == [9] * 4
    board.pulse_slow_clk()
    assert read(board, core=1) == [-4] * 4


@pytest.mark.parametrize("way_out", ["reset_states", "reset_board", "close"])
def test_a_stopped_board_goes_on_after_a_reset(
    way_out: str,
    build: Build,
    core_config: Configure,
    apply: Apply,
    read: Read,
    clock: VirtualClock,
) -> None:
    board = build()
    apply(board, {1: core_config(bias=127, destinations=(Destination(3),))})
    board.set_slow_clk(enable=True)
    clock.sleep_s(1)
    with pytest.raises(NotEmulatedError):
        board.set_slow_clk(enable=False)
    getattr(board, way_out)()
    assert read(board, core=1) == [0] * 4


def test_closing_a_board_never_fails(
    build: Build, core_config: Configure, apply: Apply, clock: VirtualClock
) -> None:
    board = build()
    apply(board, {1: core_config(bias=127, destinations=(Destination(3),))})
    board.set_slow_clk(enable=True)
    clock.sleep_s(1)
    board.close()
    board.catch_up()


def test_the_readout_is_no_core_that_spikes_could_be_missing_on(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    apply(board, {0: core_config(bias=127, destinations=(Destination(12),), return_to_zero=True)})
    board.pulse_slow_clk()
    assert read(board) == [0] * 4


def test_a_falling_core_may_feed_another(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    apply(board, {0: core_config(destinations=(Destination(1),))})
    board.pulse_slow_clk()
    assert read(board) == [114] * 4


def test_the_internal_clock_ticks_once_in_so_many_events_of_the_sensor(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    apply(board, {0: core_config(leak_internal=True)})
    board.dvs_events(EVENTS_PER_TICK - 1)
    assert read(board) == [127] * 4
    board.dvs_events(1)
    assert read(board) == [114] * 4
    board.dvs_events(3 * EVENTS_PER_TICK)
    assert read(board) == [127 - 4 * 13] * 4
    board.pulse_slow_clk()
    assert read(board) == [127 - 4 * 13] * 4


def test_the_external_clock_is_not_moved_by_the_sensor(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    apply(board, {0: core_config()})
    board.dvs_events(10 * EVENTS_PER_TICK)
    assert read(board) == [127] * 4


def test_the_divider_of_the_internal_clock_is_configured(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    apply(board, {0: core_config(leak_internal=True)}, internal_clock_divider=14)
    board.dvs_events(1 << 14)
    assert read(board) == [114] * 4
    with pytest.raises(ValueError, match=r"internal_clock_divider is 13; it must lie in 14\.\.17"):
        apply(board, {}, internal_clock_divider=13)


def test_a_configuration_restarts_the_count_of_events(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    leaking = {0: core_config(leak_internal=True)}
    apply(board, leaking)
    board.dvs_events(EVENTS_PER_TICK - 1)
    apply(board, leaking)
    board.dvs_events(EVENTS_PER_TICK - 1)
    assert read(board) == [127] * 4


def test_internal_ticks_send_spikes_one_by_one(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent]
) -> None:
    board = build()
    config = core_config(shape=(1, 1, 1), bias=50, v_mem=0, leak_internal=True, monitor_enable=True)
    apply(board, {0: config})
    board.dvs_events(2 * EVENTS_PER_TICK)
    assert received == []
    board.dvs_events(4 * EVENTS_PER_TICK)
    assert received == [("spikes", 0, [(0, 0, 0)], [0])] * 2


def test_fewer_than_no_events_are_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="-1 events"):
        build().dvs_events(-1)


@pytest.mark.parametrize(("option", "moves"), [("internal", False), ("external", True)])
def test_mixed_wishes_for_the_clock_are_warned_of_and_settled_by_the_option(
    build: Build, core_config: Configure, apply: Apply, read: Read, option: str, *, moves: bool
) -> None:
    board = build(mixed_leak_sources=option)
    with pytest.warns(EmulationWarning, match=f"the {option} one is used"):
        apply(board, {0: core_config(), 1: core_config(leak_internal=True)})
    board.pulse_slow_clk()
    assert read(board, core=1) == [114 if moves else 127] * 4
    board.dvs_events(EVENTS_PER_TICK)
    assert read(board, core=0) == [114] * 4


def test_a_core_that_does_not_leak_has_no_wish_for_the_clock(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    apply(board, {0: core_config(), 1: core_config(leak_internal=True, leak_enable=False)})
    board.pulse_slow_clk()
    assert read(board) == [114] * 4


def test_leak_that_the_list_of_faults_doubts_is_listed_and_warned_of(
    build: Build, core_config: Configure, apply: Apply
) -> None:
    board = build(errata=True)
    cores = {
        0: core_config(shape=(6, 4, 4)),
        1: core_config(shape=(4, 4, 4)),
        2: core_config(shape=(3, 5, 5)),
    }
    with pytest.warns(EmulationWarning, match=r"Leak on cores \(0,\) cannot be trusted"):
        apply(board, cores)
    assert list(board.untrusted_cores) == [0]
    quiet = build()
    apply(quiet, cores)
    assert list(quiet.untrusted_cores) == [0]
    quiet.reset_board()
    assert list(quiet.untrusted_cores) == []
    apply(quiet, {0: core_config(shape=(6, 4, 4), leak_enable=False)})
    assert list(quiet.untrusted_cores) == []


def test_an_overloaded_core_misses_ticks_evenly_and_warns(
    build: Build, core_config: Configure, apply: Apply, read: Read, clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10, max_updates_per_s=20)
    apply(board, {0: core_config(), 1: core_config(shape=(1, 1, 2))})
    with pytest.warns(EmulationWarning, match=r"Cores \[0\] miss ticks of the slow clock at 10 Hz"):
        board.set_slow_clk(enable=True)
    trace = []
    for _ in range(5):
        clock.sleep_s(0.099)
        board.set_slow_clk(enable=True)
        trace.append(read(board)[0])
    assert trace == [114, 114, 101, 101, 88]
    assert read(board, core=1, addresses=[0, 1]) == [127 - 5 * 13] * 2
    board.pulse_slow_clk()
    assert read(board)[0] == 75


def test_an_overloaded_core_takes_the_first_tick_after_each_change(
    build: Build, core_config: Configure, apply: Apply, read: Read, clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10, max_updates_per_s=20)
    apply(board, {0: core_config()})
    for v in (114, 101, 88):
        with pytest.warns(EmulationWarning, match="miss ticks"):
            board.set_slow_clk(enable=True)
        clock.sleep_s(0.1)
        board.set_slow_clk(enable=False)
        assert read(board)[0] == v


def test_an_overloaded_core_fires_at_the_ticks_it_takes(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent], clock: VirtualClock
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10, max_updates_per_s=4)
    config = core_config(shape=(1, 1, 1), bias=50, v_mem=0, monitor_enable=True)
    apply(board, {0: config})
    board.stop_watch.start()
    with pytest.warns(EmulationWarning, match="miss ticks"):
        board.set_slow_clk(enable=True)
    assert board.next_due_ns() == clock.now_ns() + 600_000_000
    clock.sleep_s(1)
    board.catch_up()
    assert received == [("spikes", 0, [(0, 0, 0)], [600_000])]


def test_a_listener_may_make_the_board_catch_up(
    build: Build,
    core_config: Configure,
    apply: Apply,
    received: list[Sent],
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = build(io_write_s=0.0, default_rate_hz=10)
    apply(board, {0: core_config(shape=(1, 1, 1), bias=127, monitor_enable=True)})
    write_down = board.outputs.spikes if board.outputs else None
    assert write_down is not None

    def write_down_and_catch_up(*spikes: Any) -> None:
        write_down(*spikes)
        board.catch_up()

    monkeypatch.setattr(type(board.outputs), "spikes", staticmethod(write_down_and_catch_up))
    board.set_slow_clk(enable=True)
    clock.sleep_s(0.55)
    board.catch_up()
    assert len(received) == 5
