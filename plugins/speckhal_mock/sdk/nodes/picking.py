"""Filters that pick events by a region, or by a function of the script.

The vendor's pages say of the crops that corners are within and that coordinates are counted from
the first. Of the filter with a function, users' programs show that it is given a list of events
and returns those that go on. That a crop drops what is no event of its kind, and passes all of its
kind before it has a region, is assumed.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import integer
from speckhal_mock.sdk.nodes.filters import Filter
from speckhal_mock.sdk.nodes.stream import EventType, NodeInterface

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Region: TypeAlias = tuple[int, int, int, int]
"""First column and row, last column and row."""


class Crop(Filter):
    """Passes events of one kind in a region, with coordinates counted from its first corner.

    Attributes:
        region: None before there is one.
    """

    def __init__(self, event_type: EventType, kind: str) -> None:
        super().__init__(event_type)
        self.region: Region | None = None
        (self._kind,) = [each for each in event_type.classes if each.__name__ == kind]

    def receive(self, events: Sequence[object]) -> None:
        """Pass what is in the region."""
        own: list[Any] = [event for event in events if type(event) is self._kind]
        if self.region is not None:
            left, top, right, bottom = self.region
            own = [
                _moved(event, left, top)
                for event in own
                if left <= event.x <= right and top <= event.y <= bottom
            ]
        if own:
            self.emit(own)


def _moved(event: Any, left: int, top: int) -> Any:
    moved = copy.copy(event)
    moved.x, moved.y = event.x - left, event.y - top
    return moved


class EventCropNode(NodeInterface):
    """What scripts hold of a `Crop`."""

    __module__ = "samna.graph"
    __slots__ = ("_crop",)

    def __init__(self, event_type: EventType, kind: str) -> None:
        self._crop = Crop(event_type, kind)
        super().__init__(self._crop)

    def set_roi(self, xtl: object, ytl: object, xbr: object, ybr: object) -> None:
        """Let only events pass from (xtl, ytl) to (xbr, ybr), both within.

        Raises:
            TypeError: one is no integer.
            RuntimeError: there is nothing between them.
        """
        left, top, right, bottom = (integer(edge, "set_roi") for edge in (xtl, ytl, xbr, ybr))
        if not (0 <= left <= right and 0 <= top <= bottom):
            raise RuntimeError(
                f"Asked for the region from ({left}, {top}) to ({right}, {bottom}), which has no "
                f"pixel. The first corner is at the top left, the second at the bottom right."
            )
        self._crop.region = (left, top, right, bottom)


class Custom(Filter):
    """Passes what a function of the script returns.

    Attributes:
        function: of a list of events; None before there is one, and after it was stopped.
    """

    def __init__(self, event_type: EventType) -> None:
        super().__init__(event_type)
        self.function: Callable[[list[object]], object] | None = None

    def receive(self, events: Sequence[object]) -> None:
        """Pass what the function returns; where it raises, or returns no such events, say so."""
        if self.function is None:
            return
        try:
            returned = self.function(list(events))
        except Exception as error:  # noqa: BLE001  # whatever a script raises
            self.emit_failure(f"A script's filter function raised {error!r}.")
            return
        passed = [] if returned is None else returned
        offers = self.offers
        if not isinstance(passed, (list, tuple)) or offers is None or offers.strangers(passed):
            self.emit_failure(
                f"A script's filter function returned what is no list of events of this stream: "
                f"{returned!r:.80}."
            )
        elif passed:
            self.emit(list(passed))


class CustomFilterNode(NodeInterface):
    """What scripts hold of a `Custom`. Nothing passes before it has a function."""

    __module__ = "samna.graph"
    __slots__ = ("_custom",)

    def __init__(self, event_type: EventType) -> None:
        self._custom = Custom(event_type)
        super().__init__(self._custom)

    def set_filter_function(self, arg0: object, /) -> None:
        """Pass what this function returns of each list of events that comes.

        It is called when somebody looks for events of the board, whenever they left the chip.

        Raises:
            TypeError: it cannot be called.
        """
        if not callable(arg0):
            raise misfit("set_filter_function", "a function of a list of events", arg0)
        self._custom.function = arg0

    def stop(self) -> None:
        """Let nothing pass any more."""
        self._custom.function = None
