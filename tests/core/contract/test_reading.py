from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.reading import Reading, Trace


def reading(
    time_s: float = 0.0, *, layer: int = 0, ticks: int | None = None, v: int = 0
) -> Reading:
    return Reading(layer, time_s, np.full((2, 3, 5), v, np.int16), ticks)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(-32768, 32767)), min_size=1, max_size=20),
    st.floats(0, 1e6),
)
def test_a_trace_holds_every_reading_at_its_time_after_the_start(
    samples: list[tuple[float, int]], start_s: float
) -> None:
    trace = Trace.of([reading(time_s, v=v) for time_s, v in samples], start_s=start_s)
    assert len(trace) == len(samples)
    assert trace.shape == (2, 3, 5)
    assert trace.time_s.tolist() == [time_s - start_s for time_s, _ in samples]
    assert trace.v_mem.dtype == np.int16
    assert trace.v_mem[:, 1, 2, 4].tolist() == [v for _, v in samples]


def test_ticks_are_counted_from_the_first_reading() -> None:
    trace = Trace.of([reading(ticks=7), reading(ticks=8), reading(ticks=11)], start_s=0)
    assert trace.ticks is not None
    assert trace.ticks.tolist() == [0, 1, 4]


def test_ticks_that_were_not_always_counted_are_not_known() -> None:
    assert Trace.of([reading(ticks=7), reading()], start_s=0).ticks is None
    assert Trace.of([reading()], start_s=0).ticks is None


def test_a_trace_says_how_long_each_reading_took() -> None:
    quick, slow = reading(1.0), attrs.evolve(reading(2.0), duration_s=0.05)
    assert Trace.of([quick, slow], start_s=0).duration_s.tolist() == [0.0, 0.05]


def test_readings_take_no_time_where_nothing_is_said() -> None:
    assert Trace(0, np.arange(3.0), np.zeros((3, 1, 1, 1), np.int16)).duration_s.tolist() == [0] * 3


def test_a_trace_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one reading"):
        Trace.of([], start_s=0)


def test_a_trace_of_two_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="all be of one layer"):
        Trace.of([reading(layer=0), reading(layer=1)], start_s=0)


def test_a_reading_cannot_be_changed_by_whom_it_is_handed_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        reading().v_mem[0, 0, 0] = 1


def test_the_array_that_a_reading_was_made_of_stays_writeable() -> None:
    mine = np.zeros((1, 1, 1), np.int16)
    Reading(0, 0.0, mine)
    mine[0, 0, 0] = 1
    assert mine.flags.writeable


def test_nobody_can_change_a_reading_neither_who_gets_it_nor_who_took_it() -> None:
    values = np.arange(4, dtype=np.int16).reshape(1, 2, 2)
    taken = Reading(0, 0.0, values)

    values[...] = 7

    assert taken.v_mem.tolist() == [[[0, 1], [2, 3]]]
    for array in (taken.v_mem, taken.v_mem.view(), taken.v_mem.base):
        if isinstance(array, np.ndarray):
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True
