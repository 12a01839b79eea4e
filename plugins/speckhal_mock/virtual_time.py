"""Lets a script live in virtual time: sleeping and looking at the clock move the emulation."""

from __future__ import annotations

import contextlib
import importlib
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from speckhal.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.clock import VirtualClock

LOOK_NS: Final = 10_000
"""What one look at a clock costs, so that a script which waits in a loop gets on."""


@contextlib.contextmanager
def virtual_time(clock: VirtualClock) -> Iterator[None]:
    """Replace what `time` offers for sleeping and for telling the time, until the block ends.

    The wall's date is that of the block's beginning, plus the virtual time since. What other
    modules took out of `time` before keeps real time, and so do `datetime`, `time.localtime` and
    its like, and all waits of threads, queues, sockets, processes and asyncio: these do not let
    virtual time pass.
    """
    genuine_time = SimpleNamespace(**vars(time))
    waiting = [importlib.import_module(name) for name in _WAITING]
    epoch_ns: dict[str, int] = {
        name: getattr(time, f"{name}_ns")() - clock.now_ns() for name in _CLOCKS
    }

    def look(name: str) -> Callable[[], int]:
        def nanoseconds() -> int:
            clock.advance_ns(LOOK_NS)
            return epoch_ns[name] + clock.now_ns()

        return nanoseconds

    replaced: dict[str, object] = {"sleep": clock.sleep_s}
    for name in _CLOCKS:
        replaced[f"{name}_ns"] = now_ns = look(name)
        replaced[name] = _in_seconds(now_ns)
    genuine = {name: getattr(time, name) for name in replaced}
    # their timeouts are waited for in real time, so they must be reckoned in it too
    pinned = [module for module in waiting if getattr(module, "time", None) is time]
    for name, function in replaced.items():
        setattr(time, name, function)
    for module in pinned:
        vars(module)["time"] = genuine_time
    try:
        yield
    finally:
        for name, function in genuine.items():
            setattr(time, name, function)
        for module in pinned:
            vars(module)["time"] = time


_WAITING: Final = (
    "asyncio.base_events",
    "concurrent.futures._base",
    "multiprocessing.connection",
    "multiprocessing.managers",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
    "queue",
    "selectors",
    "socketserver",
    "subprocess",
    "threading",
)
"""Modules with timeouts. Some take `monotonic` out of `time` when they are first imported."""

_CLOCKS: Final = ("time", "monotonic", "perf_counter")


def _in_seconds(now_ns: Callable[[], int]) -> Callable[[], float]:
    return lambda: now_ns() / NS_PER_S
