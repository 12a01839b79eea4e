"""How long the vendor's calls take, by the board's own time."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from speckhal.contract.clock import Clock
    from speckhal_samna.bindings import (
        BoardHandle,
        DeviceInfo,
        DeviceModule,
        Graph,
        GraphModule,
        Vendor,
    )


@attrs.frozen
class Moment:
    """When a call was made and when it returned, in ns of the board's clock."""

    begun_ns: int
    ended_ns: int

    @property
    def duration_ns(self) -> int:
        """From the call to its return, in ns."""
        return self.ended_ns - self.begun_ns


class BoardStopWatch:
    """Times calls and remembers how long each kind took.

    Attributes:
        durations_ns: of every call so far, by kind.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.durations_ns: defaultdict[str, list[int]] = defaultdict(list)

    def now_ns(self) -> int:
        """The board's time in whole nanoseconds, which is what virtual time counts."""
        return round(self._clock.now_s() * NS_PER_S)

    @contextlib.contextmanager
    def timing(self, kind: str) -> Iterator[None]:
        """Time the body, as a call of that kind."""
        begun = self.now_ns()
        yield
        self.durations_ns[kind].append(self.now_ns() - begun)

    def call(self, kind: str, action: Callable[[], None]) -> Moment:
        """Do something, and return when it began and ended."""
        begun = self.now_ns()
        with self.timing(kind):
            action()
        return Moment(begun, self.now_ns())


class TimedVendor:
    """The vendor's module, with opening a board and starting a graph timed."""

    def __init__(self, samna: Vendor, watch: BoardStopWatch) -> None:
        self._samna = samna
        self._watch = watch

    @property
    def device(self) -> DeviceModule:
        """`samna.device`, with `open_device` timed."""
        return _TimedDevice(self._samna.device, self._watch)

    @property
    def graph(self) -> GraphModule:
        """`samna.graph`, with the start of graphs timed."""
        return _TimedGraphs(self._samna.graph, self._watch)

    def __getattr__(self, name: str) -> object:
        # a chip picks classes of its own out of the module
        return getattr(self._samna, name)


@attrs.frozen
class _TimedDevice:
    _device: DeviceModule
    _watch: BoardStopWatch

    def get_all_devices(self) -> Sequence[DeviceInfo]:
        return self._device.get_all_devices()

    def get_unopened_devices(self) -> Sequence[DeviceInfo]:
        return self._device.get_unopened_devices()

    def get_opened_devices(self) -> Sequence[DeviceInfo]:
        return self._device.get_opened_devices()

    def open_device(self, info: Any, /) -> BoardHandle:
        with self._watch.timing("open"):
            return self._device.open_device(info)

    def close_device(self, board: Any, /) -> None:
        self._device.close_device(board)


@attrs.frozen
class _TimedGraphs:
    _graphs: GraphModule
    _watch: BoardStopWatch

    @property
    def EventFilterGraph(self) -> Callable[[], Graph]:  # noqa: N802  # the vendor's name
        return lambda: _TimedGraph(self._graphs.EventFilterGraph(), self._watch)


@attrs.frozen
class _TimedGraph:
    _graph: Graph
    _watch: BoardStopWatch

    def sequential(self, arg0: list[Any], /) -> object:
        return self._graph.sequential(arg0)

    def start(self) -> bool:
        with self._watch.timing("graph start"):
            return self._graph.start()

    def stop(self) -> bool:
        return self._graph.stop()
