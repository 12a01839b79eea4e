"""The ends of a graph: those that scripts make, to write and to read, and those of a board."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from speckhal_mock.emulation.kits import other_chip_hint
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import integer, integer_or_none, object_list
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.event_codec import send
from speckhal_mock.sdk.faults import Call
from speckhal_mock.sdk.nodes.stream import EventType, Node, NodeInterface, cpp_name
from speckhal_mock.sdk.nodes.waiting import look, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.sdk.faults import Fault
    from speckhal_mock.sdk.session import Session


_MANY: Final = 16
"""Where fewer events are missing, going from one to the next takes no longer."""

_FAR_NS: Final = 1_000_000_000
"""How far a board works ahead at once where nothing ends the wait."""


class SinkError(RuntimeError):
    """Something failed inside the graph on the way to a sink.

    Attributes:
        message: what failed.
        events: what had reached the sink before.
    """

    __module__ = "samna"

    def __init__(self, message: str, events: list[object]) -> None:
        super().__init__(message)
        self.message = message
        self.events = events


class Buffer(Node):
    """Keeps, without bound, what arrives until a script takes it."""

    is_read = True

    def __init__(self, event_type: EventType) -> None:
        super().__init__(accepts=event_type)
        self.events: list[object] = []
        self.failure: str | None = None

    def receive(self, events: Sequence[object]) -> None:
        """Keep `events`."""
        self.events += events

    def receive_failure(self, message: str) -> None:
        """Remember the first failure until somebody takes events."""
        self.failure = self.failure or message

    def look(self) -> None:
        """Spend what one look costs, and let all that has fallen due arrive."""
        look(self.boards_upstream())
        self.pass_time_upstream()

    def has(self, count: int) -> bool:
        """Whether there are `count` events to take, or a failure."""
        self.pass_time_upstream()
        return len(self.events) >= count or self.failure is not None

    def work_ahead_ns(self, count: int, most_ns: int | None) -> int | None:
        """How long until the board has done what it did ahead; None if it did nothing.

        Args:
            count: how many events are waited for: it stops before they can be there.
            most_ns: it does not go further than this from now; None: as far as it gets.
        """
        board = self.board_of_sole_input()
        missing = count - len(self.events)
        if board is None or missing < _MANY or not board.clock.is_virtual:
            return None
        now = board.clock.now_ns()
        last = now + (_FAR_NS if most_ns is None else most_ns)
        reached = board.run_ahead(last, fewer_than=missing)
        return None if reached is None or reached <= now else reached - now

    def take(self, most: int | None = None) -> list[object]:
        """Hand over the oldest events, at most `most` of them, or raise what failed."""
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise SinkError(failure, self.take())
        taken = self.events[:most]
        del self.events[: len(taken)]  # another thread may have added more
        return taken

    def clear(self) -> None:
        """Forget everything that arrived."""
        self.events.clear()
        self.failure = None


class BasicSourceNode(NodeInterface):
    """Takes a script's events into a graph. There is a subclass for each type of event."""

    __module__ = "samna"
    __slots__ = ("_inlet",)
    _event_type: ClassVar[EventType]

    def __init__(self) -> None:
        self._inlet = Node(offers=self._event_type)
        super().__init__(self._inlet)

    def write(self, arg0: object, /) -> None:
        """Send a list of events.

        Raises:
            TypeError: it is not a list, or holds something that is not an event of this type.
            RuntimeError: no started graph leads on from here, so that the events would be lost.
        """
        events = self._checked(arg0)
        if events and not self._inlet.emit(events):
            raise RuntimeError(
                f"Asked to write {len(events)} events to a {type(self).__name__} that no started "
                f"graph connects to anything: they would be lost. Start the graph first."
            )

    def _checked(self, given: object) -> Sequence[object]:
        events = object_list(given, "write")
        strangers = self._event_type.strangers(events)
        if strangers:
            wanted = self._event_type.variant
            hint = other_chip_hint(cpp_name(type(strangers[0])), wanted)
            refusal = misfit("write", f"a list of {wanted}s", strangers[0])
            raise TypeError(f"{refusal}{hint}")
        return events


class BasicSinkNode(NodeInterface):
    """Buffers events for a script. There is a subclass for each type of event.

    Every method lets the boards upstream do first what has fallen due, and costs the time that
    one look at a sink takes, so that a script that polls sees time pass.
    """

    __module__ = "samna"
    __slots__ = ("_buffer",)
    _event_type: ClassVar[EventType]

    def __init__(self) -> None:
        self._buffer = Buffer(self._event_type)
        super().__init__(self._buffer)

    def get_events(self) -> list[object]:
        """Everything buffered, at once; the buffer is empty afterwards.

        Raises:
            SinkError: something failed on the way here.
        """
        with self._calling(Call.GET_EVENTS):
            self._buffer.look()
            return self._buffer.take()

    def get_events_blocking(self, timeout: object = None) -> list[object]:
        """Everything buffered, once there is anything; nothing once `timeout` ms have passed.

        Raises:
            SinkError: something failed on the way here.
            RuntimeError: there is no timeout, and nothing will ever arrive.
        """
        with self._calling(Call.GET_EVENTS_BLOCKING):
            self._wait_for(1, timeout)
            return self._buffer.take()

    def get_n_events(self, n: object, timeout: object = None) -> list[object]:
        """The oldest `n` events, once they are there, or what is there after `timeout` ms.

        Raises:
            SinkError: something failed on the way here.
            RuntimeError: there is no timeout, and `n` events will never arrive.
        """
        wanted = integer(n, "get_n_events")
        if wanted < 0:
            raise misfit("get_n_events", "a number of events", n)
        with self._calling(Call.GET_N_EVENTS):
            self._wait_for(wanted, timeout)
            return self._buffer.take(wanted)

    def clear_events(self) -> None:
        """Drop everything buffered."""
        with self._calling(Call.CLEAR_EVENTS):
            self._buffer.look()
            self._buffer.clear()

    def is_empty(self) -> bool:
        """Whether nothing is buffered."""
        self._buffer.look()
        return not self._buffer.events

    def _calling(self, call: Call) -> AbstractContextManager[Fault | None]:
        return current_bus().faults.calling(call, *self._buffer.boards_upstream())

    def _wait_for(self, count: int, timeout: object) -> None:
        buffer = self._buffer
        wait_for(
            lambda: buffer.has(count),
            buffer.boards_upstream(),
            buffer.clocks_upstream(),
            integer_or_none(timeout, "A timeout"),
            buffer.waits_upstream_ns,
            lambda most_ns: buffer.work_ahead_ns(count, most_ns),
        )


class _ChipEnd(Node):
    """Where events leave the board's chip or get to it."""

    def __init__(self, session: Session, **ends: EventType) -> None:
        super().__init__(**ends)
        self._session = session

    @property
    def boards(self) -> tuple[EmulatedBoard, ...]:
        """The board, while it is open."""
        return (self._session.board,) if self._session.is_open else ()


class ChipOutlet(_ChipEnd):
    """Where the chip's events come out."""

    @property
    def clocks(self) -> tuple[EmulationClock, ...]:
        """The board's clock, also when the board is no longer open."""
        return (self._session.clock,)

    def waits_ns(self) -> Iterator[int]:
        """How long until the chip, or what answers for it, next sends something."""
        for board in self.boards:
            if (due := self._due_ns(board)) is not None:
                yield due - board.clock.now_ns()

    def board_behind(self) -> EmulatedBoard | None:
        """The board, while it is open."""
        return self._session.board if self._session.is_open else None

    def _due_ns(self, board: EmulatedBoard) -> int | None:
        return board.next_due_ns()


class PowerOutlet(ChipOutlet):
    """Where measurements of power come out, which come by themselves too."""

    def board_behind(self) -> EmulatedBoard | None:
        """None: measurements do not follow from spikes one by one."""
        return None

    def _due_ns(self, board: EmulatedBoard) -> int | None:
        return board.power.next_delivery_ns()


class ChipInlet(_ChipEnd):
    """Where events for the chip go in."""

    def receive(self, events: Sequence[object]) -> None:
        """Send `events` to the chip.

        Raises:
            RuntimeError: the board was closed or unplugged.
            NotEmulatedError: the emulated chip does not do one of them; then none is sent.
            ValueError: there is no such core, or no such address on it; those before are sent.
        """
        with self._session.emulating(), self._session.calling(Call.WRITE):
            send(self._session.board, events)


class DeviceSourceNode(NodeInterface):
    """What scripts hold of a `ChipOutlet`. There is a subclass for each type of event."""

    __module__ = "samna"
    __slots__ = ()
    _event_type: ClassVar[EventType]
    _outlet: ClassVar[type[ChipOutlet]] = ChipOutlet

    def __init__(self, session: Session) -> None:
        super().__init__(self._outlet(session, offers=self._event_type))


class PowerSourceNode(DeviceSourceNode):
    """What scripts hold of a `PowerOutlet`."""

    __module__ = "samna"
    __slots__ = ()
    _outlet = PowerOutlet


class DeviceSinkNode(NodeInterface):
    """What scripts hold of a `ChipInlet`. There is a subclass for each type of event."""

    __module__ = "samna"
    __slots__ = ()
    _event_type: ClassVar[EventType]

    def __init__(self, session: Session) -> None:
        super().__init__(ChipInlet(session, accepts=self._event_type))
