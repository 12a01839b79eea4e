"""SIGTERM and SIGHUP end a command as Ctrl-C does: clock off, board closed, results kept.

What they do by default is to end the process at once, and a board whose host is gone ticks on.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SAID = {"SIGTERM": "Terminated.", "SIGHUP": "Hung up."}
"""What is said of each signal; Windows has no SIGHUP."""

_OUTPUTS = (1, 2)
"""File descriptors of standard output and standard error."""


class Stopped(KeyboardInterrupt):
    """A signal asks for the end: whatever lets Ctrl-C through lets this through.

    Attributes:
        exit_code: by which shells know that a command was stopped by that signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(_SAID[signal.Signals(number).name])
        self.exit_code = 128 + number


class _Stop:
    """Handles the first signal that comes, and takes no notice of those after it."""

    def __init__(self) -> None:
        self._comes_first = True
        self._terminals = [output for output in _OUTPUTS if os.isatty(output)]

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        # a terminal that closes sends several, and the second must not cut the tidying short
        if self._comes_first:
            self._comes_first = False
            self._silence_lost_terminals()
            raise Stopped(number)

    def _silence_lost_terminals(self) -> None:
        """Send what is written there nowhere; it would fail, and the exit code be another."""
        for output in self._terminals:
            if not os.isatty(output):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, output)
                os.close(nowhere)


@contextmanager
def stoppable() -> Iterator[None]:
    """Within this, SIGTERM and SIGHUP raise `Stopped`.

    One that is ignored, as `nohup` has it, or that somebody else handles is left as it is; so
    are both outside the main thread, where Python delivers none.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    signals = [number for number in signal.Signals if number.name in _SAID and in_main_thread]
    taken = [number for number in signals if signal.getsignal(number) == signal.SIG_DFL]
    stop = _Stop()
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def leave_signals_alone() -> None:
    """Let the signals that `stoppable` took do what they do by default, until it ends."""
    for number in signal.Signals:
        if number.name in _SAID and isinstance(signal.getsignal(number), _Stop):
            signal.signal(number, signal.SIG_DFL)
