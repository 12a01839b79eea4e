"""What happens on a board in which order: requests from the host between the ticks of its clock."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from speckhal_mock.emulation.errors import NotEmulatedError, PowerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.emulation.ticks import TickFeed


@attrs.frozen
class _Request:
    """Something the host sent, and the moment (ns) at which the chip does it."""

    due_ns: int
    serve: Callable[[], object]


class Timeline:
    """Does what is due, in the order of time: ticks first, then requests as they were sent.

    It stands still before a tick that cannot be emulated, and says so again whenever it is asked
    to run. Changes are made all the same, and only the first of them says so.

    Args:
        clock: where time comes from.
        feed: the ticks of the board's slow clocks.
    """

    def __init__(self, clock: EmulationClock, feed: TickFeed) -> None:
        self._clock = clock
        self._feed = feed
        self._requests: deque[_Request] = deque()
        self._halted: str | None = None
        self._power_cuts = 0
        self._lock = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Keep other threads out of the body; gives the present moment."""
        with self._lock:
            yield self._clock.now_ns()

    def catch_up(self) -> None:
        """Do what is due.

        Raises:
            NotEmulatedError: what is due cannot be emulated.
        """
        with self._lock:
            self._run_to(self._clock.now_ns())

    def settle(self) -> None:
        """Do what is due, for the last time.

        Raises:
            NotEmulatedError: what is due cannot be emulated, and nothing has raised that yet.
        """
        if self._halted is None:
            self.catch_up()

    @contextmanager
    def running(self) -> Iterator[int]:
        """Do what is due, then the body; gives the present moment.

        Raises:
            NotEmulatedError: what is due cannot be emulated. The body is not run.
            PowerLostError: what was due ended with the power going off. Nor is it then.
        """
        with self.alone() as now:
            with self._powered():
                self.catch_up()
            yield now

    @contextmanager
    def changing(self) -> Iterator[int]:
        """Do what is due, then change the board in the body; gives the present moment.

        Raises:
            NotEmulatedError: what is due cannot be emulated, and nothing has raised that yet.
                The body is run before.
            PowerLostError: what was due ended with the power going off. The body is not run.
        """
        with self.alone() as now:
            failure: NotEmulatedError | None = None
            with self._powered():
                try:
                    self.settle()
                except NotEmulatedError as error:
                    failure = error
            yield now
            if failure is not None:
                raise failure

    def send(self, serve: Callable[[], object], latency_ns: int) -> None:
        """Queue a request that is done `latency_ns` from now, after all that are due by then."""
        with self._lock:
            due_ns = self._clock.now_ns() + latency_ns
            later = 0  # almost always: only what is held back on purpose is overtaken
            while later < len(self._requests) and self._requests[-1 - later].due_ns > due_ns:
                later += 1
            self._requests.insert(len(self._requests) - later, _Request(due_ns, serve))

    def resume(self) -> None:
        """If time stands still, give up the requests that are left and go on from now."""
        if self._halted is not None:
            self.cut()

    def cut(self) -> None:
        """Give up the requests that are left and go on from now."""
        self._halted = None
        self._requests.clear()

    def cut_power(self) -> None:
        """As `cut`; and whatever is waiting for its turn, until what is due is done, ends too."""
        self._power_cuts += 1
        self.cut()

    def next_due_ns(self) -> int | None:
        """When something could next leave the board; now, if time stands still."""
        with self._lock:
            if self._halted is not None:
                return self._clock.now_ns()
            firing = self._feed.next_firing_ns()
            moments = [] if firing is None else [firing]
            if self._requests:
                moments.append(self._requests[0].due_ns)
            return min(moments, default=None)

    @contextmanager
    def _powered(self) -> Iterator[None]:
        """Refuse what comes after the body, if the power goes off in the body."""
        before = self._power_cuts
        yield
        if self._power_cuts != before:
            raise PowerLostError("The board lost its power before it could do this.")

    def _run_to(self, moment: int) -> None:
        if self._halted is not None:
            raise NotEmulatedError(self._halted)
        try:
            while self._requests and self._requests[0].due_ns <= moment:
                self._feed.run_to(self._requests[0].due_ns)
                self._requests.popleft().serve()
            self._feed.run_to(moment)
        except NotEmulatedError as error:
            self._halted = str(error)
            raise
