"""Ticks that take time: each neuron of a core has its own moment, among events and reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spike_boards import board_of, changed, config_of, seen_on, states
from spike_oracle import random_net
from sweep_oracle import SweepOracle

seeds = st.integers(0, 2**32 - 1)
MILLION = 1_000_000


def leaking(**changes: Any) -> Any:
    """Ten neurons in a row that fire at 127, which a tick takes 100 up or so."""
    settings: dict[str, Any] = {
        "leak_enable": True,
        "return_to_zero": True,
        "biases": np.full(1, 100, np.int16),
        **changes,
    }
    return config_of(np.full((1, 1, 1, 1), 30), (1, 10), **settings)


def slowly(**options: object) -> dict[str, object]:
    """Options with which a tick goes through one neuron in a microsecond."""
    return {
        "leak_sweep": "interleaved",
        "io_write_s": 0.0,
        "core_operations_per_s": MILLION,
        **options,
    }


def test_an_event_finds_the_neurons_before_it_ticked_and_the_others_not() -> None:
    config = leaking(
        biases=np.full(1, -50, np.int16), initial_v_mem=np.full((1, 1, 10), 110, np.int16)
    )
    board, clock = board_of({2: config}, **slowly())
    board.pulse_slow_clk()
    # at 4 us the first four neurons have lost 50, so that 30 more make only others fire
    board.play_spikes(2, 4, 0, 0, np.array([3, 9]))
    clock.sleep_s(1e-3)

    assert states(board, 2).ravel().tolist() == [60] * 3 + [90] + [60] * 5 + [-50]
    assert seen_on(board) == [(6, 2, 0, 0, 9)]


@pytest.mark.parametrize(("order", "fourth"), [("tick_first", 30), ("event_first", 100)])
def test_at_one_moment_a_neuron_has_first_what_the_option_says(order: str, fourth: int) -> None:
    # either makes it fire, and what comes last finds it at 0
    config = leaking(initial_v_mem=np.full((1, 1, 10), 97, np.int16), threshold_high=127)
    board, clock = board_of({2: config}, **slowly(leak_vs_event=order))
    board.pulse_slow_clk()
    board.play_spikes(2, 4, 0, 0, 3)
    clock.sleep_s(4.5e-6)
    board.catch_up()

    assert board._chip.cores[2].neurons.words[3].item() == fourth


def test_neurons_that_a_tick_makes_fire_do_so_one_after_the_other() -> None:
    board, clock = board_of({2: leaking(biases=np.full(1, 127, np.int16))}, **slowly())
    board.pulse_slow_clk()
    clock.sleep_s(1e-3)
    board.catch_up()

    assert seen_on(board) == [(1 + x, 2, 0, 0, x) for x in range(10)]


def test_a_read_finds_a_tick_on_part_of_the_neurons() -> None:
    board, clock = board_of({2: leaking()}, **slowly(read_latency_s=6e-6))
    board.pulse_slow_clk()
    board.read_neurons(2, np.arange(10))
    clock.sleep_s(1e-3)
    board.catch_up()
    listener: Any = board.outputs

    assert listener.values == [[100] * 6 + [0] * 4]


def test_a_tick_that_comes_while_one_is_under_way_waits_for_it() -> None:
    board, clock = board_of({2: leaking(biases=np.full(1, 127, np.int16))}, **slowly())
    for _ in range(3):
        board.pulse_slow_clk()
    clock.sleep_s(1e-3)
    board.catch_up()

    assert [at for at, *_ in seen_on(board)] == list(range(1, 31))


def test_ticks_that_wait_are_done_in_their_time() -> None:
    board, clock = board_of({2: leaking(biases=np.full(1, 10, np.int16))}, **slowly())
    for _ in range(3):
        board.pulse_slow_clk()
    clock.sleep_s(25e-6)
    board.catch_up()

    assert board._chip.cores[2].neurons.words[:16].tolist() == [30] * 5 + [20] * 5 + [0] * 6


def test_a_new_configuration_ends_a_tick_that_is_under_way() -> None:
    config = leaking()
    board, clock = board_of({2: config}, **slowly(apply_s=4e-6))
    board.pulse_slow_clk()
    board.apply_configuration([config if core == 2 else None for core in range(9)])
    clock.sleep_s(1e-3)

    assert states(board, 2).ravel().tolist() == [0] * 10


def test_a_tick_goes_on_when_its_clock_stops() -> None:
    board, clock = board_of({2: leaking()}, **slowly())
    board.set_slow_clk(enable=True)
    clock.sleep_s(1.003e-3)
    board.set_slow_clk(enable=False)
    clock.sleep_s(1e-3)

    assert states(board, 2).ravel().tolist() == [100] * 10


def test_long_silence_costs_no_more_than_its_ticks_do_together() -> None:
    board, clock = board_of({2: leaking(biases=np.full(1, -1, np.int16))}, **slowly())
    board.set_slow_clk(enable=True)
    done = []
    population: Any = board._chip.cores[2].population
    population.tick_part = lambda *part: done.append(part)
    clock.sleep_s(100.0005)
    board.set_slow_clk(enable=False)

    assert states(board, 2).ravel().tolist() == [-127] * 10
    assert not done


def test_it_is_known_when_the_next_neuron_fires() -> None:
    config = leaking(biases=np.full(1, 50, np.int16))
    board, clock = board_of({2: config}, **slowly())
    began = clock.now_ns()
    board.set_slow_clk(enable=True)
    looks = 0
    while not seen_on(board):
        due = board.next_due_ns()
        assert due is not None
        assert due > clock.now_ns()
        clock.wait_until_ns(due)
        board.catch_up()
        looks += 1

    assert clock.now_ns() - began == 3_001_000
    assert looks < 5


@settings(max_examples=12)
@given(
    seed=seeds,
    rate=st.sampled_from([MILLION, 3 * MILLION, 700 * MILLION, None]),
    order=st.sampled_from(["tick_first", "event_first"]),
)
def test_ticks_and_spikes_are_what_a_loop_over_single_neurons_says(
    seed: int, rate: int | None, order: str
) -> None:
    chance = np.random.default_rng(seed)
    configs = {
        core: changed(
            config,
            leak_enable=bool(chance.integers(4)),
            biases=chance.integers(-40, 60, config.shape[0]).astype(np.int16),
            drops_when_congested=False,
        )
        for core, config in random_net(seed, loops=bool(chance.integers(2))).items()
    }
    options = slowly(core_operations_per_s=rate, leak_vs_event=order)
    board, clock = board_of(configs, **options)
    board.set_slow_clk_rate(20_000)
    began = clock.now_ns()
    board.set_slow_clk(enable=True)
    board.stop_watch.start()
    ticks = [began + number * 50_000 for number in range(1, 5)]
    oracle = SweepOracle(configs, board.options, ticks)
    channels, *size = next(iter(configs.values())).shape
    stamps = np.sort(chance.integers(0, 230, 40))
    spikes = [
        (
            int(at),
            int(chance.choice(list(configs))),
            *map(int, chance.integers(0, (channels, *size))),
        )
        for at in stamps
    ]
    for at, core, *place in spikes:
        oracle.give(began + at * 1000, core, (place[0], place[1], place[2]))
    rows = np.array(spikes, dtype=np.int64).T
    board.play_spikes(rows[1], rows[0], *rows[2:])
    parts = np.sort(chance.integers(0, 249_000, chance.integers(0, 4))).tolist()
    for moment in (*parts, 249_000):
        clock.wait_until_ns(began + moment)
        board.catch_up()

    oracle.run_until(began + 249_000)
    assert seen_on(board) == [((when - began) // 1000, *rest) for when, *rest in oracle.seen]
    for index, left in oracle.cores.items():
        words = board._chip.cores[index].neurons.words
        board._chip.cores[index].settle()
        addresses = board.options.neuron_address.addresses(left.config.shape)
        assert np.array_equal(words[addresses], left.v_mem)


def test_a_tick_that_takes_no_time_is_one_that_comes_at_once() -> None:
    config = leaking(biases=np.full(1, 60, np.int16))
    seen = []
    for sweep in ("at_once", "interleaved"):
        options = slowly(leak_sweep=sweep, core_operations_per_s=None)
        board, clock = board_of({2: config}, **options)
        board.set_slow_clk(enable=True)
        board.play_spikes(2, np.arange(0, 10_000, 500), 0, 0, np.arange(20) % 10)
        clock.sleep_s(20e-3)
        board.set_slow_clk(enable=False)
        seen.append((seen_on(board), states(board, 2).tolist()))

    assert seen[0] == seen[1]
    assert seen[0][0]
