"""Reads and writes: when they are done, in which order, and what they refuse."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig
from speckhal_mock.emulation.errors import PowerLostError

if TYPE_CHECKING:
    from speckhal.contract.clock import VirtualClock

Sent = tuple[str, int, list[object], list[int]]
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


def test_a_value_is_taken_when_the_request_arrives_not_when_it_is_fetched(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(10)
    seed.set_slow_clk(enable=True)
    seed.read_neurons(0, [3])
    clock.sleep_s(10)
    seed.catch_up()
    assert received == [("neurons", 0, [3], [127])]


def test_an_answer_takes_the_read_latency(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock
) -> None:
    seed.read_neurons(0, [0])
    due = seed.next_due_ns()
    assert due == clock.now_ns() + 1_000_000
    clock.wait_until_ns(due - 1)
    seed.catch_up()
    assert received == []
    clock.wait_until_ns(due)
    seed.catch_up()
    assert received == [("neurons", 0, [0], [127])]
    assert seed.next_due_ns() is None


def test_a_tick_comes_before_a_request_of_the_same_moment(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(100)
    seed.set_slow_clk(enable=True)
    clock.advance_ns(10_000_000 - 2_500_000 - 1_000_000)
    seed.read_neurons(0, [0])
    clock.sleep_s(1)
    seed.catch_up()
    assert received == [("neurons", 0, [0], [114])]


def test_requests_are_done_in_the_order_they_were_sent(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock
) -> None:
    seed.read_neurons(0, [1, 0])
    seed.write_neurons(0, [1], [-5])
    seed.read_neurons(0, [1, 0])
    clock.sleep_s(1)
    seed.catch_up()
    assert received == [("neurons", 0, [1, 0], [127, 127]), ("neurons", 0, [1, 0], [-5, 127])]


def test_a_configuration_comes_after_requests_that_were_sent_before_it(
    seed: EmulatedBoard, core_config: Configure, apply: Apply, received: list[Sent]
) -> None:
    seed.read_neurons(0, [0])
    apply(seed, {0: core_config(v_mem=5)})
    assert received == [("neurons", 0, [0], [127])]


def test_a_written_state_is_stored_as_it_is_and_a_hole_holds_it_too(
    seed: EmulatedBoard, read: Read
) -> None:
    seed.write_neurons(0, [0, 1, 500], [-32768, 32767, 7])
    assert read(seed, 0, [0, 1, 500]) == [-32768, 32767, 7]


def test_ticks_before_a_write_are_done_before_it(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(1)
    seed.set_slow_clk(enable=True)
    clock.sleep_s(3)
    seed.write_neurons(0, [2], [50])
    clock.sleep_s(1)
    assert read(seed) == [127 - 4 * 13, 127 - 4 * 13, 50 - 13, 127 - 4 * 13]


def test_a_written_bias_counts_from_the_next_tick_on(
    seed: EmulatedBoard, read: Read, clock: VirtualClock
) -> None:
    seed.set_slow_clk_rate(1)
    seed.set_slow_clk(enable=True)
    clock.sleep_s(2.5)
    seed.write_biases(0, [0], [-1])
    clock.sleep_s(2)
    assert read(seed) == [127 - 2 * 13 - 2] * 4


def test_biases_and_weights_are_read_and_written_by_address(
    build: Build, core_config: Configure, apply: Apply, received: list[Sent], clock: VirtualClock
) -> None:
    board = build()
    weights = np.arange(12, dtype=np.int8).reshape(2, 3, 1, 2)
    biases = np.array([-3, -4], dtype=np.int16)
    apply(board, {3: core_config(shape=(2, 1, 1), biases=biases, weights=weights)})
    board.read_biases(3, [1, 0, 2])
    board.read_weights(3, range(16))
    board.write_weights(3, [3], [-128])
    board.read_weights(3, [3])
    clock.sleep_s(1)
    board.catch_up()
    assert received == [
        ("biases", 3, [1, 0, 2], [-4, -3, 0]),
        ("weights", 3, [*range(16)], [0, 2, 4, 0, 6, 8, 10, 0, 1, 3, 5, 0, 7, 9, 11, 0]),
        ("weights", 3, [3], [-128]),
    ]


@pytest.mark.parametrize("reset", ["reset_board", "close"])
def test_a_reset_loses_requests_that_are_under_way(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock, reset: str
) -> None:
    seed.read_neurons(0, [0])
    getattr(seed, reset)()
    clock.sleep_s(1)
    seed.catch_up()
    assert received == []


def test_a_read_of_nothing_is_answered_with_nothing(seed: EmulatedBoard, read: Read) -> None:
    assert read(seed, 0, []) == []


def test_answers_are_lost_if_nobody_listens(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock
) -> None:
    seed.outputs = None
    seed.read_neurons(0, [0])
    clock.sleep_s(1)
    seed.catch_up()
    assert received == []


@pytest.mark.parametrize(
    ("core", "address", "message"),
    [
        (9, 0, "There is no core 9: the chip has cores 0..8"),
        (-1, 0, "There is no core -1"),
        (5, 16384, "Core 5 has no neuron address 16384: .* addresses 0..16383"),
        (0, -1, "Core 0 has no neuron address -1"),
    ],
)
def test_an_address_that_is_not_there_is_refused(
    seed: EmulatedBoard, core: int, address: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        seed.read_neurons(core, [0, address])
    with pytest.raises(ValueError, match=message):
        seed.write_neurons(core, [0, address], [0, 0])


def test_a_value_that_does_not_fit_a_word_is_refused(seed: EmulatedBoard) -> None:
    with pytest.raises(ValueError, match="Core 0 cannot store 32768 as a neuron value"):
        seed.write_neurons(0, [0], [32768])
    with pytest.raises(ValueError, match="Core 0 cannot store -129 as a weight value"):
        seed.write_weights(0, [0], [-129])


def test_a_write_needs_a_value_for_each_address(seed: EmulatedBoard) -> None:
    with pytest.raises(ValueError, match="Core 0 was given 1 values for 2 bias addresses"):
        seed.write_biases(0, [0, 1], [0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold_high": 32768}, "threshold_high is 32768; it must lie in 0..32767"),
        ({"threshold_low": 0}, "threshold_low is 0; .* known fault of the chips: use -1"),
        ({"threshold_low": -32769}, "threshold_low is -32769"),
        ({"biases": np.zeros(2, np.int16)}, r"biases has shape \(2,\)"),
        ({"initial_v_mem": np.zeros((1, 2, 1), np.int16)}, "initial_v_mem has shape"),
        ({"biases": np.zeros(1, np.int64)}, "biases has shape .* and type int64; .* and int16"),
        ({"weights": np.zeros((2, 1, 1, 1), np.int8)}, "weights has shape"),
        ({"weights": np.zeros((1, 1, 1), np.int8)}, "weights has 3 axes; it needs four"),
    ],
)
def test_a_core_configuration_that_cannot_be_is_refused(
    core_config: Configure, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        core_config(**changes)


@pytest.mark.parametrize(
    ("core", "changes", "message"),
    [
        (5, {"shape": (5, 64, 64)}, "need 20480 words of neuron memory; core 5 has 16384"),
        (0, {"shape": (1025, 1, 1)}, "need 1025 words of bias memory; core 0 has 1024"),
        (
            0,
            {"weights": np.zeros((1, 1024, 5, 5), np.int8)},
            "need 32768 words of kernel memory; core 0 has 16384",
        ),
    ],
)
def test_a_configuration_that_does_not_fit_a_core_is_refused_and_nothing_happens(
    seed: EmulatedBoard,
    core_config: Configure,
    apply: Apply,
    read: Read,
    clock: VirtualClock,
    core: int,
    changes: dict[str, object],
    message: str,
) -> None:
    before = clock.now_ns()
    with pytest.raises(ValueError, match=message):
        apply(seed, {core: core_config(**changes)})
    assert clock.now_ns() == before
    assert read(seed) == [127] * 4


def test_a_configuration_is_for_every_core(seed: EmulatedBoard) -> None:
    with pytest.raises(ValueError, match="1 core configurations were given; the chip has 9"):
        seed.apply_configuration([None])


def test_many_threads_get_one_answer_for_each_request(
    seed: EmulatedBoard, received: list[Sent], clock: VirtualClock
) -> None:
    def ask(address: int) -> None:
        for _ in range(200):
            seed.read_neurons(0, [address])
            seed.pulse_slow_clk()

    threads = [threading.Thread(target=ask, args=(address,)) for address in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.sleep_s(1)
    seed.catch_up()
    answered = Counter(str(addresses) for _, _, addresses, _ in received)
    assert answered == {f"[{address}]": 200 for address in range(4)}
    assert seed.ticks() == 800


@attrs.frozen
class Saboteur:
    """Cuts the power of a board as soon as that answers."""

    board: EmulatedBoard

    def memory_values(self, *_: object) -> None:
        self.board.lose_power()

    spikes = dvs_events = readout_values = readout_pins = filter_values = mixed = memory_values
    register_values = memory_values


@pytest.mark.parametrize(
    "command",
    [
        lambda board: board.set_slow_clk(enable=True),
        lambda board: board.set_slow_clk_rate(10),
        lambda board: board.pulse_slow_clk(),
        lambda board: board.dvs_events(1 << 20),
        lambda board: board.apply_configuration([None] * 9),
        lambda board: board.reset_board(),
        lambda board: board.reset_states(),
        lambda board: board.stop_watch.start(),
    ],
)
def test_a_command_is_not_done_by_a_board_that_loses_its_power_just_before(
    seed: EmulatedBoard, clock: VirtualClock, command: Callable[[EmulatedBoard], None]
) -> None:
    seed.outputs = Saboteur(seed)
    seed.read_neurons(0, [0])
    clock.sleep_s(1)

    with pytest.raises(PowerLostError, match="lost its power"):
        command(seed)

    assert not seed.slow_clock_running
    assert seed.slow_clock_rate_hz == 1000
    clock.sleep_s(1)
    assert (seed.ticks(), seed.internal_ticks(), seed.stop_watch.now_us()) == (0, 0, 0)
    command(seed)  # plugged in again


@pytest.mark.parametrize("last", [EmulatedBoard.catch_up, EmulatedBoard.settle])
def test_catching_up_with_a_board_that_loses_its_power_is_all_there_is_to_do(
    seed: EmulatedBoard, clock: VirtualClock, last: Callable[[EmulatedBoard], None]
) -> None:
    seed.outputs = Saboteur(seed)
    seed.read_neurons(0, [0])
    clock.sleep_s(1)

    last(seed)

    assert seed.next_due_ns() is None
