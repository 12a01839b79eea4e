"""Time for scripts that use Python's own clocks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import queue
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from speckhal import VirtualClock
from speckhal_mock.virtual_time import LOOK_NS, virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable


def _wait_for_a_future() -> None:
    concurrent.futures.wait([concurrent.futures.Future[None]()], timeout=0.01)


def _get_from_a_queue() -> None:
    with pytest.raises(queue.Empty):
        queue.Queue[None]().get(timeout=0.01)


def _wait_for_a_process() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", "input()"], timeout=0.01, stdin=-1, check=False)


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


@pytest.mark.parametrize(
    "wait",
    [
        lambda: asyncio.run(asyncio.sleep(0.01)),
        lambda: threading.Event().wait(0.01),
        _wait_for_a_future,
        _get_from_a_queue,
        _wait_for_a_process,
    ],
    ids=["asyncio", "event", "future", "queue", "process"],
)
def test_other_waits_end_and_take_no_virtual_time(wait: Callable[[], object]) -> None:
    clock = VirtualClock()
    with virtual_time(clock):
        wait()
    assert clock.now_ns() == 0


def test_dates_keep_real_time() -> None:
    with virtual_time(VirtualClock()):
        before = dt.datetime.now(dt.timezone.utc)
        time.sleep(10**9)
        after = dt.datetime.now(dt.timezone.utc)
    assert after - before < dt.timedelta(days=1)


def test_modules_that_wait_get_their_time_back() -> None:
    with virtual_time(VirtualClock()):
        assert vars(asyncio.base_events)["time"] is not time
    assert vars(asyncio.base_events)["time"] is time
