"""What happens on a board in which order: requests from the host between the ticks of its clock."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import attrs

from speckhal_mock.emulation.clock import emulating
from speckhal_mock.emulation.errors import NotEmulatedError, PowerLostError
from speckhal_mock.emulation.request_order import NEVER_NS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.emulation.request_order import RequestOrder
    from speckhal_mock.emulation.ticks import TickFeed


class MeasuresItself(Protocol):
    """What a board does between all else, such as measuring its power."""

    def next_ns(self) -> int | None:
        """When it is next due by itself; None if it is not."""

    def take_next(self) -> None:
        """Do what is due."""


@attrs.define(eq=False)
class _Request:
    """Something the host sent, and the moment (ns) at which the chip does it.

    Attributes:
        due_ns: when, if nothing holds it up.
        serve: does it.
        core: that it is for; None if for none.
        mark: stands for the spikes that it does not overtake; None if it does.
        came_ns: when the spikes before it had been let in; None as long as they have not.
        entered_ns: when it came to its core; None as long as it has not.
        held_ns: when to look again whether anything holds it up there.
    """

    due_ns: int
    serve: Callable[[], object]
    core: int | None = None
    mark: int | None = None
    came_ns: int | None = None
    entered_ns: int | None = None
    held_ns: int = 0


class Timeline:
    """Does what is due, in the order of time: ticks first, then requests as they were sent.

    It stands still before a tick that cannot be emulated, and says so again whenever it is asked
    to run. Changes are made all the same, and only the first of them says so.

    Args:
        clock: where time comes from.
        feed: the ticks of the board's slow clocks.
        meter: what the board measures of itself.
        order: what requests wait for; None if they overtake all spikes.

    Attributes:
        serving_ns: the moment of the request that is being done, or was last.
        was_interrupted: whether Ctrl-C ended what was due, and nothing has done the rest since.
    """

    def __init__(
        self,
        clock: EmulationClock,
        feed: TickFeed,
        meter: MeasuresItself,
        order: RequestOrder | None = None,
    ) -> None:
        self._clock = clock
        self._order = order
        self.serving_ns = 0
        self._emulating = emulating(clock)
        self._feed = feed
        self._meter = meter
        self._requests: deque[_Request] = deque()
        self._halted: str | None = None
        self.was_interrupted = False
        self._power_cuts = 0
        self._lock = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Keep other threads out of the body; gives the present moment."""
        with self._emulating(), self._lock:
            yield self._clock.now_ns()

    def catch_up(self) -> None:
        """Do what is due.

        Raises:
            NotEmulatedError: what is due cannot be emulated.
        """
        with self._emulating(), self._lock:
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

    def send(
        self, serve: Callable[[], object], latency_ns: int, *, core: int | None = None
    ) -> None:
        """Queue a request that is done `latency_ns` from now, after all that are due by then.

        Args:
            serve: does it.
            latency_ns: how long it takes, if no spike holds it up.
            core: that it is for; None if for none.
        """
        mark = None if self._order is None else self._order.mark()
        self._queue(_Request(0, serve, core, mark), latency_ns)

    def deliver(self, serve: Callable[[], object], latency_ns: int) -> None:
        """Do something `latency_ns` from now that is no request, and that no spike holds up."""
        self._queue(_Request(0, serve), latency_ns)

    def _queue(self, request: _Request, latency_ns: int) -> None:
        with self._lock:
            due_ns = self._clock.now_ns() + latency_ns
            later = 0  # almost always: only what is held back on purpose is overtaken
            while later < len(self._requests) and self._requests[-1 - later].due_ns > due_ns:
                later += 1
            request.due_ns = due_ns
            self._requests.insert(len(self._requests) - later, request)

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

    def after_requests_ns(self) -> int:
        """The moment after the last request that is queued is done; now, if none is."""
        with self._lock:
            now = self._clock.now_ns()
            if not self._requests:
                return now
            last = self._due_ns(self._requests[-1])
            return max(now, (self._requests[-1].due_ns if last >= NEVER_NS else last) + 1)

    def next_due_ns(self) -> int | None:
        """When something could next leave the board; now, if time stands still."""
        with self._lock:
            if self._halted is not None:
                return self._clock.now_ns()
            firing = self._feed.next_event_ns()
            moments = [] if firing is None else [firing]
            if self._requests and (due_ns := self._due_ns(self._requests[0])) < NEVER_NS:
                moments.append(due_ns)
            return min(moments, default=None)

    def _due_ns(self, request: _Request) -> int:
        """When a request is done, as far as that is known; `NEVER_NS` if it will not by itself."""
        if self._order is None:
            return request.due_ns
        if request.mark is None:
            return max(request.due_ns, self.serving_ns)
        let_in_ns = self._order.let_in_ns(request.mark)
        return max(request.due_ns, request.held_ns, let_in_ns, self.serving_ns)

    def _is_held(self, request: _Request, moment: int) -> bool:
        """Whether spikes hold a request up that is due now."""
        if self._order is None or request.mark is None:
            return False
        if request.came_ns is None:
            request.came_ns = moment
        held = self._order.is_outside(request.came_ns)
        if not held:
            if request.entered_ns is None:
                request.entered_ns = moment
            held = self._order.is_in_queue(request.core, request.entered_ns)
        request.held_ns = self._order.next_ns() if held else moment
        return held

    def run_ahead(self, moment: int, fewer_than: int) -> int | None:
        """Do what spikes between cores do by a moment, or before that many events can have come.

        It is delivered once the clock is there, which must be before anything else is asked.

        Returns:
            The moment up to which all is done; None if something else comes first.
        """
        with self._lock:
            others = [self._meter.next_ns(), *(request.due_ns for request in self._requests)]
            before = min([moment, *(due - 1 for due in others if due is not None)])
            if self._halted is not None or before <= self._clock.now_ns():
                return None
            try:
                return self._feed.run_ahead(before, fewer_than)
            except NotEmulatedError as error:
                self._halted = str(error)
                return self._feed.spikes_ns

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
            while self._requests and (due_ns := self._due_ns(self._requests[0])) <= moment:
                self.serving_ns = due_ns
                self._feed_to(due_ns)
                if not self._is_held(self._requests[0], due_ns):
                    self._requests.popleft().serve()
            self._feed_to(moment)
            self.was_interrupted = False
        except NotEmulatedError as error:
            self._halted = str(error)
            raise
        except KeyboardInterrupt:
            self.was_interrupted = True
            raise

    def _feed_to(self, moment: int) -> None:
        """Do what happens by itself, up to a moment; a measurement sees all that came before."""
        while (due := self._meter.next_ns()) is not None and due <= moment:
            self._feed.run_to(due)
            self._meter.take_next()
        self._feed.run_to(moment)
