"""Columns of spikes that a host sends: what is kept of them, and that long ones go in parts."""

from __future__ import annotations

import numpy as np
import pytest

from speckhal_mock.emulation import input_gate
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.host_spikes import host_spikes
from spike_boards import board_of, config_of, fed, seen_on, states


def test_what_a_caller_changes_later_changes_nothing_that_waits() -> None:
    mine = np.array([1, 2, 3])
    sent = host_spikes(0, mine, mine, 0, mine[:1])

    mine[:] = 9

    assert sent.stamps_us.tolist() == sent.c.tolist() == [1, 2, 3]
    assert sent.x.tolist() == [1, 1, 1]


def test_columns_that_nobody_can_change_are_not_copied() -> None:
    mine = np.array([1, 2, 3])
    mine.flags.writeable = False

    sent = host_spikes(0, mine, mine, 0, 0)

    assert np.shares_memory(sent.stamps_us, mine)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        host_spikes(0, [1, 2], [1, 2, 3], 0, 0)


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_spikes_that_go_in_parts_do_what_they_do_in_one(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    stamps = [0, 5, 5, 3, 40, 40, 41, 60, 2, 70]  # one that comes late waits behind the others
    spikes = [(stamp, 0, 0, 0, 0) for stamp in stamps]
    config = config_of(np.ones((2, 1, 1, 1)) * 60, (1, 1), monitor_enable=True)
    whole, its_clock = board_of({0: config})
    fed(whole, its_clock, spikes)
    monkeypatch.setattr(input_gate, "_AT_ONCE", at_once)
    parts, clock = board_of({0: config})

    fed(parts, clock, spikes)

    assert seen_on(parts) == seen_on(whole) != []
    assert (states(parts, 0) == states(whole, 0)).all()


@pytest.mark.parametrize("ends", ["close", "reset_board"])
def test_spikes_that_waited_for_a_standing_stop_watch_are_warned_of_in_the_end(ends: str) -> None:
    board, clock = board_of({0: config_of(np.ones((1, 1, 1, 1)), (1, 1))})
    board.stop_watch.stop()
    board.stop_watch.reset()
    board.play_spikes(0, [0, 5, 7], 0, 0, 0)  # the first passes: its stamp is there
    clock.sleep_s(1.0)

    with pytest.warns(EmulationWarning, match="^2 spikes from the host waited"):
        getattr(board, ends)()


def test_spikes_that_only_come_later_are_not_warned_of() -> None:
    board, _ = board_of({0: config_of(np.ones((1, 1, 1, 1)), (1, 1))})
    board.play_spikes(0, [10_000_000], 0, 0, 0)

    board.close()
