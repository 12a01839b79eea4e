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
"""A thread holds time back for no longer than this many times the patience with it."""

new_lock: Final = _thread.allocate_lock
new_mutex: Final = _thread.RLock
wall_s: Final = time.monotonic
worked_s: Final = time.process_time
sleep_s: Final = time.sleep


class KnownThread:
    """A thread that time waits for.

    Attributes:
        ident: what the operating system calls it; None until it runs.
        ended: whether its work is done.
        joiners: those that wait for its end.
        seen_s: real time at which it last waited, went on, or looked at a clock.
        seen_worked_s: how long this process had been at work by then.
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
        self.overdue_s: float | None = None
        self.looks_since_ns: int | None = None
        self.emulates = 0

    def note_seen(self) -> None:
        """Note that it waits, goes on, or looks at a clock now."""
        self.seen_s, self.seen_worked_s = wall_s(), worked_s()
        self.overdue_s = None

    def is_overdue(self, now_s: float, *, patience_s: float) -> bool:
        """Whether it has been busy for too long since it was last seen.

        Args:
            now_s: real time.
            patience_s: how long it may be, counted while this process is at work.
        """
        passed_s = now_s - self.seen_s
        if self.emulates or passed_s <= patience_s:
            return False
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
