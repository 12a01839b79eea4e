"""Emulated time on the wall, with a wall that does what the test says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal_mock.emulation.clock import RealTimeClock

MS = 1_000_000


class Wall:
    """A monotonic clock that others move; sleeping on it always takes a little too long."""

    oversleep_ns = 70_000

    def __init__(self) -> None:
        self.now = 123_456_789

    def read(self) -> int:
        return self.now

    def sleep(self, duration_s: float) -> None:
        self.now += round(duration_s * 1e9) + self.oversleep_ns


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def clock(wall: Wall) -> RealTimeClock:
    return RealTimeClock(wall_ns=wall.read, sleep=wall.sleep)


@given(jitter=st.lists(st.integers(0, 4 * MS), min_size=1, max_size=4))
def test_what_sleeping_took_too_long_does_not_come_between_calls(jitter: list[int]) -> None:
    wall = Wall()
    clock = RealTimeClock(wall_ns=wall.read, sleep=wall.sleep)
    begun = clock.now_ns()
    for calls, oversleep_ns in enumerate(jitter):
        assert clock.now_ns() - begun == calls * 2_500_000
        wall.oversleep_ns = oversleep_ns
        clock.advance_ns(2_500_000)


@given(
    st.lists(
        st.tuples(st.sampled_from(["look", "call", "script"]), st.integers(0, 30 * MS)),
        max_size=40,
    )
)
def test_time_is_the_walls_give_or_take_the_slack(steps: list[tuple[str, int]]) -> None:
    wall = Wall()
    wall.oversleep_ns = 0
    clock = RealTimeClock(wall_ns=wall.read, sleep=wall.sleep)
    born, before = wall.now, 0
    for step, duration in steps:
        if step == "call":
            clock.advance_ns(duration)
        elif step == "script":
            wall.now += duration
        assert 0 <= wall.now - born - clock.now_ns() <= MS
        assert clock.now_ns() >= before
        before = clock.now_ns()


def test_what_sleeping_took_too_long_is_counted_once_the_burst_is_over(
    wall: Wall, clock: RealTimeClock
) -> None:
    started = wall.now
    for _ in range(1000):
        clock.advance_ns(MS)
        assert 0 <= wall.now - started - clock.now_ns() <= 50 * wall.oversleep_ns
    wall.now += 2 * MS
    assert clock.now_ns() == wall.now - started


def test_a_stall_is_time_that_passed(wall: Wall, clock: RealTimeClock) -> None:
    started = wall.now
    clock.advance_ns(2_500_000)
    wall.now += 1000 * MS
    assert clock.now_ns() == wall.now - started


def test_a_latency_blocks_for_as_long_as_it_takes(wall: Wall, clock: RealTimeClock) -> None:
    started = wall.now
    clock.advance_ns(20 * MS)
    assert clock.now_ns() == 20 * MS
    assert wall.now == started + 20 * MS + wall.oversleep_ns


def test_waiting_goes_on_after_a_sleep_that_was_too_short(wall: Wall) -> None:
    clock = RealTimeClock(wall_ns=wall.read, sleep=lambda duration_s: wall.sleep(duration_s / 2))
    started = wall.now
    clock.wait_until_ns(300 * MS)
    assert wall.now >= started + 300 * MS


def test_a_moment_that_has_passed_is_not_waited_for(wall: Wall, clock: RealTimeClock) -> None:
    wall.now += 1000 * MS
    now, started = clock.now_ns(), wall.now
    clock.wait_until_ns(500 * MS)
    assert clock.now_ns() == now
    assert wall.now == started


def test_sleeping_moves_time_by_exactly_that_much(clock: RealTimeClock) -> None:
    clock.sleep_s(0.01)
    clock.sleep_s(0.02)
    assert clock.now_s() == 0.03


def test_it_says_that_it_is_not_virtual(clock: RealTimeClock) -> None:
    assert not clock.is_virtual


def test_time_does_not_run_backwards(clock: RealTimeClock) -> None:
    with pytest.raises(ValueError, match="-1 ns: time does not run backwards"):
        clock.advance_ns(-1)
    with pytest.raises(ValueError, match="time does not run backwards"):
        clock.sleep_s(-0.1)


def test_a_negative_slack_is_refused() -> None:
    with pytest.raises(ValueError, match=r"slack_s is -0\.1; it must be 0 or more"):
        RealTimeClock(slack_s=-0.1)
    with pytest.raises(ValueError, match=r"burst_s is -0\.1; it must be 0 or more"):
        RealTimeClock(burst_s=-0.1)


def test_without_arguments_it_is_the_time_of_this_machine() -> None:
    clock = RealTimeClock(slack_s=0.0)
    assert 0 <= clock.now_ns() <= clock.now_ns()
