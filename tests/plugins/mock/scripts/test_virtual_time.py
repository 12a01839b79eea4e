"""Time for scripts that use Python's own clocks."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from speckhal import VirtualClock
from speckhal_mock.scripts.shared_time import LOOK_NS
from speckhal_mock.scripts.virtual_time import virtual_time


def test_sleeping_moves_the_virtual_clock() -> None:
    clock = VirtualClock()
    with virtual_time(clock):
        time.sleep(100)
    assert clock.now_s() == 100


@pytest.mark.parametrize("name", ["time", "monotonic", "perf_counter"])
def test_each_look_at_a_clock_costs_the_same_little(name: str) -> None:
    clock = VirtualClock()
    with virtual_time(clock):
        before = getattr(time, f"{name}_ns")()
        assert getattr(time, f"{name}_ns")() - before == LOOK_NS
        getattr(time, name)()
    assert clock.now_ns() == 3 * LOOK_NS


def test_the_date_is_that_of_the_beginning() -> None:
    before = time.time()
    with virtual_time(VirtualClock()):
        during = time.time()
    assert before <= during + 1e-3
    assert during <= time.time() + 1e-3


def test_afterwards_everything_is_as_it_was_also_after_an_error() -> None:
    names = [
        f"{name}{ending}"
        for name in ("time", "monotonic", "perf_counter")
        for ending in ("", "_ns")
    ]
    genuine = {name: getattr(time, name) for name in ["sleep", *names]}
    with pytest.raises(KeyError), virtual_time(VirtualClock()):
        assert all(getattr(time, name) is not genuine[name] for name in genuine)
        raise KeyError
    assert all(getattr(time, name) is genuine[name] for name in genuine)


def test_time_does_not_run_backwards() -> None:
    with virtual_time(VirtualClock()), pytest.raises(ValueError, match="backwards"):
        time.sleep(-1)


def test_dates_keep_real_time() -> None:
    with virtual_time(VirtualClock()):
        before = dt.datetime.now(dt.timezone.utc)
        time.sleep(10**9)
        after = dt.datetime.now(dt.timezone.utc)
    assert after - before < dt.timedelta(days=1)


def test_a_function_that_was_kept_goes_on_in_real_time() -> None:
    clock = VirtualClock()
    with virtual_time(clock):
        kept_sleep, kept_clock = time.sleep, time.monotonic
    before = time.monotonic()
    kept_sleep(0.001)
    assert before + 0.001 <= kept_clock() <= time.monotonic()
    assert clock.now_ns() == 0
