"""What collects spikes over an interval, counts them by feature, and picks the busiest feature.

What samna's own send on are events for its windows, whose members are not published. Here they are
called by names that samna surely has not; reading any other says so.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.counters import NS_PER_US, STAMPS
from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.sdk.nodes.stream import EventType, Node
from speckhal_mock.sdk.windows import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@attrs.frozen
class Collected:
    """The spikes of one interval.

    Attributes:
        number: of the interval, counted from 0, which begins with the first spike.
        features: the feature of each spike, in the order of arrival.
    """

    number: int
    features: tuple[int, ...]


COLLECTED: Final = EventType("spike_collection", "spikes of an interval", (Collected,))
"""What goes from a spike collection to what counts the spikes. No program sees it."""


class UnpublishedMemberError(NotEmulatedError, AttributeError):
    """A program reads what an event for a window has, and nobody knows what that is."""


class CountEvent(Event):
    """What a count of spikes sends to a window.

    Attributes:
        speckhal_interval: number of the interval, counted from 0.
        speckhal_counts: spikes of each feature.
    """

    __module__ = "samna.ui"

    speckhal_interval: int
    speckhal_counts: tuple[int, ...]

    def __init__(self, **members: object) -> None:
        vars(self).update(members)  # and no word of windows: a program may well read this

    if not TYPE_CHECKING:  # a checker would take any attribute for one that exists

        def __getattr__(self, name: str) -> object:
            if name.startswith("__"):
                raise AttributeError(name)
            raise UnpublishedMemberError(
                f"What members samna's events for windows have is not published, so that "
                f"{name!r} is not emulated. This one has: {', '.join(vars(self))}."
            )


class MajorityEvent(CountEvent):
    """What a majority readout sends to a window.

    Attributes:
        speckhal_feature: the feature picked; None where no default was set.
    """

    __module__ = "samna.ui"

    speckhal_feature: int | None


class SpikeCollection(Node):
    """Sends what spikes came in each interval of the board's time, once the interval is over.

    The first interval begins with the first spike, and each further one, empty ones too, where the
    one before ends. A spike's time is its stamp, read against the board's stop watch; while that
    stands still, and stamps say nothing, it is the moment at which the host gets the spike. Spikes
    that come from no board are as old as their stamps.

    Attributes:
        interval_ns: how long an interval is; None before anyone sets it.
    """

    def __init__(self, accepts: EventType, spike: type[object] | None) -> None:
        super().__init__(accepts, COLLECTED)
        self._spike = spike or next(kind for kind in accepts.classes if kind.__name__ == "Spike")
        self.interval_ns: int | None = None
        self._warned = False
        self._lock = threading.Lock()  # sinks behind it may be read by several threads
        self._forget()

    def begin(self, interval_ns: int) -> None:
        """Forget what was collected; the next spike begins the first interval of that length."""
        with self._lock:
            self._forget()
            self.interval_ns = interval_ns

    def _forget(self) -> None:
        self._origin_ns: int | None = None
        self._number = 0
        self._features: list[int] = []

    def receive(self, events: Sequence[object]) -> None:
        """Collect the spikes among `events`."""
        spikes: list[Any] = [event for event in events if isinstance(event, self._spike)]
        if not spikes:
            return
        if self.interval_ns is None:
            self._say_that_no_interval_is_set()
            return
        moments = self._moments(spikes)
        with self._lock:
            for spike, moment in zip(spikes, moments, strict=True):
                if self._origin_ns is None:
                    self._origin_ns = moment
                self._close_until(moment)
                self._features.append(spike.feature)

    def pass_time(self) -> None:
        """Send the intervals that are over by now, whether a spike came in them or not."""
        for board in self.boards_upstream()[:1]:
            now = board.clock.now_ns()  # before the lock, as a clock has locks of its own
            with self._lock:
                self._close_until(now)

    def waits_ns(self) -> Iterator[int]:
        """How long until the running interval is over."""
        if self._origin_ns is not None and self.interval_ns is not None:
            for board in self.boards_upstream()[:1]:
                end = self._origin_ns + (self._number + 1) * self.interval_ns
                yield end - board.clock.now_ns()

    def _moments(self, spikes: Sequence[Any]) -> list[int]:
        boards = self.boards_upstream()
        if not boards:
            return [spike.timestamp * NS_PER_US for spike in spikes]
        now, shown = boards[0].clock.now_ns(), boards[0].stop_watch.now_us()
        half = STAMPS // 2
        ages_us = [(shown - spike.timestamp + half) % STAMPS - half for spike in spikes]
        return [now - max(age_us, 0) * NS_PER_US for age_us in ages_us]

    def _close_until(self, moment: int) -> None:
        if self._origin_ns is None or self.interval_ns is None:
            return
        over = (moment - self._origin_ns) // self.interval_ns
        done = []
        while self._number < over:
            done.append(Collected(self._number, tuple(self._features)))
            self._features.clear()
            self._number += 1
        if done:
            self.emit(done)

    def _say_that_no_interval_is_set(self) -> None:
        if not self._warned:
            self._warned = True
            warn_user(
                "A spike collection got spikes before set_interval_milli_sec was called, and drops "
                "them: how long samna's collects by itself is not published.",
                EmulationWarning,
            )


class SpikeCount(Node):
    """Sends how often each feature spiked in an interval; features beyond the count are left out.

    Attributes:
        features: how many features there are.
    """

    def __init__(self, offers: EventType) -> None:
        super().__init__(COLLECTED, offers)
        self.features = 0

    def receive(self, events: Sequence[Any]) -> None:
        """Count each interval."""
        self.emit([self._event(event.number, self._counts(event)) for event in events])

    def _counts(self, collected: Collected) -> tuple[int, ...]:
        counts = [0] * self.features
        for feature in collected.features:
            if feature < self.features:
                counts[feature] += 1
        return tuple(counts)

    def _event(self, number: int, counts: tuple[int, ...]) -> CountEvent:
        return CountEvent(speckhal_interval=number, speckhal_counts=counts)


class MajorityReadout(SpikeCount):
    """Sends the feature that spiked most, if it spiked often enough and not too often.

    Of features that spiked as often, it is the lowest. Both limits are within.

    Attributes:
        default: what is sent in all other cases; None before anyone sets it.
        low: the least number of spikes.
        high: the largest number of spikes; None for any.
    """

    def __init__(self, offers: EventType) -> None:
        super().__init__(offers)
        self.default: int | None = None
        self.low = 0
        self.high: int | None = None

    def _event(self, number: int, counts: tuple[int, ...]) -> CountEvent:
        most = max(counts, default=0)
        clear = bool(counts) and self.low <= most and (self.high is None or most <= self.high)
        feature = counts.index(most) if clear else self.default
        return MajorityEvent(
            speckhal_interval=number, speckhal_counts=counts, speckhal_feature=feature
        )
