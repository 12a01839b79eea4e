"""The filters that the emulation has, made by name in a graph or by `JitMemberSelect`."""

from __future__ import annotations

import re
from operator import attrgetter
from typing import TYPE_CHECKING, NoReturn

from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.pybind.scalars import integer_or_text, object_list, text
from speckhal_mock.sdk.nodes.stream import EventType, Node, NodeInterface, cpp_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal_mock.emulation.board import EmulatedBoard

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class Filter(Node):
    """Passes some of the events that go in."""

    def __init__(self, event_type: EventType) -> None:
        super().__init__(event_type, event_type)

    def board_behind(self) -> EmulatedBoard | None:
        """The board, if only one's events get here, each once, and get nowhere else."""
        return self.board_of_sole_input()


class TypeFilter(Filter):
    """Passes events of the desired class that are not of the rejected one.

    Attributes:
        event_type: of the stream it stands in.
        desired: C++ name of a class, or of the whole variant, which every event is.
        rejected: C++ name of a class; empty to reject none.
    """

    def __init__(self, event_type: EventType) -> None:
        super().__init__(event_type)
        self.event_type = event_type
        self.desired = event_type.variant
        self.rejected = ""

    def receive(self, events: Sequence[object]) -> None:
        """Pass what is desired and not rejected."""
        passing = {
            kind
            for kind in set(map(type, events))
            if self.desired in {self.event_type.variant, cpp_name(kind)}
            and cpp_name(kind) != self.rejected
        }
        if passed := [event for event in events if type(event) in passing]:
            self.emit(passed)


class Forward(Filter):
    """Passes every event on, in the order in which it came."""

    def receive(self, events: Sequence[object]) -> None:
        """Pass the events on as they are."""
        self.emit(events)


class MemberSelect(Filter):
    """Passes events of which one member has one of the listed values; without a list, all.

    Attributes:
        member: name of the member, as Python spells it.
        values: that pass; None before there is a list.
    """

    def __init__(self, event_type: EventType) -> None:
        super().__init__(event_type)
        self.member = ""
        self.values: frozenset[object] | None = None

    def receive(self, events: Sequence[object]) -> None:
        """Pass what is listed; an event without the member is a failure."""
        if self.values is None:
            self.emit(events)
            return
        for kind in set(map(type, events)):
            if not hasattr(kind, self.member):
                self.emit_failure(
                    f"A filter selects by {self.member!r}, and a {cpp_name(kind)} has no such "
                    f"member. Put an event type filter before it."
                )
                return
        member = attrgetter(self.member)
        if passed := [event for event in events if member(event) in self.values]:
            self.emit(passed)


class ForwardNode(NodeInterface):
    """What scripts hold of a `Forward`."""

    __module__ = "samna.graph"
    __slots__ = ()

    def __init__(self, event_type: EventType) -> None:
        super().__init__(Forward(event_type))


class TypeFilterNode(NodeInterface):
    """What scripts hold of a `TypeFilter`."""

    __module__ = "samna.graph"
    __slots__ = ("_filter",)

    def __init__(self, event_type: EventType) -> None:
        self._filter = TypeFilter(event_type)
        super().__init__(self._filter)

    def get_available_types(self) -> list[str]:
        """Names that can be desired or rejected; the first one is the whole variant's."""
        event_type = self._filter.event_type
        return [event_type.variant, *event_type.cpp_names()]

    def get_desired_type(self) -> str:
        """Name of the only type of event that passes."""
        return self._filter.desired

    def get_rejected_type(self) -> str:
        """Name of what never passes; empty where nothing is rejected."""
        return self._filter.rejected

    def set_desired_type(self, arg0: object, /) -> None:
        """Let only events of that type pass.

        Raises:
            RuntimeError: the stream has no such type.
        """
        self._filter.desired = self._known(arg0, "set_desired_type")

    def set_rejected_type(self, arg0: object, /) -> None:
        """Let no event of that type pass.

        Raises:
            RuntimeError: the stream has no such type.
        """
        self._filter.rejected = self._known(arg0, "set_rejected_type")

    def _known(self, given: object, taker: str) -> str:
        name = text(given, taker)
        available = self.get_available_types()
        if name not in available:
            raise RuntimeError(
                f"Asked a filter for events of type {name!r}, which its stream does not carry. "
                f"It carries: {', '.join(available)}."
            )
        return name


class MemberSelectNode(NodeInterface):
    """What scripts hold of a `MemberSelect`."""

    __module__ = "samna.graph"
    __slots__ = ("_filter",)

    def __init__(self, event_type: EventType) -> None:
        self._filter = MemberSelect(event_type)
        super().__init__(self._filter)

    def set_white_list(self, whiteList: object, attrName: object) -> None:  # noqa: N803  # samna's
        """Let only events pass whose member `attrName` is one of the ints or strings listed.

        Raises:
            RuntimeError: no event of the stream has such a member.
        """
        member = _WORD_START.sub("_", text(attrName, "set_white_list")).lower()
        event_type = self._filter.accepts
        if event_type is not None and not any(hasattr(kind, member) for kind in event_type.classes):
            raise RuntimeError(
                f"Asked a filter to select events by {attrName!r}, and no event of type "
                f"{event_type.variant} has that member."
            )
        self._filter.values = frozenset(
            integer_or_text(value, "set_white_list")
            for value in object_list(whiteList, "set_white_list")
        )
        self._filter.member = member


def rescaling_coefficient(arg0: float, arg1: float, arg2: float, arg3: float, /) -> NoReturn:
    """What `DvsEventRescale` divides by to get from one width and height to another.

    Raises:
        NotEmulatedError: always. The vendor's page gives no formula, and no such filter is here.
    """
    raise NotEmulatedError(
        f"samna.graph.nodes.detail.rescaling_coefficient was asked for {arg0} x {arg1} to "
        f"{arg2} x {arg3}. It is not emulated: neither its formula nor the filter DvsEventRescale "
        f"that it is for is here."
    )
