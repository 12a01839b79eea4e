"""The ends of a graph that belong to a board: where its chip's events come out and go in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from speckhal_mock.sdk.event_codec import send
from speckhal_mock.sdk.faults import Call
from speckhal_mock.sdk.nodes.stream import EventType, Node, NodeInterface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.sdk.session import Session


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


class ChipInlet(_ChipEnd):
    """Where events for the chip go in."""

    def receive(self, events: Sequence[object]) -> None:
        """Send `events` to the chip.

        Raises:
            RuntimeError: the board was closed or unplugged.
            NotEmulatedError: the emulated chip does not do one of them; then none is sent.
            ValueError: there is no such core, or no such address on it; those before are sent.
        """
        with self._session.calling(Call.WRITE):
            send(self._session.board, events)


class DeviceSourceNode(NodeInterface):
    """What scripts hold of a `ChipOutlet`. There is a subclass for each type of event."""

    __module__ = "samna"
    __slots__ = ()
    _event_type: ClassVar[EventType]

    def __init__(self, session: Session) -> None:
        super().__init__(ChipOutlet(session, offers=self._event_type))


class DeviceSinkNode(NodeInterface):
    """What scripts hold of a `ChipInlet`. There is a subclass for each type of event."""

    __module__ = "samna"
    __slots__ = ()
    _event_type: ClassVar[EventType]

    def __init__(self, session: Session) -> None:
        super().__init__(ChipInlet(session, accepts=self._event_type))
