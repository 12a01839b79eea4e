"""Locks, queues, selectors and joins whose waits are waits in a shared virtual time."""

from __future__ import annotations

import math
import selectors
import threading
from collections import deque
from typing import TYPE_CHECKING

from speckhal.contract.clock import NS_PER_S
from speckhal_mock.scripts.known_threads import KnownThread, Waiter

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from speckhal_mock.scripts.shared_time import SharedTime


class SharedLock:
    """As `threading.Lock`. All that `threading` and `queue` offer for waiting is built on it."""

    def __init__(self, shared_time: SharedTime) -> None:
        self._time = shared_time
        self._locked = False
        self._waiters: deque[Waiter] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001  # as Python's
        """Take the lock, and return whether that worked in time.

        Raises:
            ValueError: there is a timeout without blocking, or a negative one.
            OverflowError: the timeout is too large.
        """
        _check_timeout(timeout, blocking=blocking)
        with self._time.mutex:
            if not self._locked:
                self._locked = True
                return True
            if not blocking or timeout == 0:
                return False
            waiter = Waiter()
            self._waiters.append(waiter)
        try:
            return self._time.park(waiter, _moment(self._time, None if timeout == -1 else timeout))
        except BaseException:
            if waiter.woken:  # it got the lock, and nobody will know
                self.release()
            raise

    def release(self) -> None:
        """Give the lock to the thread that has waited longest, or back.

        Raises:
            RuntimeError: nobody has it.
        """
        with self._time.mutex:
            if not self._locked:
                raise RuntimeError("release unlocked lock")
            while self._waiters:
                waiter = self._waiters.popleft()
                if not waiter.over:
                    self._time.wake(waiter)
                    return
            self._locked = False

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self._locked

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<{'locked' if self._locked else 'unlocked'} {type(self).__name__}>"

    def _at_fork_reinit(self) -> None:
        """Be free and unknown to all threads; `threading` calls it in a forked process."""
        self._locked = False
        self._waiters.clear()


def shared_lock(shared_time: SharedTime) -> type[SharedLock]:
    """In the place of `threading.Lock`, which takes no arguments."""

    class Lock(SharedLock):
        def __init__(self) -> None:
            super().__init__(shared_time)

    return Lock


def shared_selector(shared_time: SharedTime) -> type[selectors.BaseSelector]:
    """As `selectors.DefaultSelector`, which is what an event loop of asyncio waits with."""
    own = selectors.DefaultSelector

    class SharedSelector(own):  # type: ignore[valid-type, misc]  # which class it is depends on the system
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
            if not ready and (timeout is None or timeout > 0):
                look = super().select
                shared_time.park(Waiter(lambda: bool(look(0))), _moment(shared_time, timeout))
                ready = look(0)
            return ready

    return SharedSelector


def shared_threads(shared_time: SharedTime) -> dict[str, object]:
    """What takes the place of `start`, `join` and `_bootstrap_inner` of `threading.Thread`.

    Threads that are started are made known, and joining one is a wait in shared time.
    """
    known: dict[int, KnownThread] = {}
    genuine_start, genuine_join = threading.Thread.start, threading.Thread.join
    bootstrap: Callable[[threading.Thread], None] = vars(threading.Thread)["_bootstrap_inner"]

    def start(self: threading.Thread) -> None:
        if id(self) in known:  # it runs already, and Python refuses
            genuine_start(self)
            return
        known[id(self)] = shared_time.expect()
        try:
            genuine_start(self)
        except BaseException:
            if not self.is_alive():
                shared_time.finish(known.pop(id(self)))
            raise

    def run(self: threading.Thread) -> None:
        if id(self) not in known:  # it was started before
            bootstrap(self)
            return
        shared_time.begin(known[id(self)])
        try:
            bootstrap(self)
        finally:
            shared_time.finish(known.pop(id(self)))

    def join(self: threading.Thread, timeout: float | None = None) -> None:
        thread = None if self is threading.current_thread() else known.get(id(self))
        if thread is not None:
            waiter = Waiter()
            with shared_time.mutex:
                if thread.ended:
                    shared_time.wake(waiter)
                thread.joiners.append(waiter)
            if not shared_time.park(waiter, _moment(shared_time, timeout)):
                return
            timeout = None  # its work is done
        genuine_join(self, timeout)

    return {"start": start, "join": join, "_bootstrap_inner": run}


def _moment(shared_time: SharedTime, timeout_s: float | None) -> int | None:
    """When a wait of that length ends; None if it has no end."""
    if timeout_s is None:
        return None
    # rounded up, as Python does: a wait that takes no time would be repeated for ever
    return shared_time.now_ns() + max(math.ceil(timeout_s * NS_PER_S), 0)


def _check_timeout(timeout: float, *, blocking: bool) -> None:
    """Refuse what Python's own locks refuse, in their words."""
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > threading.TIMEOUT_MAX:
        raise OverflowError("timeout value is too large")
