from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.clock import NS_PER_S, VirtualClock, WallClock, duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.contract.clock import Clock

    def _conforms(wall: WallClock, virtual: VirtualClock) -> tuple[Clock, Clock]:
        return wall, virtual


nanoseconds = st.integers(min_value=0, max_value=10**15)


class Interrupted(int):
    """A number in the middle of whose use another thread gets its turn."""

    other: threading.Thread

    def __radd__(self, other: int) -> int:
        self._give_way()
        return int(self) + other

    def __gt__(self, other: int) -> bool:
        self._give_way()
        return int(self) > other

    def _give_way(self) -> None:
        self.other.start()
        self.other.join(timeout=0.05)  # without a lock it is over at once


@pytest.mark.parametrize("use", [VirtualClock.advance_ns, VirtualClock.wait_until_ns])
def test_what_one_thread_sleeps_no_other_takes_back(
    use: Callable[[VirtualClock, int], None],
) -> None:
    clock = VirtualClock()
    number = Interrupted(7)
    number.other = threading.Thread(target=clock.advance_ns, args=(1000,))

    use(clock, number)
    number.other.join()

    assert clock.now_ns() == 1007


@given(st.lists(nanoseconds))
def test_sleeps_add_up_to_one_sleep_of_their_sum(sleeps_ns: list[int]) -> None:
    many, one = VirtualClock(), VirtualClock()
    for sleep_ns in sleeps_ns:
        many.sleep_s(sleep_ns / NS_PER_S)
    one.advance_ns(sum(sleeps_ns))
    assert many.now_ns() == one.now_ns()


def test_a_hundred_thousand_tenths_are_exactly_ten_thousand() -> None:
    assert sum([0.1] * 100_000) != 10_000  # as numbers they are not
    clock = VirtualClock()
    for _ in range(100_000):
        clock.sleep_s(0.1)
    assert clock.now_s() == 10_000


@given(nanoseconds, nanoseconds)
def test_waiting_for_a_moment_never_goes_back(now_ns: int, moment_ns: int) -> None:
    clock = VirtualClock()
    clock.advance_ns(now_ns)
    clock.wait_until_ns(moment_ns)
    assert clock.now_ns() == max(now_ns, moment_ns)


def test_a_new_clock_stands_at_zero_and_moves_only_when_told() -> None:
    clock = VirtualClock()
    assert clock.now_s() == 0
    assert clock.now_s() == 0
    assert clock.is_virtual


@pytest.mark.parametrize("clock", [VirtualClock(), WallClock()])
def test_no_clock_sleeps_backwards(clock: Clock) -> None:
    with pytest.raises(ValueError, match="time does not run backwards"):
        clock.sleep_s(-1e-9)


def test_virtual_time_does_not_advance_backwards() -> None:
    with pytest.raises(ValueError, match="-1 ns: time does not run backwards"):
        VirtualClock().advance_ns(-1)


@given(nanoseconds)
def test_a_duration_is_rounded_to_whole_nanoseconds(duration: int) -> None:
    assert duration_ns(duration / NS_PER_S) == duration


def test_the_wall_clock_is_the_machines_and_sleeps_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: 42.5)
    clock = WallClock()
    clock.sleep_s(0.25)
    assert slept == [0.25]
    assert clock.now_s() == 42.5
    assert not clock.is_virtual
