"""Stand-ins for nodes that only make pictures: what goes in is dropped, and nothing comes out.

They take the settings that the vendor's take, and answer as if a window were there to receive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.pybind.scalars import integer, text
from speckhal_mock.sdk.nodes.ends import BasicSourceNode
from speckhal_mock.sdk.nodes.stream import EventType, Node, NodeInterface
from speckhal_mock.sdk.windows import mention_windows

if TYPE_CHECKING:
    from collections.abc import Sequence


class UiSourceNode(BasicSourceNode):
    """Takes what a script wants to be shown. No graph need be started for it."""

    __module__ = "samna"
    __slots__ = ()

    def write(self, arg0: object, /) -> None:
        """Take a list of events for windows, and pass it to whoever is connected.

        Raises:
            TypeError: it is not a list, or holds something else.
        """
        self._inlet.emit(self._checked(arg0))


class Picture(Node):
    """Where events go to be shown. What a real one would make of them is not known."""

    is_silent = True

    def receive(self, events: Sequence[object]) -> None:
        """Drop `events`."""


class PictureNode(NodeInterface):
    """What scripts hold of a `Picture`, such as a converter without settings."""

    __module__ = "samna.graph"
    __slots__ = ("_settings",)

    def __init__(
        self, what: str, accepts: EventType | None = None, offers: EventType | None = None
    ) -> None:
        mention_windows(what)
        self._settings: dict[str, int] = {}
        super().__init__(Picture(accepts, offers))


class VizEventStreamerNode(PictureNode):
    """Would send to windows; it says that as many are connected as are waited for."""

    __module__ = "samna.graph"
    __slots__ = ()

    def get_connected_receiver_count(self) -> int:
        """1, or as many as were waited for."""
        return self._settings.get("receivers", 1)

    def is_receiver_connected(self, id: object) -> bool:  # noqa: ARG002, A002  # samna's name
        """True: whoever waits for a receiver goes on."""
        return True

    def set_streamer_endpoint(self, arg0: object, /) -> None:
        """Take the address; no socket is opened."""
        text(arg0, "set_streamer_endpoint")

    def wait_for_receiver_count(self, count: object = 1, timeout_milli_sec: object = 0) -> int:
        """`count`, without waiting: there is no window to wait for."""
        integer(timeout_milli_sec, "wait_for_receiver_count")
        self._settings["receivers"] = integer(count, "wait_for_receiver_count")
        return self._settings["receivers"]


class VizEventReceiverNode(PictureNode):
    """Would get events for windows; none comes."""

    __module__ = "samna.graph"
    __slots__ = ()

    def get_id(self) -> int:
        """0, since no window asks for it."""
        return 0

    def is_connected(self) -> bool:
        """True."""
        return True

    def reconnect(self) -> bool:
        """True."""
        return True

    def set_receiver_endpoint(self, arg0: object, /) -> None:
        """Take the address; no socket is opened."""
        text(arg0, "set_receiver_endpoint")

    def wait_for_connect(self, ms: object) -> bool:
        """True, without waiting: there is no window to wait for."""
        integer(ms, "wait_for_connect")
        return True
