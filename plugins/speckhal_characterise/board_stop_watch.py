"""How long the vendor's calls take, by the board's own time."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from typing import TYPE_CHECKING, cast

import attrs

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal.contract.clock import Clock
    from speckhal_samna.bindings import BoardHandle, Vendor


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


def timed_vendor(samna: Vendor, watch: BoardStopWatch) -> Vendor:
    """The vendor's module, with opening a board and starting a graph timed."""

    def open_device(info: object) -> BoardHandle:
        with watch.timing("open"):
            return samna.device.open_device(info)

    def new_graph() -> object:
        graph = samna.graph.EventFilterGraph()

        def start() -> bool:
            with watch.timing("graph start"):
                return graph.start()

        return _But(graph, start=start)

    timed = _But(
        samna,
        device=_But(samna.device, open_device=open_device),
        graph=_But(samna.graph, EventFilterGraph=new_graph),
    )
    return cast("Vendor", timed)


class _But:
    """The same as something of the vendor's, but for these attributes."""

    def __init__(self, original: object, **instead: object) -> None:
        self._original = original
        vars(self).update(instead)

    def __getattr__(self, name: str) -> object:
        return getattr(self._original, name)
