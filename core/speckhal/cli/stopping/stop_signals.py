"""SIGTERM, SIGHUP and Ctrl-C end a command: clock off, board closed, results kept.

What the first two do by default is to end the process at once, and a board whose host is gone
ticks on. So each raises an exception, which a `finally` anywhere may tidy behind. Such an exception
can be lost: Python drops what is raised in a `__del__` or a callback, and a user's `except` may
swallow anything. Then it is raised again, and a second signal ends the command in any case.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Final

from speckhal.cli.stopping.stop_watchdog import StopWatchdog
from speckhal.cli.terminal.stream_state import send_nowhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SAID: Final = {"SIGINT": "Interrupted.", "SIGTERM": "Terminated.", "SIGHUP": "Hung up."}
"""What is said of each signal; Windows has no SIGHUP."""

_UNTOUCHED: Final = (signal.SIG_DFL, signal.default_int_handler)
"""Handlers that nobody chose."""

_OUTPUTS = (1, 2)
"""File descriptors of standard output and standard error."""


class Stopped(KeyboardInterrupt):
    """A signal asks for the end: whatever lets Ctrl-C through lets this through.

    Attributes:
        number: of the signal.
        exit_code: by which shells know that a command was stopped by that signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(_SAID[signal.Signals(number).name])
        self.number = number
        self.exit_code = 128 + number


class _Stop:
    """Handles signals: raises `Stopped` for the first, and sees to it that it arrives.

    Attributes:
        asked: number of the first signal; None before it came.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self._terminals = [output for output in _OUTPUTS if os.isatty(output)]
        self._watchdog = StopWatchdog(self)
        self._in_flight: weakref.ref[Stopped] | None = None
        self._unraisable_before = sys.unraisablehook
        self._is_leaving = False

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self._watchdog.note_a_call(number)
        # a terminal that closes sends several, and the second must not cut the tidying short
        if self.asked is None:
            self.asked = number
            self._silence_lost_terminals()
        elif self._is_leaving or not self._watchdog.is_due():
            return
        raise self.stopped(self.asked)

    def stopped(self, number: int) -> Stopped:
        """The exception to raise; if it is forgotten before it arrives, another will follow."""
        stopped = Stopped(number)
        self._in_flight = weakref.ref(stopped, lambda _: self._watchdog.note_a_loss())
        return stopped

    def take(self) -> None:
        """Handle the signals that nobody else handles; outside the main thread Python has none."""
        if threading.current_thread() is not threading.main_thread():
            return
        numbers = [number for number in signal.Signals if number.name in _SAID]
        taken = [number for number in numbers if signal.getsignal(number) in _UNTOUCHED]
        self._watchdog.begin(taken)
        self._unraisable_before, sys.unraisablehook = sys.unraisablehook, self._unraisable
        for number in taken:
            self._before[number] = signal.signal(number, self)

    def leave(self) -> None:
        """Let the signals do again what they did."""
        self._is_leaving = True
        # first, since a signal that it raises again afterwards would end the process at once
        self._watchdog.end()
        for number, handler in self._before.items():
            if signal.getsignal(number) is self:
                signal.signal(number, handler)
        self._before.clear()
        if sys.unraisablehook == self._unraisable:
            sys.unraisablehook = self._unraisable_before

    def _unraisable(self, lost: sys.UnraisableHookArgs) -> None:
        """Say nothing of a request that was lost, since another follows."""
        if not isinstance(lost.exc_value, Stopped):
            self._unraisable_before(lost)

    def _silence_lost_terminals(self) -> None:
        """Send what is written there nowhere; it would fail, and the exit code be another."""
        for output in self._terminals:
            if not os.isatty(output):
                send_nowhere(output)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Within this, SIGTERM, SIGHUP and Ctrl-C raise `Stopped`; after one, so does the end of it.

    One that is ignored, as `nohup` has it, or that somebody else handles is left as it is; so
    are all outside the main thread, where Python delivers none.
    """
    stop = _Stop()
    try:
        stop.take()
        try:
            yield
        except Stopped:
            raise
        except BaseException as error:
            if stop.asked is not None:
                raise stop.stopped(stop.asked) from error
            raise
        if stop.asked is not None:
            raise stop.stopped(stop.asked)
    finally:
        stop.leave()


def leave_signals_alone() -> None:
    """Let the signals that `stoppable` took do what they did before."""
    for number in signal.Signals:
        if number.name in _SAID and isinstance(stop := signal.getsignal(number), _Stop):
            stop.leave()


def _leave_them_in_a_child() -> None:
    """A forked process has no board to tidy, and dies of a signal as any other does."""
    with contextlib.suppress(ValueError):
        leave_signals_alone()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_them_in_a_child)
