"""Sees to it that a request to stop arrives: raises it again, and at last ends the process."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

SOON_S = 0.02
"""A request that was lost is raised again this much later, outside what lost it."""

MOST_LOSSES = 100
"""A program that swallows the request more often than this does not end by itself."""

TIDYING_S = 3.0
"""Tidying may take this long after a second signal, before it is interrupted in turn."""

CLOSING_S = 2.0
"""Closing the board may take this long after that."""

_LOST: Final = 0  # no signal has that number
_END: Final = 255
_FAREWELL: Final = b"Ended without tidying up: the slow clock of a board may still be running.\n"


class StopWatchdog:
    """A thread that counts signals as they come, also while the main thread is held up in C.

    Python runs a signal's handler between two steps of the main thread only, but it writes the
    number into a pipe at once.

    Args:
        handler: of the signals; a signal that other code handles meanwhile is left to it.
    """

    def __init__(self, handler: Callable[[int, FrameType | None], None]) -> None:
        self._handler = handler
        self._numbers: frozenset[int] = frozenset()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()
        self._read, self._write = -1, -1
        self._wakeup_before = -1
        self._is_due = False
        self._sent = 0  # signals that are this thread's own, and on their way
        self._asked = 0  # number of the first signal
        self._signals = 0
        self._losses = 0
        self._again_at_s = math.inf
        self._end_at_s = math.inf

    def begin(self, numbers: Iterable[int]) -> None:
        """Watch for these signals; to be called in the main thread."""
        if not hasattr(signal, "pthread_kill"):  # as on Windows
            return
        self._numbers = frozenset(numbers)
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._wakeup_before = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._watch, name="speckhal signals", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Watch no longer; to be called in the main thread, and in that of a forked child."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        with contextlib.suppress(OSError, ValueError):  # it may be closed by now
            signal.set_wakeup_fd(self._wakeup_before)
        if os.getpid() == self._process:
            self._send(_END)
            thread.join()
        os.close(self._read)
        os.close(self._write)

    def note_a_call(self, number: int) -> None:
        """The handler is called; to be called by it.

        Others take the pipe of signals away, as asyncio does, and then no number has come here.
        """
        if self._thread is None:
            return
        present = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        if present == self._write:
            return
        if present != -1:  # it is in use
            signal.set_wakeup_fd(present)
        self._send(number)

    def note_a_loss(self) -> None:
        """The exception that a request became is gone, and did not arrive."""
        if self._thread is not None:
            self._send(_LOST)

    def is_due(self) -> bool:
        """Whether the handler is called for the request to be raised again; answers that once."""
        is_due, self._is_due = self._is_due, False
        return is_due

    def _send(self, news: int) -> None:
        with contextlib.suppress(OSError):  # who closes all files of the process closes this too
            os.write(self._write, bytes([news]))

    def _watch(self) -> None:
        while True:
            next_s = min(self._again_at_s, self._end_at_s)
            left_s = None if next_s == math.inf else max(0.0, next_s - time.monotonic())
            if select.select([self._read], [], [], left_s)[0]:
                news = os.read(self._read, 64)
                if _END in news:
                    return
                for number in news:
                    self._take_note(number)
            now_s = time.monotonic()
            if now_s >= self._end_at_s:
                os.write(2, _FAREWELL)
                os._exit(128 + self._asked)
            if now_s >= self._again_at_s:
                self._again_at_s = math.inf
                self._is_due = True
                self._sent += 1
                signal.pthread_kill(threading.main_thread().ident or 0, self._asked)

    def _take_note(self, number: int) -> None:
        now_s = time.monotonic()
        if number == _LOST:
            self._losses += 1
            self._again_at_s = min(self._again_at_s, now_s + SOON_S)
            if self._losses > MOST_LOSSES:
                self._end_at_s = now_s
        elif number not in self._numbers or signal.getsignal(number) != self._handler:
            return
        elif self._sent:
            self._sent -= 1
        else:
            self._asked = self._asked or number
            self._signals += 1
            if self._signals > 1 and self._end_at_s == math.inf:
                self._again_at_s = min(self._again_at_s, now_s + TIDYING_S)
                self._end_at_s = now_s + TIDYING_S + CLOSING_S
