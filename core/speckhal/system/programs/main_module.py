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
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.system.paths import present_folder
from speckhal.system.programs.ending import Ending, ends_as_python_does, leave_behind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence


@attrs.frozen
class Program:
    """Something that can run as `__main__`.

    Attributes:
        argv0: what `sys.argv` begins with.
        folder: what `sys.path` begins with.
        run: runs it with the globals that it is given; its exceptions come out as they are.
        script: the path of a file with Python code; None for what is something else.
        working_folder: where it runs; None for where we are.
    """

    argv0: str
    folder: str
    run: Callable[[dict[str, Any]], None]
    script: Path | None = None
    working_folder: Path | None = None


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
        restoring.enter_context(standing_as_main(main, [program.argv0, *arguments]))
        # Python, too, collects once while the globals are there. From then on the collector knows
        # a file before its buffer, and finalises them in this order, so that nothing is lost
        restoring.callback(gc.collect)
        restoring.callback(_ending.set)
        _prepare(program, main)
        del main  # or it would outlive the program
        with ends_as_python_does(threads) as ending:
            yield ending


@contextlib.contextmanager
def standing_as_main(module: ModuleType, argv: Sequence[str]) -> Iterator[None]:
    """In the body, the module is `__main__`, and `sys.argv` is `argv`.

    Afterwards these, the standard streams and the working directory are what they were.
    """
    kept = {name: getattr(sys, name) for name in ("argv", "stdin", "stdout", "stderr")}
    host, folder = sys.modules["__main__"], present_folder()
    sys.modules["__main__"], sys.argv = module, list(argv)
    del module  # or it would outlive the program
    try:
        yield
    finally:
        sys.modules["__main__"] = host
        for name, value in kept.items():
            setattr(sys, name, value)
        if folder is not None:
            with contextlib.suppress(OSError):  # it may be gone by now
                os.chdir(folder)


def forget_neighbours(folder: Path, known: Collection[str]) -> None:
    """Forget the modules that were imported from a folder, so that another can have such names.

    Args:
        folder: absolute.
        known: names of the modules that stay.
    """
    for name in sys.modules.keys() - known:
        place = folder.joinpath(*name.split("."))
        file = getattr(sys.modules.get(name), "__file__", None)
        if file in {f"{place}.py", str(place / "__init__.py")}:
            sys.modules.pop(name, None)  # a thread may have been quicker


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


def _prepare(program: Program, main: ModuleType) -> None:
    vars(main)["__builtins__"] = builtins
    if sys.version_info < (3, 14):
        vars(main)["__annotations__"] = {}
    sys.path.insert(0, program.folder)
    if program.working_folder is not None:
        os.chdir(program.working_folder)


@contextlib.contextmanager
def _interpreter_restored() -> Iterator[None]:
    """Give back what else belongs to the process as it was."""
    kept = {name: getattr(sys, name) for name in ("path", "excepthook", "displayhook")}
    path, environment, handlers = list(sys.path), dict(os.environ), list(logging.root.handlers)
    thread_hook = threading.excepthook
    with warnings.catch_warnings(), _signals_restored():
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(sys, name, value)
            sys.path[:] = path
            threading.excepthook = thread_hook
            logging.root.handlers[:] = handlers
            if environment != os.environ:
                os.environ.clear()
                os.environ.update(environment)


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


@contextlib.contextmanager
def _neighbours_forgotten(folder: str) -> Iterator[None]:
    """Forget the modules that were imported from the program's folder in the body."""
    before, here = frozenset(sys.modules), present_folder()
    try:
        yield
    finally:
        forget_neighbours((here or Path("/")) / folder, before)
