"""Whether requests of the host overtake the spikes that it sent before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spike_boards import board_of, config_of

if TYPE_CHECKING:
    from speckhal.contract.clock import VirtualClock
    from speckhal_mock.emulation.board import EmulatedBoard

CHOICES = ("overtakes", "after_input", "after_queue")
MILLION = 1_000_000


def silent(**changes: Any) -> Any:
    """One neuron that counts its spikes."""
    return config_of([[[[1]]]], (1, 1), **{"threshold_high": 32767, **changes})


def made(choice: str, **options: object) -> tuple[EmulatedBoard, VirtualClock]:
    """A board whose core 2 takes 10 us for each spike, and that answers after 1 ms."""
    settings: dict[str, object] = {"event_s": 9e-6, "core_operations_per_s": MILLION, **options}
    return board_of({2: silent()}, request_vs_spikes=choice, io_write_s=0.0, **settings)


def answers(board: EmulatedBoard) -> list[int]:
    """What reads of that neuron have found."""
    listener: Any = board.outputs
    return [value for values in listener.values for value in values]


@pytest.mark.parametrize(("choice", "found"), [(CHOICES[0], 0), (CHOICES[1], 1), (CHOICES[2], 1)])
def test_a_read_waits_for_spikes_that_wait_for_their_time_or_does_not(
    choice: str, found: int
) -> None:
    board, clock = made(choice)
    board.play_spikes(2, 50_000, 0, 0, 0)
    board.read_neurons(2, [0])
    clock.sleep_s(1.1e-3)
    board.catch_up()
    assert answers(board) == ([0] if choice == "overtakes" else [])
    clock.sleep_s(0.1)
    board.catch_up()

    assert answers(board) == [found]


@pytest.mark.parametrize(
    ("choice", "found"), [(CHOICES[0], 101), (CHOICES[1], 101), (CHOICES[2], 500)]
)
def test_a_read_waits_for_what_waits_before_its_core_or_does_not(choice: str, found: int) -> None:
    board, clock = made(choice)
    board.play_spikes(2, np.zeros(500, np.int64), 0, 0, 0)
    board.read_neurons(2, [0])
    clock.sleep_s(10e-3)
    board.catch_up()

    assert answers(board) == [found]


def test_it_does_not_wait_for_what_comes_after_it() -> None:
    board, clock = made("after_queue")
    board.play_spikes(2, np.zeros(300, np.int64), 0, 0, 0)
    board.read_neurons(2, [0])
    board.play_spikes(2, np.zeros(300, np.int64), 0, 0, 0)
    clock.sleep_s(1.0)
    board.catch_up()

    assert answers(board) == [300]


@pytest.mark.parametrize("choice", CHOICES[1:])
def test_without_a_stop_watch_that_runs_it_is_never_done(choice: str) -> None:
    board, clock = made(choice)
    board.stop_watch.stop()
    board.play_spikes(2, 50_000, 0, 0, 0)
    board.read_neurons(2, [0])
    board.write_neurons(2, [0], [7])
    clock.sleep_s(1.0)
    board.catch_up()
    assert answers(board) == []
    assert board.next_due_ns() is None

    board.stop_watch.start()
    clock.sleep_s(1.0)
    board.read_neurons(2, [0])
    clock.sleep_s(1.0)
    board.catch_up()
    assert answers(board) == [1, 7]


def test_who_waits_for_an_answer_knows_when_to_look_again() -> None:
    board, clock = made("after_queue")
    board.play_spikes(2, np.full(500, 20_000), 0, 0, 0)
    board.read_neurons(2, [0])
    looks = 0
    while not answers(board):
        due = board.next_due_ns()
        assert due is not None
        clock.wait_until_ns(due)
        board.catch_up()
        looks += 1

    assert answers(board) == [500]
    assert looks < 600


def test_with_a_full_queue_it_waits_for_those_that_wait_for_room_too() -> None:
    for choice, found in zip(CHOICES, (101, 498, 500), strict=True):
        board, clock = made(choice, queue_depth=2)
        board.play_spikes(2, np.zeros(500, np.int64), 0, 0, 0)
        board.read_neurons(2, [0])
        clock.sleep_s(10e-3)
        board.catch_up()

        assert answers(board) == [found]


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    choice=st.sampled_from(CHOICES[1:]),
)
def test_reads_find_all_that_was_sent_before_them_and_no_write_is_overtaken(
    seed: int, choice: str
) -> None:
    chance = np.random.default_rng(seed)
    board, clock = made(choice, event_s=0.0, core_operations_per_s=None)
    expected, sent, stamp = [], 0, 0
    for _ in range(12):
        match chance.integers(4):
            case 0:
                stamp += int(chance.integers(0, 3000))
                count = int(chance.integers(1, 4))
                board.play_spikes(2, np.full(count, stamp), 0, 0, 0)
                sent += count
            case 1:
                board.read_neurons(2, [0])
                expected.append(sent)
            case 2:
                sent = int(chance.integers(100))
                board.write_neurons(2, [0], [sent])
            case _:
                clock.sleep_s(float(chance.random() * 2e-3))
                board.catch_up()
    clock.sleep_s(1.0)
    board.catch_up()

    assert answers(board) == expected


def test_time_does_not_run_back_behind_a_request_that_was_held_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board, clock = made("after_queue")
    moments: list[int] = []
    run_to = board._feed.run_to

    def noted(moment: int) -> None:
        moments.append(moment)
        run_to(moment)

    monkeypatch.setattr(board._feed, "run_to", noted)
    board.play_spikes(2, np.zeros(500, np.int64), 0, 0, 0)
    for _ in range(2):
        board.read_neurons(2, [0])
    board.kill_pixels(3, 4)
    clock.sleep_s(10e-3)
    board.catch_up()

    assert answers(board) == [500, 500]
    assert moments == sorted(moments)
