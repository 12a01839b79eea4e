"""Threads of a script share one virtual time, whatever they wait with."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import multiprocessing.connection
import os
import queue
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal import VirtualClock
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.scripts import known_threads
from speckhal_mock.scripts.shared_time import LOOK_NS
from speckhal_mock.scripts.virtual_time import virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal_mock.scripts.shared_time import SharedTime

time_of_this_machine = time.monotonic
set_timer_of_this_machine = signal.setitimer

LONG_S = 60.0
"""Patience that no busy thread of a test wears out, however slow the machine is."""


@pytest.fixture
def line() -> Iterator[SharedTime]:
    with virtual_time(VirtualClock(), patience_s=LONG_S) as shared:
        yield shared


def _in_threads(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_sleeps_that_overlap_pass_once(line: SharedTime) -> None:
    _in_threads(*[lambda: time.sleep(1.0)] * 4, lambda: time.sleep(0.5))
    assert line.now_s() == 1.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4), min_size=1, max_size=4))
def test_each_sleeper_ends_at_its_own_moment(sleeps: list[list[int]]) -> None:
    ends: dict[int, list[float]] = {}

    def sleeper(number: int) -> Callable[[], None]:
        def work() -> None:
            ends[number] = []
            for duration in sleeps[number]:
                time.sleep(duration)
                ends[number].append(shared.now_s())

        return work

    with virtual_time(VirtualClock(), patience_s=LONG_S) as shared:
        _in_threads(*map(sleeper, range(len(sleeps))))
    for number, durations in enumerate(sleeps):
        assert ends[number] == [sum(durations[: k + 1]) for k in range(len(durations))]
    assert shared.now_s() == max(map(sum, sleeps))


def test_threads_that_are_due_at_once_go_on_in_the_order_in_which_they_came(
    line: SharedTime,
) -> None:
    order = []

    def work(name: int, delay_s: float) -> None:
        time.sleep(delay_s)
        time.sleep(1.0 - delay_s)
        order.append(name)

    _in_threads(*(lambda n=n, d=d: work(n, d) for n, d in enumerate([0.25, 0.125, 0.5])))
    assert order == [1, 0, 2]
    assert line.now_s() == 1.0


def test_a_thread_that_only_looks_at_the_clock_does_not_outrun_a_sleeper(
    line: SharedTime,
) -> None:
    woken_at_s = []

    def sleep() -> None:
        time.sleep(0.001)
        woken_at_s.append(line.now_s())

    def look() -> None:
        until = time.monotonic() + 0.002
        while time.monotonic() < until:
            pass

    _in_threads(sleep, look, look)
    assert woken_at_s == [0.001]
    assert 0.002 <= line.now_s() <= 0.0021


def _event_that_is_set_in_time() -> None:
    event = threading.Event()
    threading.Timer(1.0, event.set).start()
    assert event.wait(5.0)


def _event_that_is_never_set() -> None:
    assert not threading.Event().wait(1.0)


def _event_without_a_timeout() -> None:
    event = threading.Event()
    threading.Timer(1.0, event.set).start()
    assert event.wait()


def _condition() -> None:
    condition, ready = threading.Condition(), []

    def work() -> None:
        time.sleep(1.0)
        with condition:
            ready.append(True)
            condition.notify()

    threading.Thread(target=work).start()
    with condition:
        assert condition.wait_for(lambda: bool(ready), timeout=5.0)


def _condition_that_nobody_notifies() -> None:
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, timeout=1.0)


def _queue_that_fills() -> None:
    things: queue.Queue[int] = queue.Queue()
    threading.Timer(1.0, things.put, args=(7,)).start()
    assert things.get() == 7


def _queue_that_stays_empty() -> None:
    with pytest.raises(queue.Empty):
        queue.Queue[None]().get(timeout=1.0)


def _queue_that_is_full() -> None:
    things: queue.Queue[int] = queue.Queue(maxsize=1)
    things.put(1)
    threading.Timer(1.0, things.get).start()
    things.put(2, timeout=5.0)


def _queue_that_is_worked_off() -> None:
    things: queue.Queue[int] = queue.Queue()

    def work() -> None:
        while things.get():
            time.sleep(0.5)
            things.task_done()

    thread = threading.Thread(target=work)
    thread.start()
    things.put(1)
    things.put(1)
    things.join()
    things.put(0)
    thread.join()


def _simple_queue() -> None:
    things: queue.SimpleQueue[int] = queue.SimpleQueue()
    threading.Timer(1.0, things.put, args=(7,)).start()
    assert things.get(timeout=5.0) == 7


def _join_that_ends() -> None:
    thread = threading.Thread(target=time.sleep, args=(1.0,))
    thread.start()
    thread.join(5.0)
    assert not thread.is_alive()


def _join_that_is_given_up() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    thread.join(1.0)
    assert thread.is_alive()
    release.set()
    thread.join()


def _lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    threading.Timer(1.0, lock.release).start()
    with lock:
        pass


def _lock_with_a_timeout() -> None:
    lock = threading.Lock()
    lock.acquire()
    assert not lock.acquire(timeout=1.0)


def _reentrant_lock() -> None:
    lock = threading.RLock()

    def hold() -> None:
        with lock, lock:
            time.sleep(1.0)

    thread = threading.Thread(target=hold)
    thread.start()
    time.sleep(0.5)
    assert not lock.acquire(timeout=0.25)
    with lock:
        pass


def _semaphore() -> None:
    semaphore = threading.Semaphore(0)
    threading.Timer(1.0, semaphore.release).start()
    assert semaphore.acquire(timeout=5.0)


def _barrier() -> None:
    barrier = threading.Barrier(2)
    threading.Timer(1.0, barrier.wait).start()
    barrier.wait(timeout=5.0)


def _future() -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert pool.submit(time.sleep, 1.0).result(timeout=5.0) is None


def _futures_that_are_done_first() -> None:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(time.sleep, duration_s) for duration_s in (1.0, 0.5)]
        assert list(concurrent.futures.as_completed(futures)) == futures[::-1]


def _future_that_is_given_up() -> None:
    with pytest.raises(concurrent.futures.TimeoutError):
        concurrent.futures.Future[None]().result(timeout=1.0)


def _asyncio_sleep() -> None:
    async def work() -> None:
        await asyncio.gather(*(asyncio.sleep(delay_s) for delay_s in (1.0, 0.5, 1.0)))

    asyncio.run(work())


def _asyncio_beside_a_thread() -> None:
    async def work() -> None:
        await asyncio.gather(asyncio.to_thread(time.sleep, 1.0), asyncio.sleep(0.75))

    asyncio.run(work())


def _asyncio_timeout() -> None:
    async def work() -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 1.0)

    asyncio.run(work())


WAITS = [
    _event_that_is_set_in_time,
    _event_that_is_never_set,
    _event_without_a_timeout,
    _condition,
    _condition_that_nobody_notifies,
    _queue_that_fills,
    _queue_that_stays_empty,
    _queue_that_is_full,
    _queue_that_is_worked_off,
    _simple_queue,
    _join_that_ends,
    _join_that_is_given_up,
    _lock,
    _lock_with_a_timeout,
    _reentrant_lock,
    _semaphore,
    _barrier,
    _future,
    _futures_that_are_done_first,
    _future_that_is_given_up,
    _asyncio_sleep,
    _asyncio_beside_a_thread,
    _asyncio_timeout,
]


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__.strip("_"))
def test_every_wait_of_a_second_takes_a_virtual_second(
    line: SharedTime, wait: Callable[[], None]
) -> None:
    wait()
    # an event loop looks at its clock now and then, and each look costs a little
    assert 1.0 <= line.now_s() < 1.002


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait.__name__.strip("_"))
def test_no_wait_holds_back_a_thread_that_sleeps(
    line: SharedTime, wait: Callable[[], None]
) -> None:
    seen_s = []

    def poll() -> None:
        for _ in range(8):
            time.sleep(0.25)
            seen_s.append(line.now_s())

    _in_threads(poll, wait)
    assert seen_s == [0.25 * k for k in range(1, 9)]


def test_a_thread_that_is_busy_holds_time_only_for_so_long() -> None:
    release = False

    def work() -> None:
        while not release:
            pass

    with virtual_time(VirtualClock(), patience_s=0.001) as line:
        thread = threading.Thread(target=work, name="the busy one")
        thread.start()
        with pytest.warns(EmulationWarning, match=r"the busy one.*--realtime") as warned:
            time.sleep(10.0)
        time.sleep(10.0)
        assert line.now_s() == 20.0
        release = True
        thread.join()
    (warning,) = warned  # once, and at the line at which it is busy
    assert warning.filename == __file__


def test_there_is_more_patience_with_a_thread_that_computes_and_less_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = {"wall_s": 0.0, "worked_s": 0.0, "computed_s": 0.0}
    monkeypatch.setattr(known_threads, "wall_s", lambda: now["wall_s"])
    monkeypatch.setattr(known_threads, "worked_s", lambda: now["worked_s"])
    monkeypatch.setattr(known_threads, "computed_s", lambda _: now["computed_s"])
    thread = known_threads.KnownThread(ident=1)

    def lasts(computes: float) -> float:
        """After how many seconds it is overdue, if it has that share of the process."""
        thread.note_seen()
        began_s = now["wall_s"]
        while not thread.is_overdue(now["wall_s"], patience_s=0.0625):
            for clock, share in (("wall_s", 1.0), ("worked_s", 1.0), ("computed_s", computes)):
                now[clock] += share / 64
        return now["wall_s"] - began_s

    assert lasts(0.0) == 5 / 64, "it waits for something"
    assert 2.5 < lasts(1.0) < 2.6
    thread.note_late()
    assert 1.25 < lasts(1.0) < 1.35
    for _ in range(10):
        thread.note_late()
    assert lasts(1.0) < 0.2
    monkeypatch.setattr(known_threads, "computed_s", lambda _: None)  # as on some systems
    assert lasts(1.0) == 5 / 64


def test_time_waits_for_what_boards_compute_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known_threads, "computed_s", lambda _: None)  # so there is no more patience
    order = []

    with virtual_time(VirtualClock(), patience_s=0.001) as line:
        begun = threading.Event()

        def work() -> None:
            with line.emulating():
                begun.set()
                worked_until_s = time.thread_time() + 0.03  # however busy this machine is
                while time.thread_time() < worked_until_s:
                    pass
                order.append(("worked", line.now_s()))
                time.sleep(2.0)  # what it waits for passes
                order.append(("slept", line.now_s()))

        thread = threading.Thread(target=work)
        thread.start()
        begun.wait()
        time.sleep(1.0)
        order.append(("waited", line.now_s()))
        thread.join()
    assert order == [("worked", 0.0), ("waited", 1.0), ("slept", 2.0)]


def test_a_thread_that_was_late_holds_time_again_when_it_waits_again() -> None:
    late = threading.Lock()  # Python's own, of which virtual time knows nothing
    late.acquire()
    ends = []

    with virtual_time(VirtualClock(), patience_s=0.02) as line:

        def work() -> None:
            late.acquire()
            time.sleep(1.0)
            ends.append(line.now_s())

        thread = threading.Thread(target=work)
        thread.start()
        with pytest.warns(EmulationWarning, match="no longer waits"):
            time.sleep(5.0)
        late.release()
        thread.join()
        assert ends == [6.0]


def test_a_thread_that_ends_with_an_error_holds_nothing(line: SharedTime) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(lambda: 1 / 0)
        time.sleep(1.0)
        with pytest.raises(ZeroDivisionError):
            future.result()
    assert line.now_s() == 1.0


def test_an_exception_of_a_signals_handler_ends_a_wait(line: SharedTime) -> None:
    def interrupt(*_: object) -> None:
        raise InterruptedError("by the test")

    before = signal.signal(signal.SIGALRM, interrupt)
    lock = threading.Lock()
    lock.acquire()
    try:
        set_timer_of_this_machine(signal.ITIMER_REAL, 0.01)
        with pytest.raises(InterruptedError):
            lock.acquire()
    finally:
        signal.signal(signal.SIGALRM, before)
    lock.release()
    assert lock.acquire(blocking=False)
    time.sleep(1.0)
    assert line.now_s() == 1.0


def test_threads_and_locks_complain_as_pythons_do(line: SharedTime) -> None:
    lock = threading.Lock()
    assert "Lock" in repr(lock)
    with pytest.raises(ValueError, match="timeout"):
        lock.acquire(False, 1.0)
    with pytest.raises(ValueError, match="timeout"):
        lock.acquire(timeout=-2)
    with pytest.raises(OverflowError):
        lock.acquire(timeout=1e300)
    with pytest.raises(RuntimeError, match="unlocked"):
        lock.release()
    thread = threading.Thread(target=time.sleep, args=(1.0,))
    with pytest.raises(RuntimeError, match="before it is started"):
        thread.join()
    thread.start()
    with pytest.raises(RuntimeError, match="only be started once"):
        thread.start()
    thread.join()
    assert line.now_s() == 1.0


def test_no_time_passes_while_numba_times_what_it_compiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "timeit", raising=False)
    with virtual_time(VirtualClock()) as shared:
        import timeit  # as numba does, when the first spike comes

        timeit.default_timer()
        assert shared.now_ns() == 0


def test_afterwards_what_python_offers_is_as_it_was() -> None:
    def offered() -> list[object]:
        return [
            threading.Lock, vars(threading)["_allocate_lock"], vars(threading)["_CRLock"],
            vars(threading)["_time"], threading.Thread.start, threading.Thread.join,
            vars(threading.Thread)["_bootstrap_inner"], queue.SimpleQueue, vars(queue)["time"],
            selectors.DefaultSelector, time.sleep,
        ]  # fmt: skip

    before = offered()
    with pytest.raises(KeyError), virtual_time(VirtualClock()):
        assert all(a is not b for a, b in zip(before, offered(), strict=True))
        raise KeyError
    assert offered() == before


def test_what_was_left_waiting_goes_on_in_real_time() -> None:
    with virtual_time(VirtualClock(), patience_s=LONG_S):
        event = threading.Event()
        things: queue.Queue[str] = queue.Queue()

        def work() -> None:
            time.sleep(1e6)
            things.put("slept")
            event.wait(1e-3)
            things.put("waited")

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
    assert [things.get(timeout=30.0) for _ in range(2)] == ["slept", "waited"]
    thread.join()


def test_a_forked_process_has_a_time_of_its_own(line: SharedTime) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    time.sleep(1.0)
    child = os.fork()
    if child == 0:
        thread.join()  # it does not exist here
        time.sleep(2.0)
        os._exit(round(line.now_s()))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 3
    assert line.now_s() == 1.0
    release.set()
    thread.join()


def _start_two_processes() -> None:
    for _ in range(2):
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)


def test_a_lock_is_handed_to_no_thread_that_a_forked_process_lacks(line: SharedTime) -> None:
    lock = threading.Lock()
    lock.acquire()
    thread = threading.Thread(target=lock.acquire)
    thread.start()
    time.sleep(1.0)  # until it waits
    child = os.fork()
    if child == 0:
        lock.release()
        os._exit(0 if lock.acquire(timeout=5.0) else 1)
    _, status = os.waitpid(child, 0)
    lock.release()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
    assert line.now_s() == 1.0


def test_a_thread_that_waits_for_a_processor_is_not_taken_for_a_busy_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # a process that gets a tenth of a processor
    monkeypatch.setattr(known_threads, "worked_s", lambda: time_of_this_machine() / 10)
    monkeypatch.setattr(known_threads, "computed_s", lambda _: None)
    release = False

    def work() -> None:
        while not release:
            pass

    begun = time_of_this_machine()
    with virtual_time(VirtualClock(), patience_s=0.02):
        thread = threading.Thread(target=work)
        thread.start()
        with pytest.warns(EmulationWarning, match="no longer waits"):
            time.sleep(10.0)
        release = True
        thread.join()
    assert time_of_this_machine() - begun >= 0.2


def test_a_process_of_the_script_is_warned_of_once() -> None:
    with (
        virtual_time(VirtualClock(), patience_s=LONG_S),
        pytest.warns(EmulationWarning, match=r"Another process.*--realtime") as warned,
    ):
        _start_two_processes()
    (warning,) = warned
    assert warning.filename == __file__


def _bind_and_connect() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        with contextlib.suppress(OSError):
            client.connect(server.getsockname())


def test_a_socket_of_the_script_is_warned_of_once() -> None:
    with (
        virtual_time(VirtualClock(), patience_s=LONG_S),
        pytest.warns(EmulationWarning, match=r"socket.*--realtime") as warned,
    ):
        _bind_and_connect()
    assert len(warned) == 1


@pytest.mark.parametrize("wait_s", [1e-4, 1e-2, 1.0, 100.0])
def test_a_loop_of_looks_ends_in_time_and_soon(line: SharedTime, wait_s: float) -> None:
    looks, until_s = 0, line.now_s() + wait_s
    while line.now_s() < until_s:
        time.time_ns()
        looks += 1
    assert 0 <= line.now_s() - until_s <= max(1e-5, min(wait_s / 100, 1e-3)) + 1e-9
    assert looks <= 100 + 1000 * (1 + wait_s)


def test_a_look_after_a_sleep_costs_little_again(line: SharedTime) -> None:
    for _ in range(1000):
        time.time_ns()
    time.sleep(1.0)
    before = line.now_ns()
    time.time_ns()
    assert line.now_ns() - before == LOOK_NS


@settings(max_examples=30, deadline=None)
@given(timeout_s=st.floats(1e-9, 10.0), start_s=st.floats(0.0, 1e6))
def test_a_wait_of_any_length_ends(timeout_s: float, start_s: float) -> None:
    things: queue.Queue[None] = queue.Queue()
    condition = threading.Condition()
    with virtual_time(VirtualClock(), patience_s=LONG_S) as shared:
        time.sleep(start_s)
        begun_s = shared.now_s()
        for _ in range(30):
            with contextlib.suppress(queue.Empty):
                things.get(timeout=timeout_s)
            with condition:
                condition.wait_for(lambda: False, timeout=timeout_s)
        took_s = shared.now_s() - begun_s
    assert 60 * timeout_s - 1e-6 <= took_s <= 60 * (timeout_s + 1e-6)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda: signal.alarm(0), None),
        (lambda: (signal.alarm(1000), signal.alarm(0)), "timer"),
        (lambda: (signal.setitimer(signal.ITIMER_PROF, 1e3), signal.setitimer(2, 0.0)), "timer"),
        (lambda: select.select([], [], [], 0), None),
        (lambda: select.select([], [], [], 1e-3), "select"),
    ],
)
def test_what_waits_in_real_time_is_warned_of(use: Callable[[], object], said: str | None) -> None:
    with (
        virtual_time(VirtualClock(), patience_s=LONG_S),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        use()
        use()
    texts = [str(warning.message) for warning in caught]
    assert len(texts) == (said is not None)
    assert all(said in text and "--realtime" in text for text in texts if said)
    assert all(warning.filename == __file__ for warning in caught)


def test_a_function_that_was_kept_is_pythons_own_afterwards() -> None:
    with virtual_time(VirtualClock(), patience_s=LONG_S):
        kept = signal.alarm
    kept(1000)
    assert kept(0) == 1000


def test_a_busy_thread_of_pythons_own_is_not_reported() -> None:
    with virtual_time(VirtualClock(), patience_s=0.01), multiprocessing.Pipe()[0] as never:
        thread = threading.Thread(target=multiprocessing.connection.wait, args=([never], 0.5))
        thread.start()
        time.sleep(10.0)
        thread.join()
