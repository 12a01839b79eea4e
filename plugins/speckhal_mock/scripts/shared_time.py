"""One virtual time for all threads of a script: it passes when every one of them waits."""

from __future__ import annotations

import contextlib
import heapq
import itertools
from typing import TYPE_CHECKING, Final

from speckhal.contract.clock import NS_PER_S, VirtualClock, duration_ns
from speckhal_mock.scripts.known_threads import Waiter, new_mutex, sleep_s, wall_s
from speckhal_mock.scripts.threads_at_work import LOOKS, ThreadsAtWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal_mock.scripts.known_threads import KnownThread

PATIENCE_S: Final = 0.05
"""Real seconds for which a thread that neither waits nor looks at a clock holds time back.

They are counted while this process is at work, so that a thread which only waits for a processor
is not taken for a busy one; but it holds time for no longer than ten times as long. With one that
computes, where the system says so, there is 40 times the patience, 2 s, and less each time it was
not enough."""

LOOK_NS: Final = 10_000
"""What one look at a clock costs, so that a script which waits in a loop gets on."""

LONGEST_LOOK_NS: Final = 1_000_000
"""What it costs at most where a thread does nothing but look: a loop ends no later than that."""

_PROBE_S: Final = 2e-3
"""Real seconds between two looks at what only the operating system can make ready."""


class SharedTime:
    """Virtual time as a script with threads sees it. It is an emulation's clock, too.

    A thread that sleeps ends its sleep at its own moment, and sleeps that overlap pass once: when
    every known thread waits, time goes to the first moment that any of them waits for, and that
    thread goes on alone until it waits again. Threads that are due at the same moment go on in the
    order in which they began to wait, so that a script does the same in every run, as long as no
    thread is busy for longer than `patience_s` or works beside another that it has woken.

    A look at a clock is a very short sleep: `LOOK_NS`, or a hundredth of the time for which the
    thread has only looked, up to `LONGEST_LOOK_NS`, so that waiting in a loop is soon over.

    Threads that nobody has made known sleep as others do, and never hold time back. Neither does
    one that has been busy for longer than `patience_s`.

    Args:
        clock: which moves with it; a new one if there is none.
        patience_s: real seconds for which time waits for a busy thread.
        report_busy: called, from any thread, with one for which time no longer waited, until it
            returns True: it has been said.

    Attributes:
        mutex: held while anything about waits changes.
        ended: whether virtual time passes no more, and waits take real time.
    """

    is_virtual = True

    def __init__(
        self,
        clock: VirtualClock | None = None,
        *,
        patience_s: float = PATIENCE_S,
        report_busy: Callable[[KnownThread], bool] = lambda _: True,
    ) -> None:
        # reentrant, since a signal's handler may wait within a wait
        self.mutex = new_mutex()
        self._patience_s = patience_s
        self._threads = ThreadsAtWork(patience_s, report_busy)
        self._clock = VirtualClock() if clock is None else clock
        self._due: list[tuple[int, int, Waiter]] = []
        self._probed: list[Waiter] = []
        self._parked: set[Waiter] = set()
        self._numbers = itertools.count()
        self.ended = False

    def now_ns(self) -> int:
        """Nanoseconds since the time line was made. Looking costs nothing."""
        return self._clock.now_ns()

    def now_s(self) -> float:
        """Seconds since the time line was made."""
        return self._clock.now_s()

    def sleep_s(self, duration_s: float) -> None:
        """Let `duration_s` seconds pass for this thread.

        Raises:
            ValueError: `duration_s` is negative.
        """
        self.advance_ns(duration_ns(duration_s))

    def advance_ns(self, duration: int) -> None:
        """Let `duration` nanoseconds pass for this thread.

        Raises:
            ValueError: `duration` is negative.
        """
        if duration < 0:
            raise ValueError(f"Asked to advance by {duration} ns: time does not run backwards.")
        if duration <= LOOK_NS:
            duration = max(duration, self._longer_look_ns())
            self._wait(self.now_ns() + duration)
        else:
            self.wait_until_ns(self.now_ns() + duration)

    def wait_until_ns(self, moment: int) -> None:
        """Return when `moment` has come; at once if it has passed."""
        self._note_wait()
        self._wait(moment)

    @contextlib.contextmanager
    def emulating(self) -> Iterator[None]:
        """Let time wait for this thread in the body, however long it works there.

        For what boards do, such as compiling for their first spike: it takes no virtual time, so
        none may pass meanwhile. What the thread waits for in the body passes as ever.
        """
        with self.mutex:
            thread = self._threads.check_in()
        if thread is None:
            yield
            return
        thread.emulates += 1
        try:
            yield
        finally:
            with self.mutex:
                thread.emulates -= 1
                self._threads.check_in()

    def park(self, waiter: Waiter, moment: int | None = None) -> bool:
        """Wait for `wake(waiter)`, or until `moment` has come.

        An exception that a signal's handler raises ends the wait, too.

        Returns:
            Whether it was woken; False where the moment came first.
        """
        self._note_wait()
        return self._park(waiter, moment)

    def _park(self, waiter: Waiter, moment: int | None) -> bool:
        with self.mutex:
            if waiter.woken:
                return True
            waiter.thread = self._threads.check_in()
            if waiter.thread is not None:
                self._threads.note_waiting(waiter.thread)
            self._parked.add(waiter)
            if moment is not None:
                heapq.heappush(self._due, (moment, next(self._numbers), waiter))
            if waiter.is_ready is not None:
                self._probed.append(waiter)
            self._pass()
        try:
            self._await_bell(waiter, moment)
        finally:
            with self.mutex:
                self._end(waiter)
        self._threads.report()
        return waiter.woken

    def wake(self, waiter: Waiter) -> None:
        """Let a wait end: what it was for has come. The thread counts as busy from now on."""
        with self.mutex:
            if not waiter.over:
                waiter.woken = True
                self._end(waiter)

    def expect(self) -> KnownThread:
        """Make a thread known that is about to be started: time waits for it from now on."""
        with self.mutex:
            return self._threads.expect()

    def begin(self, thread: KnownThread) -> None:
        """Say that the calling thread is `thread`."""
        with self.mutex:
            self._threads.begin(thread)

    def finish(self, thread: KnownThread) -> None:
        """Say that `thread` does nothing more, or could not be started."""
        with self.mutex:
            self._threads.finish(thread)
            for joiner in thread.joiners:
                self.wake(joiner)
            self._pass()

    def keep_only_this_thread(self) -> None:
        """Forget all threads but the calling one: they do not exist in a forked process."""
        self.mutex = new_mutex()
        self._threads.keep_only_this()
        self._due.clear()
        self._probed.clear()
        for waiter in self._parked:
            waiter.over = True  # so that no lock is handed to it
        self._parked.clear()

    def end(self) -> None:
        """Let virtual time pass no more: sleeps end, and later waits take real time."""
        with self.mutex:
            self.ended = True
            for _, _, waiter in sorted(self._due, key=lambda due: due[:2]):
                self._end(waiter)
            self._due.clear()

    def _note_wait(self) -> None:
        """Note that the calling thread does more than look."""
        thread = self._threads.this()
        if thread is not None:
            thread.looks_since_ns = None

    def _longer_look_ns(self) -> int:
        """What a look costs a thread that has done nothing else for some time."""
        with self.mutex:
            thread = self._threads.this()
            if thread is None:
                return 0
            if thread.looks_since_ns is None:
                thread.looks_since_ns = self.now_ns()
            return min((self.now_ns() - thread.looks_since_ns) // 100, LONGEST_LOOK_NS)

    def _wait(self, moment: int) -> None:
        if self.ended:
            sleep_s(max(moment - self.now_ns(), 0) / NS_PER_S)
            return
        with self.mutex:
            alone = not self._threads.hold_time(besides=self._threads.check_in())
            if alone and not self._probed and (not self._due or self._due[0][0] > moment):
                self._clock.wait_until_ns(moment)
                return
        self._park(Waiter(), moment)

    def _pass(self) -> None:
        """If every known thread waits, let the next one go on."""
        if self.ended or not (self._due or self._probed) or self._threads.hold_time():
            return
        for waiter in tuple(self._probed):
            if waiter.is_ready is not None and waiter.is_ready():
                self.wake(waiter)
                return
        while self._due:
            moment, _, waiter = heapq.heappop(self._due)
            if not waiter.over:
                self._clock.wait_until_ns(moment)
                self._end(waiter)
                return

    def _end(self, waiter: Waiter) -> None:
        """End a wait, if it has not ended yet."""
        if waiter.over:
            return
        waiter.over = True
        self._parked.discard(waiter)
        if waiter.is_ready is not None:
            self._probed.remove(waiter)
        if waiter.thread is not None:
            self._threads.note_busy(waiter.thread)
        waiter.bell.release()

    def _await_bell(self, waiter: Waiter, moment: int | None) -> None:
        pause_s = self._patience_s / LOOKS if waiter.is_ready is None else _PROBE_S
        deadline_s = None if moment is None else wall_s() + (moment - self.now_ns()) / NS_PER_S
        while not waiter.bell.acquire(timeout=pause_s):
            with self.mutex:
                if waiter.is_ready is not None and waiter.is_ready():
                    self.wake(waiter)
                elif not self.ended:
                    self._pass()
                elif deadline_s is not None and wall_s() >= deadline_s:
                    return
            self._threads.report()
