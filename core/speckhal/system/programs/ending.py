"""What Python does when a program has ended, while this process goes on.

The order is Python's: pools are waited for, the main thread counts as ended, threads that are no
daemons are waited for, then callbacks of `atexit` run, last registered first, and what was printed
is written out.
"""

from __future__ import annotations

import atexit
import contextlib
import sys
import threading
import traceback
import weakref
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    _Callback = tuple[Callable[..., object], tuple[Any, ...], Mapping[str, Any]]

_POOLS = {
    "concurrent.futures.thread": "_shutdown",
    "concurrent.futures.process": "_global_shutdown",
}
"""Modules with pools of workers, and what says in each that Python is about to end."""


@attrs.define
class Ending:
    """How the end went.

    Attributes:
        is_output_lost: whether a standard stream could not be written out, as one that is detached.
    """

    is_output_lost: bool = False


@contextlib.contextmanager
def ends_as_python_does(known: Collection[threading.Thread]) -> Iterator[Ending]:
    """At the end of the block, wait for its threads, call its exit callbacks, write its output.

    Args:
        known: threads that were there before, which nobody waits for.
    """
    ending, lent = Ending(), (sys.stdout, sys.stderr)
    at_thread_end: list[Callable[[], object]] = vars(threading).get("_threading_atexits", [])
    first_new = len(at_thread_end)
    with _ExitCallbacks() as callbacks, _main_thread_that_ends() as ended:
        try:
            yield ending
        finally:
            _wait_for_threads(known, at_thread_end, ended)
            # those of the pools, which may have been imported only now, belong to the process
            at_thread_end[first_new:] = filter(_is_of_pools, at_thread_end[first_new:])
            callbacks.call()
            ending.is_output_lost = not all(
                [_is_written("stdout", lent), _is_written("stderr", lent)]
            )


def leave_behind(known: Collection[threading.Thread]) -> None:
    """Let threads that are still at work end with the process, and without a word, as Python does.

    These are daemons, and others if an interrupt kept us from waiting for them.

    Args:
        known: threads that the program did not start.
    """
    left = {*threading.enumerate()} - {*known, threading.current_thread()}
    if not left:
        return
    # keeps Python from waiting for them at its own end, up to 3.12; from then on nothing does
    locks = vars(threading).get("_shutdown_locks")
    for thread in left:
        if locks is not None:
            locks.discard(getattr(thread, "_tstate_lock", None))
        _left_behind.add(thread)
    if not isinstance(threading.excepthook, _SilentAboutThem):
        threading.excepthook = _SilentAboutThem(threading.excepthook)


_left_behind: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


@attrs.frozen(eq=False)
class _SilentAboutThem:
    """A hook for what threads raise that hears nothing of those that are left behind."""

    hook: Callable[[threading.ExceptHookArgs], object]

    def __call__(self, args: threading.ExceptHookArgs, /) -> None:
        if args.thread not in _left_behind:
            self.hook(args)


def _wait_for_threads(
    known: Collection[threading.Thread],
    at_thread_end: list[Callable[[], object]],
    ended: threading.Event,
) -> None:
    try:
        # idle workers of a pool would wait for work for ever
        for call in reversed(at_thread_end):
            call()
        ended.set()
        while waiting := [
            thread for thread in threading.enumerate() if not thread.daemon and thread not in known
        ]:
            for thread in waiting:
                if thread.ident is not None:  # else another thread is just starting it
                    thread.join()
    except BaseException:  # noqa: BLE001 - whatever it is, exit callbacks are still to run
        _show_ignored(repr(threading))
    finally:
        ended.set()
        for name, ending in _POOLS.items():
            if name in sys.modules:
                setattr(sys.modules[name], ending, False)


def _is_of_pools(call: Callable[[], object]) -> bool:
    return getattr(getattr(call, "func", call), "__module__", None) in _POOLS


@contextlib.contextmanager
def _main_thread_that_ends() -> Iterator[threading.Event]:
    """Let other threads see the main thread as alive until the event is set; they may wait for it.

    Where a program runs in another thread, the main thread does not end with it.
    """
    ended, main = threading.Event(), threading.current_thread()
    if main is not threading.main_thread():
        yield ended
        return

    def join(timeout: float | None = None) -> None:
        ended.wait(timeout)

    vars(main).update(is_alive=lambda: not ended.is_set(), join=join)
    try:
        yield ended
    finally:
        del vars(main)["is_alive"], vars(main)["join"]


class _ExitCallbacks:
    """What is registered with `atexit` in the block; the standard library's own is not among it.

    Those belong to the process, which goes on.
    """

    def __init__(self) -> None:
        self._noted: list[_Callback] = []
        self._are_called = False
        self._register, self._unregister = atexit.register, atexit.unregister

    def __enter__(self) -> _ExitCallbacks:  # noqa: PYI034 - nobody inherits from it
        vars(atexit).update(register=self._note, unregister=self._forget)
        return self

    def __exit__(self, *_: object) -> None:
        vars(atexit).update(register=self._register, unregister=self._unregister)

    def call(self) -> None:
        """Call them, last registered first; those that they register are not called."""
        self._are_called = True
        while self._noted:
            function, args, kwargs = self._noted.pop()
            self._unregister(function)
            try:
                function(*args, **kwargs)
            except BaseException:  # noqa: BLE001 - Python goes on to the next one, too
                _show_ignored(f"atexit callback {function!r}")

    def _note(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> object:
        caller = str(sys._getframe(1).f_globals.get("__name__"))  # noqa: SLF001 - no other way
        if caller.partition(".")[0] in sys.stdlib_module_names:
            return self._register(function, *args, **kwargs)
        if not self._are_called:
            # there too, since a process that is forked may end without us
            self._register(function, *args, **kwargs)
            self._noted.append((function, args, kwargs))
        return function

    def _forget(self, function: Callable[..., object], /) -> None:
        self._unregister(function)
        self._noted[:] = [callback for callback in self._noted if callback[0] != function]


def _show_ignored(where: str) -> None:
    """Show the exception that is handled, which changes nothing else."""
    with contextlib.suppress(Exception):  # standard error may be closed
        print(f"Exception ignored in {where}:", file=sys.stderr)  # noqa: T201 - as Python does
        traceback.print_exc()


def _is_written(name: str, lent: Collection[object]) -> bool:
    """Write out what a standard stream of `sys` holds back, if it is open; whether that went well.

    Others gave the program those that are `lent`: they write these themselves later.
    """
    stream = getattr(sys, name)
    with contextlib.suppress(Exception):  # it may be detached, or anything at all
        if stream is None or stream.closed:
            return True
    try:
        stream.flush()
    except Exception as error:  # noqa: BLE001 - as Python, which goes on
        if isinstance(error, OSError) and stream in lent:
            return True
        if name == "stdout":
            with contextlib.suppress(Exception):  # standard error may be closed
                print(f"Exception ignored in: {stream!r}", file=sys.stderr)  # noqa: T201 - as Python does
                trace = error.__traceback__ and error.__traceback__.tb_next
                traceback.print_exception(type(error), error, trace)
        return False
    return True
