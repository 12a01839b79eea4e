"""Lets a script live in virtual time: whatever its threads wait with moves the emulation."""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import selectors
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from speckhal.contract.clock import NS_PER_S
from speckhal_mock.scripts.shared_locks import shared_lock, shared_selector, shared_threads
from speckhal_mock.scripts.shared_time import LOOK_NS, PATIENCE_S, SharedTime
from speckhal_mock.scripts.unordered import report_busy, reporting_unordered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.contract.clock import VirtualClock


@contextlib.contextmanager
def virtual_time(clock: VirtualClock, *, patience_s: float = PATIENCE_S) -> Iterator[SharedTime]:
    """Replace what Python offers for sleeping, waiting and reading the time, until the block ends.

    Within it, `time.sleep`, the clocks of `time`, the locks and threads of `threading` and what is
    built on them (events, conditions, queues, futures, timers), and the event loop of asyncio share
    one virtual time; `SharedTime` says how it passes. The wall's date is that of the block's
    beginning, plus the virtual time since. What other modules took out of `time` or `threading`
    before keeps real time, and so do `datetime`, `time.localtime` and its like, processes and
    sockets: a script that waits for these is warned, once for each kind.

    Args:
        clock: which moves with the virtual time.
        patience_s: real seconds for which time waits for a thread that is busy.

    Yields:
        The time line, for the boards of the script.
    """
    # imported now, they take the clocks of this machine, which their time-outs need
    for name in _REAL:
        importlib.import_module(name)
    shared = SharedTime(clock, patience_s=patience_s, report_busy=report_busy)
    main = shared.expect()
    shared.begin(main)
    genuine_time = SimpleNamespace(**vars(time))
    with contextlib.ExitStack() as stack:
        stack.callback(shared.end)
        stack.callback(shared.finish, main)
        stack.enter_context(_known_to_forked_processes(shared))
        stack.enter_context(reporting_unordered())
        for name in _REAL:
            module = importlib.import_module(name)
            if vars(module).get("time") is time:
                stack.enter_context(_replaced(module, time=genuine_time))
        stack.enter_context(_replaced(time, **_clocks(shared)))
        lock = shared_lock(shared)
        # `RLock` is written in Python where there is none in C, and then it is built on `Lock`
        stack.enter_context(
            _replaced(
                threading,
                Lock=lock,
                _allocate_lock=lock,
                _CRLock=None,
                _time=shared.now_s,
            )
        )
        stack.enter_context(_replaced(threading.Thread, **shared_threads(shared)))
        simple_queue = vars(queue)["_PySimpleQueue"]
        stack.enter_context(_replaced(queue, SimpleQueue=simple_queue, time=shared.now_s))
        stack.enter_context(_replaced(selectors, DefaultSelector=shared_selector(shared)))
        yield shared


_REAL: Final = (
    "multiprocessing.connection",
    "multiprocessing.managers",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
    "socketserver",
    "subprocess",
    "timeit",
)
"""Modules that wait for processes and sockets, with time-outs in real time; and the one whose clock
numba times itself by, thousands of looks for what a first spike compiles."""

_CLOCKS: Final = ("time", "monotonic", "perf_counter")

_shared: Final[list[SharedTime]] = []
"""Those that this process lives in."""


def _clocks(shared: SharedTime) -> dict[str, object]:
    """What takes the place of the functions of `time`."""

    def look(name: str) -> Callable[[], int]:
        genuine: Callable[[], int] = getattr(time, f"{name}_ns")
        epoch_ns = genuine() - shared.now_ns()

        def nanoseconds() -> int:
            if shared.ended:  # a module kept this function
                return genuine()
            shared.advance_ns(LOOK_NS)
            return epoch_ns + shared.now_ns()

        return nanoseconds

    replaced: dict[str, object] = {"sleep": shared.sleep_s}
    for name in _CLOCKS:
        replaced[f"{name}_ns"] = now_ns = look(name)
        replaced[name] = _in_seconds(now_ns)
    return replaced


def _in_seconds(now_ns: Callable[[], int]) -> Callable[[], float]:
    return lambda: now_ns() / NS_PER_S


@contextlib.contextmanager
def _replaced(owner: object, **replacements: object) -> Iterator[None]:
    """In the body, the owner has these attributes instead of its own."""
    genuine = {name: vars(owner)[name] for name in replacements}
    for name, replacement in replacements.items():
        setattr(owner, name, replacement)
    try:
        yield
    finally:
        for name, own in genuine.items():
            setattr(owner, name, own)


@contextlib.contextmanager
def _known_to_forked_processes(shared: SharedTime) -> Iterator[None]:
    _shared.append(shared)
    try:
        yield
    finally:
        _shared.remove(shared)


def _after_fork() -> None:
    for shared in _shared:
        shared.keep_only_this_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
