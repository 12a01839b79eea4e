"""The rates that explain ticks are those that every pair of readings allows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.leak.verification.clock_polygon import Windows, rates_that_explain
from speckhal.leak.verification.lost_ticks import tick_jump


def by_all_pairs(ticks: list[int], earliest: list[float], latest: list[float]) -> list[float]:
    """The least and the most ticks per second; empty where there is no clock."""
    least, most = 0.0, math.inf
    for first in range(len(ticks)):
        for last in range(len(ticks)):
            apart, made = latest[last] - earliest[first], ticks[last] - ticks[first] - 1
            if apart > 0:
                least = max(least, made / apart)
            elif apart < 0:
                most = min(most, made / apart)
            elif made > 0:
                return []
    return [least, most] if least <= most * (1 + 1e-9) + 1e-9 else []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 2)), min_size=1))
def test_corners_of_hulls_bound_a_rate_as_all_pairs_do_at_equal_times_too(
    readings: list[tuple[int, int, int]],
) -> None:
    readings = sorted(readings, key=lambda one: one[0])
    earliest = [float(at) for at, _, _ in readings]
    latest = [float(at + blur) for at, _, blur in readings]
    ticks = [at // 2 + extra for at, extra, _ in readings]
    found = rates_that_explain(
        np.array(ticks, np.int64), Windows(np.array(earliest), np.array(latest), 0.0)
    )
    wanted = by_all_pairs(ticks, earliest, latest)
    assert ([] if found is None else [found.least_hz, found.most_hz]) == pytest.approx(wanted)


@given(st.integers(8, 60), st.data(), st.sampled_from([-1, 1]))
def test_a_jump_lies_between_the_readings_that_are_named(
    readings: int, data: st.DataObject, jump: int
) -> None:
    at = data.draw(st.integers(1, readings - 1))
    times_s = np.arange(readings).astype(np.float64) * 0.4
    ticks = np.floor(0.3 + times_s * 10).astype(np.int64)
    ticks[at:] += jump
    found = tick_jump(ticks, Windows(times_s, times_s, 0.0), least_hz=9.9, most_hz=10.1)
    assert found is not None
    assert found.ticks in (-1, 1)
    assert 0 <= found.after < found.until < readings
    if found.ticks == jump:
        assert found.after < at <= found.until


def test_the_rates_beside_a_lost_tick_hold_wherever_it_was() -> None:
    times_s = np.arange(7).astype(np.float64) * 0.07
    ticks = np.array([0, 0, 1, 1, 2, 2, 3], np.int64)
    windows = Windows(times_s - 0.005, times_s + 0.005, 0.005)
    found = tick_jump(ticks, windows, least_hz=9.9, most_hz=10.1)
    assert found is not None
    assert (found.ticks, found.after, found.until) == (-1, 0, 5)
    for place in range(1, 6):
        one = rates_that_explain(ticks + (np.arange(7) >= place), windows)
        if one is not None and one.meets(9.9, 10.1):
            assert found.rates.least_hz <= one.least_hz <= one.most_hz <= found.rates.most_hz
