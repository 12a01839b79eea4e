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
import weakref
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from speckhal.system.programs.ending import Ending, ends_as_python_does, leave_behind

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
def as_main(program: Program, arguments: Sequence[str]) -> Iterator[Ending]:
    """In the body, this process looks as if Python had been started with the program.

    What Python does at its end happens at the end of the block: threads are joined, exit
    callbacks called, output written, and the program's globals forgotten, with what that finalises.
    Only then is everything again as it was before.
    """
    threads = frozenset(threading.enumerate())
    with contextlib.ExitStack() as restoring:
        main = ModuleType("__main__")
        restoring.callback(_ending.clear)
        restoring.callback(_finalise, weakref.ref(main))
        restoring.callback(leave_behind, threads)  # first, since these may miss their globals
        restoring.enter_context(_neighbours_forgotten(program.folder))
        restoring.enter_context(_interpreter_restored())
        # Python, too, collects once while the globals are there. From then on the collector knows
        # a file before its buffer, and finalises them in this order, so that nothing is lost
        restoring.callback(gc.collect)
        restoring.callback(_ending.set)
        _become(program, arguments, main)
        del main  # or it would outlive the program
        with ends_as_python_does(threads) as ending:
            yield ending


def main_names() -> dict[str, Any]:
    """The globals of `__main__`. Keep them in no variable, or they outlive the program."""
    return vars(sys.modules["__main__"])


_ending = threading.Event()


def program_is_ending() -> bool:
    """Whether a program's globals are just being forgotten, as `sys.is_finalizing` for Python."""
    return _ending.is_set()


def _finalise(main: weakref.ref[ModuleType]) -> None:
    """Finalise what the globals hold, in Python's order.

    Objects see all globals as they go. Only where something keeps the module are names set to
    None, those that begin with an underscore first. What a daemon thread is using stays.
    """
    _let_go(main())
    gc.collect()
    module = main()
    if module is None:
        return
    names = vars(module)
    everything = list(names)  # which threads may still add to
    private = [name for name in everything if str(name)[:1] == "_" and str(name)[1:2] != "_"]
    for name in [*private, *everything]:
        if name != "__builtins__":
            names[name] = None
    gc.collect()


def _let_go(main: ModuleType | None) -> None:
    """Take the module from others, as if they, too, went: from `rlcompleter`, for one."""
    if main is None:
        return
    for name, module in list(sys.modules.items()):
        if module is main:
            del sys.modules[name]
        elif isinstance(module, ModuleType):
            names = vars(module)
            for own in [own for own, value in list(names.items()) if value is main]:
                names[own] = sys.modules["__main__"]


def _become(program: Program, arguments: Sequence[str], main: ModuleType) -> None:
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
