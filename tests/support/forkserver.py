"""Runs Python commands as processes of their own that need not import torch first.

A test whose subject is a process starts one, and most of what that takes is importing torch. This
script imports what it is given to import, once, and then forks for each command: the child has its
own descriptors, environment, working folder and exit, ends as the interpreter ends, and is no
child of the tests' own process with all that other tests left there. Only what was imported before
the fork is not taken apart in each child, nor what the interpreter itself is made of: each would
take several times as long as the fork.

    python tests/support/forkserver.py CONTROL MODULE...

CONTROL is the descriptor of a socket that takes commands: each a line of JSON with `arguments` (as
Python takes them: `-m MODULE ...`, `-c CODE ...` or a file), `environment`, `folder`, and
`descriptors`, which are sent along, as the numbers that they have in the child. The answers are a
line each: the number of a process when it begins, and that with how it ended, as `os.waitpid` says.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import functools
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import sys
import warnings
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

MOST_DESCRIPTORS = 8
"""What a command is given of them."""


def serve(control: socket.socket) -> dict[str, Any] | None:
    """Fork for each command; in each child, return what it is to do, and None in the parent."""
    running: dict[int, int] = {}  # numbers of processes, by what becomes readable at their end
    while True:
        for ready in select.select([control.fileno(), *running], [], [])[0]:
            if ready in running:
                os.close(ready)
                child, status = os.waitpid(running.pop(ready), 0)
                control.sendall(f"{child} {status}\n".encode())
                continue
            line, descriptors, _, _ = socket.recv_fds(control, 65536, MOST_DESCRIPTORS)
            if not line:
                return None
            while not line.endswith(b"\n"):
                line += control.recv(65536)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of threads in libraries
                child = os.fork()
            if child == 0:
                control.close()
                request: dict[str, Any] = json.loads(line)
                for each in running:
                    os.close(each)
                take(descriptors, request["descriptors"])
                return request
            running[os.pidfd_open(child)] = child
            for descriptor in descriptors:
                os.close(descriptor)
            control.sendall(f"{child}\n".encode())


def take(descriptors: list[int], numbers: list[int]) -> None:
    """Give the descriptors these numbers."""
    above = max(*descriptors, *numbers) + 1
    for descriptor, number in zip(descriptors, numbers, strict=True):
        fcntl.fcntl(descriptor, fcntl.F_DUPFD, above + number)  # out of the way of the others
        os.close(descriptor)
    for number in numbers:
        os.dup2(above + number, number)
        os.close(above + number)


class Ending:
    """How a child ends: as the interpreter does, without what nobody sees of it."""

    def __init__(self) -> None:
        self.kept: dict[str, ModuleType] = {}
        self.code: int | None = None
        atexit.register(self.leave_alone)  # before all others, and so called after them

    def leave_alone(self) -> None:
        """Take the kept modules from `sys.modules`, so that the interpreter does not empty them."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.kept))  # nor frees them
        for name, module in self.kept.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        if self.code is not None and all_written():
            vars(sys)["the last to go"] = Last(self.code)


class Last:
    """Ends the process as soon as Python has forgotten all modules, and nothing is left to see."""

    def __init__(self, code: int) -> None:
        self.leave = functools.partial(os._exit, code)

    def __del__(self) -> None:
        self.leave()


def all_written() -> bool:
    """Whether the standard streams keep nothing back; Python says what is wrong where they do."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except Exception:  # noqa: BLE001 - a program may have put anything there
        return False
    return True


def end_soon() -> None:
    """Leave out what C libraries do after the interpreter's end: torch takes longest there."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "on_exit"):  # not in every C library
        libc.on_exit(libc._exit, None)  # is called first, with the exit code


def open_standard_streams() -> None:
    """As the interpreter does when it starts; a closed descriptor gives None."""
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, f"__{name}__")  # as the locale wants it
        stream = None
        with contextlib.suppress(OSError):
            os.fstat(number)
            raw = io.FileIO(number, "w" if number else "r", closefd=False)
            raw.name = f"<{name}>"
            buffer: Any = io.BufferedReader if number == 0 else io.BufferedWriter
            stream = io.TextIOWrapper(
                raw if unbuffered and number else buffer(raw),
                encoding or before.encoding,
                "backslashreplace" if number == 2 else errors or before.errors,
                line_buffering=(raw.isatty() or number == 2) and not unbuffered,
                write_through=unbuffered,
            )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def forget(*packages: str) -> None:
    """Forget what was imported of these packages, so that the child imports it itself."""
    for name in [name for name in sys.modules if name.startswith(packages)]:
        del sys.modules[name]


def run(arguments: list[str]) -> None:
    """What `python ARGUMENTS` does."""
    option, *rest = arguments
    sys.path[0:1] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if option == "-m":
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = rest
        if rest[0] == "pytest":
            forget("speckhal", "sinabs.backend")  # it has its own way to import what it tests
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif option == "-c":
        forget("sinabs.backend")  # which samna it imports is what such programs are about
        sys.path.insert(0, "")
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102
    else:
        sys.path.insert(0, str(Path(option).resolve().parent))
        sys.argv = arguments
        runpy.run_path(option, run_name="__main__")


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):  # nohup and some CIs have them ignored
        signal.signal(number, signal.SIG_DFL)
    ending = Ending()
    gc.disable()  # nothing of what is imported is to go
    for module in sys.argv[2:]:
        importlib.import_module(module)
    # torch's, which take apart what it has registered
    for finalizer in weakref.finalize._registry:  # type: ignore[attr-defined]  # is not public
        finalizer.atexit = False
    gc.freeze()  # so that children do not copy it all, to look through it when they end
    gc.enable()
    asked = serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is not None:
        end_soon()
        ending.kept.update(sys.modules)
        for name in ("__main__", "builtins", "sys"):  # which end last, in their own way
            del ending.kept[name]
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        open_standard_streams()
        try:
            run(asked["arguments"])
        except SystemExit as stop:
            code = 0 if stop.code is None else stop.code
            ending.code = code & 255 if isinstance(code, int) else None  # else it is printed first
            raise
        ending.code = 0
