"""Orders in which one event's spikes leave a core, against the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation import spike_rule
from speckhal_mock.emulation.spike_options import Sweep
from speckhal_mock.emulation.spikes.core_tables import FIRED_CHANNEL, FIRED_ROWS, FIRED_STEP
from speckhal_mock.emulation.spikes.sweep_order import SWEEP_CODES, order_fired

if TYPE_CHECKING:
    import numpy.typing as npt

SWEEPS: tuple[Sweep, ...] = get_args(Sweep)


def written_down(steps: list[int], channels: int) -> npt.NDArray[np.int64]:
    """What a kernel writes down if these operations make neurons fire; each column is its own."""
    fired = np.array([steps, steps, steps, steps], dtype=np.int64).reshape(FIRED_ROWS, -1)
    fired[FIRED_CHANNEL] = (fired[FIRED_STEP] - 1) % channels
    return np.pad(fired, ((0, 0), (0, 2)), constant_values=-7)


def shuffled_turns(channels: int, positions: int, seed: int, core: int, number: int) -> list[int]:
    """Turn of each operation of an event in the shuffled order."""
    fired = written_down([*range(1, channels * positions + 1)], channels)
    total = channels * positions
    order_fired(SWEEP_CODES["shuffled"], fired, total, channels, positions, seed, core, number)
    turns = np.zeros(total, dtype=np.int64)
    turns[fired[1, :total] - 1] = fired[FIRED_STEP, :total]
    return [int(turn) for turn in turns]


@pytest.mark.parametrize("sweep", SWEEPS)
@settings(deadline=None, max_examples=30)
@given(
    st.data(),
    st.integers(1, 40),
    st.integers(1, 10),
    st.integers(0, 2**40),
    st.integers(0, 8),
    st.integers(0, 2**40),
)
def test_spikes_leave_in_the_order_of_the_sweep(
    sweep: Sweep,
    data: st.DataObject,
    channels: int,
    positions: int,
    seed: int,
    core: int,
    number: int,
) -> None:
    total = channels * positions
    some = sorted(data.draw(st.sets(st.integers(1, total))))
    turns = shuffled_turns(channels, positions, seed, core, number)
    fired = written_down(some, channels)
    expected = sorted(
        (spike_rule.swept(sweep, step, channels, positions, turns), step) for step in some
    )

    order_fired(SWEEP_CODES[sweep], fired, len(some), channels, positions, seed, core, number)

    columns = [[(step - 1) % channels, step, step, turn] for turn, step in expected] + [
        [-7] * FIRED_ROWS
    ] * 2
    assert fired.T.tolist() == columns
    assert sorted(turns) == [*range(1, total + 1)]


def test_each_event_is_shuffled_anew_and_the_same_one_always_alike() -> None:
    def turns(seed: int, core: int, number: int) -> tuple[int, ...]:
        return tuple(shuffled_turns(4, 9, seed, core, number))

    assert turns(1, 2, 3) == turns(1, 2, 3)
    assert len({turns(1, 2, number) for number in range(50)}) == 50
    assert len({turns(1, 2, 3), turns(2, 1, 3), turns(1, 3, 2), turns(3, 2, 1)}) == 4


def test_shuffled_orders_are_all_about_as_frequent() -> None:
    orders = [tuple(shuffled_turns(3, 1, 0, 0, number)) for number in range(1200)]

    frequency = {order: orders.count(order) for order in orders}

    assert len(frequency) == 6
    assert min(frequency.values()) > 150
