"""Which threads of a script are at work, so that virtual time waits for them, and for how long."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from speckhal_mock.scripts.known_threads import KnownThread, wall_s

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKS: Final = 4
"""How often a thread that waits looks, within the patience, whether the others are still busy."""


class ThreadsAtWork:
    """The known threads of a script, and those among them that neither wait nor look at a clock.

    Whoever uses it holds the mutex of the shared time, but for `this` and `report`.

    Args:
        patience_s: real seconds for which time waits for a busy thread.
        report_busy: called, from any thread, with one for which time no longer waited, until it
            returns True: it has been said.
    """

    def __init__(self, patience_s: float, report_busy: Callable[[KnownThread], bool]) -> None:
        self._patience_s = patience_s
        self._report_busy = report_busy
        self._known: dict[int, KnownThread] = {}
        self._busy: set[KnownThread] = set()
        self._late: KnownThread | None = None
        self._reported = False

    def this(self) -> KnownThread | None:
        """The calling thread, if it is known."""
        return self._known.get(threading.get_ident())

    def expect(self) -> KnownThread:
        """A thread that is about to be started: it counts as busy from now on."""
        thread = KnownThread()
        self._busy.add(thread)
        return thread

    def begin(self, thread: KnownThread) -> None:
        """Note that the calling thread is `thread`."""
        thread.ident = threading.get_ident()
        self._known[thread.ident] = thread
        self.note_busy(thread)

    def finish(self, thread: KnownThread) -> None:
        """Note that `thread` does nothing more, or could not be started."""
        thread.ended = True
        self._busy.discard(thread)
        if thread.ident is not None and self._known.get(thread.ident) is thread:
            del self._known[thread.ident]

    def keep_only_this(self) -> None:
        """Forget all threads but the calling one; nobody waits for the end of the others."""
        ident = threading.get_ident()
        for thread in (*self._known.values(), *self._busy):
            thread.ended = thread.ident != ident
        self._known = {ident: self._known[ident]} if ident in self._known else {}
        self._busy = set(self._known.values())

    def check_in(self) -> KnownThread | None:
        """The calling thread, if it is known, which waits, goes on, or looks at a clock now."""
        thread = self.this()
        if thread is not None:
            self.note_busy(thread)
        return thread

    def note_busy(self, thread: KnownThread) -> None:
        """Note that a thread goes on."""
        thread.note_seen()
        self._busy.add(thread)

    def note_waiting(self, thread: KnownThread) -> None:
        """Note that a thread waits."""
        self._busy.discard(thread)

    def hold_time(self, besides: KnownThread | None = None) -> bool:
        """Whether one of them, `besides` aside, is at work that time waits for."""
        now_s = wall_s()
        for thread in [thread for thread in self._busy if thread is not besides]:
            if not thread.is_overdue(now_s, patience_s=self._patience_s):
                return True
            if thread.overdue_s is None:
                thread.overdue_s = now_s
            if now_s - thread.overdue_s < self._patience_s / LOOKS:
                return True  # the whole process may have stood still: look once more
            self._busy.discard(thread)
            thread.note_late()
            self._late = thread
        return False

    def report(self) -> None:
        """Say, once, that time did not wait for a thread. It may raise: never within the mutex."""
        late, self._late = self._late, None
        if late is not None and not self._reported:
            self._reported = True  # also where it raises
            self._reported = self._report_busy(late)
