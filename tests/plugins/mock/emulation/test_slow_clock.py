"""When the slow clock ticks, and which ticks an overloaded core takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.emulation.counters import EmulatedSlowClock, TickShare

if TYPE_CHECKING:
    from speckhal_mock.emulation.options import FirstTick

S = 1_000_000_000

rates = st.integers(1, S)
moments = st.integers(0, 10**15)


def running(
    rate_hz: int,
    at: int = 0,
    *,
    first_tick: FirstTick = "after_period",
    restarts: bool = True,
) -> EmulatedSlowClock:
    clock = EmulatedSlowClock(rate_hz, first_tick=first_tick, rate_restarts_period=restarts)
    clock.start(at)
    return clock


@given(rate_hz=rates, start=moments, later=moments)
def test_ticks_are_whole_periods_since_the_start(rate_hz: int, start: int, later: int) -> None:
    assert running(rate_hz, start).count(start + later) == later * rate_hz // S


@given(
    rate_hz=rates,
    start=moments,
    number=st.integers(1, 10**9),
    first_tick=st.sampled_from(["after_period", "at_once"]),
)
def test_a_tick_is_counted_from_its_moment_on(
    rate_hz: int, start: int, number: int, first_tick: FirstTick
) -> None:
    clock = running(rate_hz, start, first_tick=first_tick)
    moment = clock.moment_of(number)
    assert clock.count(moment) == number
    assert moment == start or clock.count(moment - 1) == number - 1


@given(
    rate_hz=st.sampled_from([1, 7, 1000, S]),
    start=st.integers(0, 10**12),
    waits=st.lists(st.sampled_from([0, 1, 999_999, 142_857_143, S]), max_size=9),
    first_tick=st.sampled_from(["after_period", "at_once"]),
)
def test_ticks_of_many_moments_are_those_of_each(
    rate_hz: int, start: int, waits: list[int], first_tick: FirstTick
) -> None:
    clock = running(rate_hz, start, first_tick=first_tick)
    asked = start + np.cumsum([0, *waits])[::-1]
    assert clock.counts(asked).tolist() == [clock.count(moment) for moment in asked.tolist()]
    clock.stop(int(asked[0]))
    assert set(clock.counts(asked + 10**12).tolist()) == {clock.count(2 * 10**15)}


def test_the_first_tick_comes_after_a_period_or_at_once() -> None:
    assert running(1, at=5).moment_of(1) == S + 5
    assert running(1, at=5, first_tick="at_once").moment_of(1) == 5
    assert running(1, at=5, first_tick="at_once").moment_of(2) == S + 5


def test_a_clock_that_is_off_never_ticks() -> None:
    clock = EmulatedSlowClock(1000, first_tick="after_period", rate_restarts_period=True)
    assert clock.count(10**15) == 0


def test_ticks_stay_counted_when_the_clock_stops() -> None:
    clock = running(10)
    clock.stop(S)
    assert clock.count(5 * S) == 10
    clock.start(5 * S)
    assert clock.count(6 * S) == 20


def test_starting_a_running_clock_changes_nothing() -> None:
    clock = running(1)
    clock.start(S // 2)
    assert clock.moment_of(1) == S


def test_a_new_rate_restarts_the_period() -> None:
    clock = running(1)
    clock.set_rate(9 * S // 10, 1)
    assert clock.count(S) == 0
    assert clock.moment_of(1) == 19 * S // 10


def test_a_new_rate_can_leave_the_running_period_alone() -> None:
    clock = running(1, restarts=False)
    clock.set_rate(S // 2, 10)
    assert clock.count(S // 2) == clock.count(S - 1) == 0
    assert [clock.moment_of(number) for number in (1, 2, 3)] == [S, 11 * S // 10, 12 * S // 10]
    assert clock.count(12 * S // 10) == 3


@given(rate_hz=rates, change=moments, later=moments)
def test_after_a_new_rate_ticks_are_counted_in_new_periods(
    rate_hz: int, change: int, later: int
) -> None:
    clock = running(rate_hz)
    clock.set_rate(change, 7)
    assert clock.count(change + later) == change * rate_hz // S + later * 7 // S


@given(rate_hz=rates, change=moments, later=moments)
def test_new_periods_can_begin_with_the_next_tick_of_the_old_rate(
    rate_hz: int, change: int, later: int
) -> None:
    clock = running(rate_hz, restarts=False)
    counted = clock.count(change)
    following = clock.moment_of(counted + 1)
    clock.set_rate(change, 7)
    assert clock.count(max(change, following - 1)) == counted
    assert clock.count(following + later) == counted + 1 + later * 7 // S


def test_a_rate_set_while_it_is_off_holds_from_the_start_on() -> None:
    clock = EmulatedSlowClock(1000, first_tick="after_period", rate_restarts_period=True)
    clock.set_rate(0, 2)
    clock.start(0)
    assert clock.moment_of(1) == S // 2


@given(numerator=st.integers(1, 10**9), more=st.integers(0, 10**9), taken=st.integers(1, 10**9))
def test_a_share_of_ticks_takes_them_one_by_one(numerator: int, more: int, taken: int) -> None:
    share = TickShare(numerator, numerator + more)
    offered = share.offered(taken)
    assert share.taken(offered) == taken
    assert share.taken(offered - 1) == taken - 1


def test_a_whole_share_takes_every_tick() -> None:
    assert [TickShare().taken(offered) for offered in range(5)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 2), (2, 3), (1, 1)])
def test_the_first_tick_is_always_taken(numerator: int, denominator: int) -> None:
    assert TickShare(numerator, denominator).taken(1) == 1
