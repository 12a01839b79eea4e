"""A backend that wraps any other: its devices live in a process of their own, behind a pipe.

What stands after the colon is the selection of the device there, as in `elsewhere:mock:speck2e`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import subprocess
import sys
import threading
import warnings
import weakref
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import attrs

import speckhal
from speckhal import Target
from speckhal.contract.backend import describe_board

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

DEVICE = ("leak_config", "deploy", "reset_states", "start_slow_clock", "stop_slow_clock", "tick")
HELD = {"open_raw_device", "clock", "probe"}  # what gives an object that stays over there
GONE = (EOFError, OSError)  # what a pipe raises whose other end is closed


class Process:
    """The process that holds the devices, as this one sees it."""

    def __init__(self) -> None:
        self.pipe, theirs = Pipe()
        self.owner, self.lock = os.getpid(), threading.RLock()
        self.numbers, self.answers = itertools.count(1), dict[int, Any]()
        self.child = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            start_new_session=True,  # a Ctrl-C is for this process, which closes what it opened
        )
        theirs.close()
        weakref.finalize(self, self.child.wait)
        weakref.finalize(self, self.pipe.close)  # done before, so that it closes devices and ends

    def ask(self, held: int, name: str, *given: object, **options: object) -> Any:
        """Call a method of an object over there, or read an attribute; raises what that raises."""
        try:
            with self.lock:
                number = next(self.numbers)
                self.pipe.send_bytes(pickle.dumps((number, held, name, given, options)))
                while number not in self.answers:  # those to questions that Ctrl-C has cut short
                    answered, *answer = pickle.loads(self.pipe.recv_bytes())  # noqa: S301 - ours
                    self.answers[answered] = answer
                value, error, warned = self.answers.pop(number)
        except GONE as gone:
            said = f"Asked another process for {name!r}, and that process has ended."
            raise speckhal.DeviceFailed(said, hint="Open the device again.") from gone
        for warning in warned:
            warnings.warn(warning, stacklevel=4)
        if error is not None:
            raise error
        return value

    def close(self, held: int) -> None:
        """Close a device; not from a process that was forked from the one that opened it."""
        if os.getpid() == self.owner:
            self.ask(held, "close")


def remote(ask: Callable[..., Any], attributes: str, methods: str) -> SimpleNamespace:
    """An object over there, by names of what it has."""
    known = {name: ask(name) for name in attributes.split()}
    return SimpleNamespace(**known, **{name: partial(ask, name) for name in methods.split()})


class RemoteDevice:
    """A device over there."""

    def __init__(self, process: Process, held: int, backend: str) -> None:
        self.process, self.ask = process, partial(process.ask, held)
        self.info = attrs.evolve(self.ask("info"), backend=backend)
        self.capabilities = self.ask("capabilities")
        clock = partial(process.ask, self.ask("clock"))
        self.clock = remote(clock, "is_virtual", "now_s sleep_s")
        self.close = weakref.finalize(self, process.close, held)
        for name in DEVICE:
            setattr(self, name, partial(self.ask, name))

    def probe(self, layer: int = 0, *, neurons: object = None) -> SimpleNamespace:
        ask = partial(self.process.ask, self.ask("probe", layer, neurons=neurons))
        probe = remote(ask, "layer shape", "write read_biases write_biases")
        probe.read = lambda: attrs.evolve(ask("read"))  # which makes its array read-only again
        return probe

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ElsewhereBackend:
    """Opens devices of other backends over there."""

    name, api_version = "elsewhere", 1
    summary = "devices of other backends, in a process of their own"
    targets = (Target("mock", "the mock"), Target("mock:speck2e", "an emulated Speck2e"))
    capabilities = property(lambda self: self.describe().capabilities)
    emulated = property(lambda self: self.describe().emulated)
    speckhal_backend = speckhal.hookimpl(lambda self: self)
    process: Process | None = None

    def inner(self, target: str | None) -> tuple[speckhal.Backend, str | None]:
        try:
            return speckhal.select(target or "mock")
        except (speckhal.BackendError, speckhal.InputError) as error:
            raise speckhal.DeviceNotFound(error.message, hint=error.hint) from error

    def describe(self, target: str | None = None) -> speckhal.BoardDescription:
        return describe_board(*self.inner(target))

    def chip(self, target: str | None = None) -> speckhal.ChipFacts:
        backend, inner = self.inner(target)
        return backend.chip(inner)

    def example(self, layers: Sequence[speckhal.LayerSpec] = ()) -> speckhal.ExampleNetwork:
        return self.inner(None)[0].example(layers)

    def open(self, target: str | None = None, options: Any = None) -> RemoteDevice:
        self.inner(target)
        if self.process is None or self.process.child.poll() is not None:
            self.process = Process()
        held = self.process.ask(0, "open_raw_device", target or "mock", **(options or {}))
        return RemoteDevice(self.process, held, self.name)


def serve(pipe: Connection) -> None:
    """Answer until the other process hangs up, then close what it has left open."""
    held: dict[int, Any] = {0: speckhal}
    with contextlib.suppress(*GONE):
        while True:
            number, which, name, given, options = pickle.loads(pipe.recv_bytes())  # noqa: S301
            value = problem = None
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                try:
                    found = getattr(held[which], name)
                    value = found(*given, **options) if callable(found) else found
                except Exception as error:  # noqa: BLE001 - whatever it is, it crosses the pipe
                    problem = error
            if name in HELD and problem is None:
                held[number], value = value, number
            pipe.send_bytes(pickle.dumps((number, value, problem, [w.message for w in warned])))
    speckhal.close_devices()


backend = ElsewhereBackend()
if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
