"""Columns of spikes that a host sends: what is kept of them, and that long ones go in parts."""

from __future__ import annotations

import numpy as np
import pytest

from speckhal_mock.emulation import input_gate
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
