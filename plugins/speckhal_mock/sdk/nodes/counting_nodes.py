"""What scripts hold of a collection of spikes, a count and a majority readout: their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.scalars import integer
from speckhal_mock.sdk.nodes.counting import MajorityReadout, SpikeCollection, SpikeCount
from speckhal_mock.sdk.nodes.stream import NodeInterface

if TYPE_CHECKING:
    from speckhal_mock.sdk.nodes.stream import EventType

_NS_PER_MS: Final = 1_000_000


class SpikeCollectionNode(NodeInterface):
    """What scripts hold of a `SpikeCollection`."""

    __module__ = "samna.graph"
    __slots__ = ("_collection",)

    def __init__(self, accepts: EventType, spike: type[object] | None = None) -> None:
        self._collection = SpikeCollection(accepts, spike)
        super().__init__(self._collection)

    def get_interval_milli_sec(self) -> int:
        """The interval that was set; 0 before."""
        return (self._collection.interval_ns or 0) // _NS_PER_MS

    def set_interval_milli_sec(self, arg0: object, /) -> None:
        """Collect anew, over intervals of that many milliseconds.

        Raises:
            TypeError: it is no integer above 0.
        """
        interval = integer(arg0, "set_interval_milli_sec")
        if interval < 1:
            raise misfit("set_interval_milli_sec", "a number of milliseconds above 0", arg0)
        self._collection.begin(interval * _NS_PER_MS)


class SpikeCountNode(NodeInterface):
    """What scripts hold of a `SpikeCount`."""

    __module__ = "samna.graph"
    __slots__ = ("_count",)

    def __init__(self, offers: EventType) -> None:
        self._count = SpikeCount(offers)
        super().__init__(self._count)

    def get_feature_count(self) -> int:
        """The number of features that was set; 0 before."""
        return self._count.features

    def set_feature_count(self, arg0: object, /) -> None:
        """Set the number of features."""
        self._count.features = _whole(arg0, "set_feature_count")


class MajorityReadoutNode(NodeInterface):
    """What scripts hold of a `MajorityReadout`."""

    __module__ = "samna.graph"
    __slots__ = ("_readout",)

    def __init__(self, offers: EventType) -> None:
        self._readout = MajorityReadout(offers)
        super().__init__(self._readout)

    def set_default_feature(self, arg0: object, /) -> None:
        """Set the feature for when no feature spiked as often as the limits want."""
        self._readout.default = integer(arg0, "set_default_feature")

    def set_feature_count(self, arg0: object, /) -> None:
        """Set the number of features."""
        self._readout.features = _whole(arg0, "set_feature_count")

    def set_threshold_high(self, arg0: object, /) -> None:
        """Set the largest number of spikes with which a feature is picked; any before."""
        self._readout.high = integer(arg0, "set_threshold_high")

    def set_threshold_low(self, arg0: object, /) -> None:
        """Set the least number of spikes with which a feature is picked; 0 before."""
        self._readout.low = integer(arg0, "set_threshold_low")


def _whole(value: object, taker: str) -> int:
    number = integer(value, taker)
    if number < 0:
        raise misfit(taker, "a number of features", value)
    return number
