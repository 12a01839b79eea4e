"""Separates the user's own interrupts, which pass through unchanged, from what plugins raise.

Ctrl-C is one, and so is whatever a signal handler raises: an exit, a time-out, an exception of the
user's own class. It comes up in whichever frame is running, which may be a plugin's, a library's
or the vendor's, and they are not at fault.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import signal
import threading
import traceback
from types import FrameType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTS: Final = (KeyboardInterrupt, GeneratorExit)
"""Interrupts wherever they come from. An error that is raised while a generator is closed has that
one's GeneratorExit as context, and is an error all the same."""

_SIGNALS: Final = frozenset(signal.valid_signals())
_TRACED: Final = frozenset({"call", "line", "return", "exception", "opcode"})


def is_interrupt(error: BaseException) -> bool:
    """Whether it is the user's: Ctrl-C, or raised by a signal handler or in a debugger."""
    return isinstance(error, INTERRUPTS) or raised_by_handler(error)


def let_interrupts_pass(error: BaseException, handled: BaseException | None) -> None:
    """Raise the interrupt that an error is, or during whose handling it was raised, if any.

    Libraries and plugins catch what they do not know and raise something of their own instead.

    Args:
        error: what was raised.
        handled: what the caller was handling from the beginning, by `sys.exc_info()[1]`: that, and
            all before it, does not count.
    """
    interrupt = _interrupt_behind(error, handled)
    if interrupt is None:
        return
    context, is_suppressed = interrupt.__context__, interrupt.__suppress_context__
    try:
        raise interrupt
    finally:
        interrupt.__context__, interrupt.__suppress_context__ = context, is_suppressed
        # a traceback that refers to its exception keeps all that its frames hold alive
        del interrupt, error, context


def raised_by_handler(error: BaseException) -> bool:
    """Whether a signal handler of Python code raised it, or a debugger."""
    return any(_is_handler(frame) for frame, _ in traceback.walk_tb(error.__traceback__))


@contextlib.contextmanager
def ctrl_c_recognised() -> Iterator[None]:
    """In the body, `raised_by_handler` is true of Ctrl-C, and so is all that handlers raise.

    A KeyboardInterrupt that code raises by itself is not among them.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handler(number: int, frame: FrameType | None) -> None:
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is handler:  # the body may have installed its own
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupt_behind(error: BaseException, handled: BaseException | None) -> BaseException | None:
    behind = [error]
    for one in behind:  # which grows meanwhile
        # closing a generator interrupts nothing but that generator
        is_closing = one is not error and isinstance(one, GeneratorExit)
        if raised_by_handler(one) if is_closing else is_interrupt(one):
            return one
        behind += [
            other
            for other in (one.__cause__, one.__context__)
            if other is not None
            and other is not handled
            and not any(other is seen for seen in behind)
        ]
    return None


def _is_handler(frame: FrameType) -> bool:
    """Whether Python itself called the function, to handle a signal or to trace another one.

    Handlers are given the signal's number and the frame that it interrupts, tracers that frame and
    an event, and nobody else passes such things. Which handlers are installed does not count, since
    many take themselves out before they raise.
    """
    code = frame.f_code
    takes_more = bool(code.co_flags & inspect.CO_VARARGS)
    if code.co_argcount < 2 and not takes_more:
        return False
    given = [frame.f_locals.get(name) for name in code.co_varnames[: code.co_argcount]]
    if takes_more:
        rest = frame.f_locals.get(code.co_varnames[code.co_argcount + code.co_kwonlyargcount])
        given += rest if type(rest) is tuple else ()
    return any(
        (issubclass(type(one), int) and one in _SIGNALS and type(other) is FrameType)
        or (type(one) is FrameType and type(other) is str and other in _TRACED)
        for one, other in itertools.pairwise(given)
    )
