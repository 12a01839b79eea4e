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

COLLECTED = EventType("spike_collection", "spikes of an interval", ())
"""What goes from a spike collection to what counts the spikes. No program sees it."""


class UiSourceNode(BasicSourceNode):
    """Takes what a script wants to be shown. No graph need be started for it."""

    __module__ = "samna"
    __slots__ = ()

    def write(self, arg0: object, /) -> None:
        """Take a list of events for windows.

        Raises:
            TypeError: it is not a list, or holds something else.
        """
        self._checked(arg0)


class Picture(Node):
    """Where events go to be shown."""

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


class SpikeCollectionNode(PictureNode):
    """Would collect spikes over an interval."""

    __module__ = "samna.graph"
    __slots__ = ()

    def get_interval_milli_sec(self) -> int:
        """The interval that was set; 0 before."""
        return self._settings.get("interval", 0)

    def set_interval_milli_sec(self, arg0: object, /) -> None:
        """Keep the interval, in milliseconds; no picture is made, however long it is."""
        self._settings["interval"] = integer(arg0, "set_interval_milli_sec")


class SpikeCountNode(PictureNode):
    """Would count the spikes of each feature."""

    __module__ = "samna.graph"
    __slots__ = ()

    def get_feature_count(self) -> int:
        """The number of features that was set; 0 before."""
        return self._settings.get("features", 0)

    def set_feature_count(self, arg0: object, /) -> None:
        """Set the number of features."""
        self._settings["features"] = integer(arg0, "set_feature_count")


class MajorityReadoutNode(PictureNode):
    """Would pick the feature with the most spikes."""

    __module__ = "samna.graph"
    __slots__ = ()

    def set_default_feature(self, arg0: object, /) -> None:
        """Set the feature for when none has enough spikes."""
        integer(arg0, "set_default_feature")

    def set_feature_count(self, arg0: object, /) -> None:
        """Set the number of features."""
        integer(arg0, "set_feature_count")

    def set_threshold_high(self, arg0: object, /) -> None:
        """Set how many spikes are too many."""
        integer(arg0, "set_threshold_high")

    def set_threshold_low(self, arg0: object, /) -> None:
        """Set how many spikes are too few."""
        integer(arg0, "set_threshold_low")


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
