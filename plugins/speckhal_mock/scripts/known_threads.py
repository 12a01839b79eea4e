"""What a shared virtual time knows of a script's threads: which are at work, and what others await.

The clocks and locks in here are those of this machine, whatever `time` and `threading` offer later.
"""

from __future__ import annotations

import _thread
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_MOST: Final = 10
"""A thread that does not compute holds time for no longer than this many times the patience."""

_COMPUTING: Final = 40
"""With a thread that computes there is this many times the patience, and half of it after each time
that this was not enough: one that turns round until another sets a flag costs little."""

_GROWS_S: Final = 1e-3
"""A thread computes if its own time goes on by this much between two looks at it."""

new_lock: Final = _thread.allocate_lock
new_mutex: Final = _thread.RLock
wall_s: Final = time.monotonic
worked_s: Final = time.process_time
sleep_s: Final = time.sleep


def computed_s(ident: int | None) -> float | None:
    """How long a thread has computed since it began; None where no system clock says that."""
    if ident is None or not hasattr(time, "pthread_getcpuclockid"):
        return None
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(ident))
    except OSError:
        return None


class KnownThread:
    """A thread that time waits for.

    Attributes:
        ident: what the operating system calls it; None until it runs.
        ended: whether its work is done.
        joiners: those that wait for its end.
        seen_s: real time at which it last waited, went on, or looked at a clock.
        seen_worked_s: how long this process had been at work by then.
        computed_s: how long it had computed when it was found to do so, or at the first look at it
            since it was last seen; None where that is not known.
        overdue_s: real time at which it was first found to have been busy for too long since.
        looks_since_ns: virtual time at which it began to do nothing but look; None if it does not.
        emulates: how many calls, one within the other, it is in that time waits for however long
            they take: what it does in them is the boards' work.
    """

    def __init__(self, ident: int | None = None) -> None:
        self.ident = ident
        self.ended = False
        self.joiners: list[Waiter] = []
        self.seen_s = wall_s()
        self.seen_worked_s = worked_s()
        self.computed_s: float | None = None
        self.overdue_s: float | None = None
        self._began_s: float | None = None
        self._computes_for_s = 0.0
        self._times_patience = float(_COMPUTING)
        self.looks_since_ns: int | None = None
        self.emulates = 0

    def note_seen(self) -> None:
        """Note that it waits, goes on, or looks at a clock now."""
        self.seen_s, self.seen_worked_s = wall_s(), worked_s()
        self.computed_s = self._began_s = self.overdue_s = None

    def _goes_on(self) -> bool:
        """Whether it has computed since the last look at it."""
        computed = computed_s(self.ident)
        if computed is None or self.computed_s is None or self._began_s is None:
            return False
        if computed - self.computed_s < _GROWS_S:
            return False
        self.computed_s = computed
        self._computes_for_s = computed - self._began_s
        return True

    def note_late(self) -> None:
        """Note that time no longer waits for it: there is less patience with it from now on."""
        self._times_patience = max(1.0, self._times_patience / 2)

    def is_overdue(self, now_s: float, *, patience_s: float) -> bool:
        """Whether it has been busy for too long since it was last seen, or to compute.

        Args:
            now_s: real time.
            patience_s: how long it may be, counted while this process is at work; if it computes
                itself, many times as long.
        """
        if self._began_s is None:
            self.computed_s = self._began_s = computed_s(self.ident)
        if self.emulates or now_s - self.seen_s <= patience_s:
            return False
        if self._goes_on():
            if self._computes_for_s > self._times_patience * patience_s:
                return True
            self.seen_s, self.seen_worked_s, self.overdue_s = now_s, worked_s(), None
            return False
        passed_s = now_s - self.seen_s
        return worked_s() - self.seen_worked_s > patience_s or passed_s > _AT_MOST * patience_s


class Waiter:
    """One wait of one thread, for a moment, for another thread, or for both.

    Args:
        is_ready: asked before time passes, for what no thread of the script announces.

    Attributes:
        woken: whether what it waits for has come.
    """

    __slots__ = ("bell", "is_ready", "over", "thread", "woken")

    def __init__(self, is_ready: Callable[[], bool] | None = None) -> None:
        self.bell = new_lock()
        self.bell.acquire()
        self.is_ready = is_ready
        self.thread: KnownThread | None = None
        self.woken = False
        self.over = False
