"""Boards that leak: the published trace, the slow clock, configurations and resets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from speckhal.contract.address import AddressLayout
from speckhal.contract.facts import Range
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.emulation.errors import EmulationWarning

if TYPE_CHECKING:
    from speckhal.contract.clock import VirtualClock

Build = Callable[..., EmulatedBoard]
Configure = Callable[..., CoreConfig]
Apply = Callable[..., None]
Read = Callable[..., list[int]]


@pytest.fixture
def seed(build: Build, core_config: Configure, apply: Apply) -> EmulatedBoard:
    """A board on which core 0 has the seed's configuration; its slow clock is off."""
    board = build()
    apply(board, {0: core_config()})
    return board


@pytest.mark.parametrize(
    ("io_write_s", "first"), [(0.5e-3, 127), (1.5e-3, 114), (2.5e-3, 101), (3.5e-3, 88)]
)
def test_a_clock_that_is_switched_on_before_its_rate_is_set_ticks_in_between(
    io_write_s: float,
    first: int,
    build: Build,
    core_config: Configure,
    apply: Apply,
    read: Read,
    clock: VirtualClock,
) -> None:
    board = build(io_write_s=io_write_s)
    apply(board, {0: core_config()})
    board.set_slow_clk(enable=True)
    board.set_slow_clk_rate(1)
    clock.sleep_s(0.05)
    trace = []
    for _ in range(20):
        trace.append(read(board))
        clock.sleep_s(0.499)
    assert trace == [[first - 13 * (row // 2)] * 4 for row in range(20)]


def test_the_gap_is_two_ticks_and_then_the_period_restarts(
    seed: EmulatedBoard, clock: VirtualClock
) -> None:
    seed.set_slow_clk(enable=True)
    seed.set_slow_clk_rate(1)
    assert seed.ticks() == 2
    clock.sleep_s(0.9974)
    assert seed.ticks() == 2
    clock.sleep_s(0.0002)
    assert seed.ticks() == 3


def test_a_rate_that_is_set_first_gives_the_plain_staircase(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(1)
    seed.set_slow_clk(enable=True)
    trace = []
    for _ in range(8):
        trace.append(read(seed)[0])
        clock.sleep_s(0.499)
    assert trace == [127, 127, 114, 114, 101, 101, 88, 88]


def test_the_last_step_is_short_and_then_nothing_moves(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(100)
    seed.set_slow_clk(enable=True)
    trace = []
    for _ in range(21):
        clock.sleep_s(0.01 - 1e-3)
        trace.append(read(seed)[0])
    assert trace == [127 - 13 * k for k in range(1, 20)] + [-127, -127]


def test_nothing_leaks_while_the_clock_is_off(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    clock.sleep_s(1e6)
    assert read(seed) == [127] * 4


def test_nothing_leaks_on_a_core_without_leak(
    build: Build, core_config: Configure, apply: Apply, read: Read, clock: VirtualClock
) -> None:
    board = build()
    apply(board, {0: core_config(leak_enable=False)})
    board.set_slow_clk(enable=True)
    clock.sleep_s(1e6)
    assert read(board) == [127] * 4


def test_switching_the_clock_off_freezes_the_states(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(10)
    seed.set_slow_clk(enable=True)
    clock.sleep_s(0.3)
    seed.set_slow_clk(enable=False)
    assert not seed.slow_clock_running
    clock.sleep_s(100)
    assert read(seed) == [127 - 3 * 13] * 4


def test_a_pulse_is_one_tick(seed: EmulatedBoard, read: Read) -> None:
    for pulses in range(1, 5):
        seed.pulse_slow_clk()
        assert seed.ticks() == pulses
        assert read(seed) == [127 - 13 * pulses] * 4


def test_a_pulse_does_not_disturb_the_running_period(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(1)
    seed.set_slow_clk(enable=True)
    seed.pulse_slow_clk()
    clock.sleep_s(0.9949)
    assert read(seed) == [127 - 2 * 13] * 4


def test_commands_to_the_fpga_cost_their_latency(seed: EmulatedBoard, clock: VirtualClock) -> None:
    commands: list[Callable[[], None]] = [
        lambda: seed.set_slow_clk(enable=True),
        lambda: seed.set_slow_clk_rate(1),
        seed.pulse_slow_clk,
    ]
    for command in commands:
        before = clock.now_ns()
        command()
        assert clock.now_ns() - before == 2_500_000


def test_switching_on_twice_does_not_restart_the_period(
    seed: EmulatedBoard, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(1)
    seed.set_slow_clk(enable=True)
    clock.sleep_s(0.6)
    seed.set_slow_clk(enable=True)
    clock.sleep_s(0.6)
    assert seed.ticks() == 1


def test_a_new_rate_need_not_restart_the_period(build: Build, clock: VirtualClock) -> None:
    board = build(rate_restarts_period=False, default_rate_hz=1)
    board.set_slow_clk(enable=True)
    clock.sleep_s(0.9)
    board.set_slow_clk_rate(1)
    clock.sleep_s(0.1)
    assert board.ticks() == 1


def test_the_first_tick_can_come_at_once(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build(first_tick="at_once")
    apply(board, {0: core_config()})
    board.set_slow_clk_rate(1)
    board.set_slow_clk(enable=True)
    assert read(board) == [114] * 4


def test_a_rate_below_one_hertz_is_refused(build: Build) -> None:
    with pytest.raises(ValueError, match="A slow clock of 0 Hz was asked for"):
        build().set_slow_clk_rate(0)


def test_a_rate_that_the_board_does_not_take_has_no_effect(build: Build) -> None:
    board = build(accepted_rate_hz=Range(10, 10_000))
    with pytest.warns(EmulationWarning, match="A slow clock of 1 Hz has no effect"):
        board.set_slow_clk_rate(1)
    assert board.slow_clock_rate_hz == 1000


def test_the_old_configuration_leaks_while_the_new_one_is_written(
    seed: EmulatedBoard, core_config: Configure, apply: Apply, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(10)
    seed.set_slow_clk(enable=True)
    before = clock.now_ns()
    apply(seed, {1: core_config()})
    assert clock.now_ns() - before == 200_000_000
    assert read(seed, core=0) == [127 - 2 * 13] * 4
    assert read(seed, core=1) == [127] * 4
    clock.sleep_s(0.1)
    assert read(seed, core=0) == [127 - 2 * 13] * 4
    assert read(seed, core=1) == [114] * 4


@pytest.mark.parametrize(("rewrites", "after"), [(True, 127), (False, 114)])
def test_applying_the_same_again_brings_the_states_back_if_so_assumed(
    build: Build, core_config: Configure, apply: Apply, read: Read, *, rewrites: bool, after: int
) -> None:
    board = build(reapply_rewrites_states=rewrites)
    apply(board, {0: core_config()})
    board.pulse_slow_clk()
    apply(board, {0: core_config()})
    assert read(board) == [after] * 4


def test_another_configuration_always_brings_its_states(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build(reapply_rewrites_states=False)
    apply(board, {0: core_config()})
    board.pulse_slow_clk()
    apply(board, {0: core_config(bias=-12)})
    assert read(board) == [127] * 4


def test_only_configured_neurons_leak_and_they_are_where_the_layout_says(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    shape = (3, 1, 3)
    states = np.arange(1, 10, dtype=np.int16).reshape(shape)
    biases = np.array([-1, -2, -3], dtype=np.int16)
    apply(board, {2: core_config(shape=shape, initial_v_mem=states, biases=biases)})
    assert read(board, 2, range(16)) == [1, 4, 7, 0, 2, 5, 8, 0, 3, 6, 9, 0, 0, 0, 0, 0]
    board.pulse_slow_clk()
    assert read(board, 2, range(16)) == [0, 2, 4, 0, 1, 3, 5, 0, 2, 4, 6, 0, 0, 0, 0, 0]


def test_the_vendors_example_is_at_its_address(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build()
    states = np.zeros((128, 16, 16), dtype=np.int16)
    states[63, 11, 3] = 99
    wide = np.zeros((1, 2, 8), dtype=np.int16)
    wide[0, 1, 7] = 98
    apply(
        board,
        {
            0: core_config(shape=(128, 16, 16), initial_v_mem=states),
            5: core_config(shape=(1, 2, 8), initial_v_mem=wide),
        },
    )
    assert read(board, 0, [22975]) == [99]
    assert read(board, 5, [15, 7]) == [98, 0]


def test_the_address_layout_is_an_assumption(
    build: Build, core_config: Configure, apply: Apply, read: Read
) -> None:
    board = build(neuron_address=AddressLayout(("x", "y", "c")))
    states = np.arange(8, dtype=np.int16).reshape(2, 2, 2)
    apply(board, {0: core_config(shape=(2, 2, 2), initial_v_mem=states)})
    assert read(board, 0, range(8)) == list(range(8))


def test_reset_states_clears_every_state_and_leak_goes_on(seed: EmulatedBoard, read: Read) -> None:
    seed.pulse_slow_clk()
    seed.reset_states()
    assert read(seed) == [0] * 4
    seed.pulse_slow_clk()
    assert read(seed) == [-13] * 4


def test_a_board_reset_forgets_everything(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(7)
    seed.set_slow_clk(enable=True)
    seed.stop_watch.start()
    seed.reset_board()
    clock.sleep_s(10)
    assert (seed.slow_clock_running, seed.slow_clock_rate_hz) == (False, 1000)
    assert seed.stop_watch.now_us() == 0
    seed.write_biases(0, [0], [-13])
    clock.sleep_s(1)
    seed.pulse_slow_clk()
    assert read(seed) == [0] * 4


@pytest.mark.parametrize(("survives", "after"), [(False, (False, 1000)), (True, (True, 7))])
def test_the_slow_clock_survives_closing_only_if_so_assumed(
    build: Build,
    core_config: Configure,
    apply: Apply,
    read: Read,
    *,
    survives: bool,
    after: tuple[bool, int],
) -> None:
    board = build(clock_survives_reopen=survives)
    apply(board, {0: core_config()})
    board.set_slow_clk_rate(7)
    board.set_slow_clk(enable=True)
    board.close()
    board.open()
    assert (board.slow_clock_running, board.slow_clock_rate_hz) == after
    assert read(board) == [0] * 4


def test_opening_costs_its_latency(build: Build, clock: VirtualClock) -> None:
    build(open_s=1.5).open()
    assert clock.now_s() == 1.5
