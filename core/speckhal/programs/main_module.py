"""Lets a program be `__main__`, and puts everything back at its end."""

from __future__ import annotations

import builtins
import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from speckhal.programs.ending import ends_as_python_does, leave_behind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Program(Protocol):
    """Something that can run as `__main__`."""

    @property
    def argv0(self) -> str:
        """What `sys.argv` begins with."""

    @property
    def folder(self) -> str:
        """What `sys.path` begins with."""

    @property
    def working_folder(self) -> Path | None:
        """Where it runs; None for where we are."""

    def run(self, names: dict[str, Any]) -> None:
        """Run it with these globals; its exceptions come out as they are."""


@contextlib.contextmanager
def as_main(program: Program, arguments: Sequence[str]) -> Iterator[None]:
    """In the body, this process looks as if Python had been started with the program.

    What Python does at its end happens at the end of the block: threads are joined, exit
    callbacks called, and the program's globals forgotten, with what that finalises. Only then is
    everything again as it was before.
    """
    threads = frozenset(threading.enumerate())
    with contextlib.ExitStack() as restoring:
        restoring.callback(leave_behind, threads)
        restoring.callback(_ending.clear)
        restoring.callback(gc.collect)  # finalises what the globals held
        restoring.enter_context(_neighbours_forgotten(program.folder))
        restoring.enter_context(_interpreter_restored())
        restoring.callback(_ending.set)
        _become(program, arguments)
        with ends_as_python_does(threads):
            yield


def main_names() -> dict[str, Any]:
    """The globals of `__main__`. Keep them in no variable, or they outlive the program."""
    return vars(sys.modules["__main__"])


_ending = threading.Event()


def program_is_ending() -> bool:
    """Whether a program's globals are just being forgotten, as `sys.is_finalizing` for Python."""
    return _ending.is_set()


def _become(program: Program, arguments: Sequence[str]) -> None:
    main = ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    if sys.version_info < (3, 14):
        vars(main)["__annotations__"] = {}
    sys.modules["__main__"] = main
    sys.argv = [program.argv0, *arguments]
    sys.path.insert(0, program.folder)
    if program.working_folder is not None:
        os.chdir(program.working_folder)


@contextlib.contextmanager
def _interpreter_restored() -> Iterator[None]:
    """Give back what belongs to the process as it was."""
    kept = {name: getattr(sys, name) for name in _KEPT}
    path, environment, handlers = list(sys.path), dict(os.environ), list(logging.root.handlers)
    host, thread_hook, folder = sys.modules["__main__"], threading.excepthook, _working_folder()
    with warnings.catch_warnings(), _signals_restored():
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(sys, name, value)
            sys.path[:] = path
            sys.modules["__main__"] = host
            threading.excepthook = thread_hook
            logging.root.handlers[:] = handlers
            if environment != os.environ:
                os.environ.clear()
                os.environ.update(environment)
            if folder is not None:
                os.chdir(folder)


_KEPT = ("argv", "path", "excepthook", "displayhook", "stdout", "stderr", "stdin")


@contextlib.contextmanager
def _signals_restored() -> Iterator[None]:
    """Give back the handlers of signals, which the main thread alone can set."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            # Python did not install the handler that is None
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)


def _working_folder() -> Path | None:
    try:
        return Path.cwd()
    except FileNotFoundError:  # it was deleted
        return None


@contextlib.contextmanager
def _neighbours_forgotten(folder: str) -> Iterator[None]:
    """Forget the modules that were imported from the program's folder.

    Another program may have neighbours of the same names.
    """
    before, here = set(sys.modules), _working_folder()
    try:
        yield
    finally:
        for name in set(sys.modules) - before:
            place = (here or Path("/")).joinpath(folder, *name.split("."))
            file = getattr(sys.modules[name], "__file__", None)
            if file in {f"{place}.py", str(place / "__init__.py")}:
                del sys.modules[name]
