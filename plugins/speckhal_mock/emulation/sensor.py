"""The chip's own sensor, as far as the host sees it: events at an even rate, if one is given.

What is before a sensor is up to whoever emulates it, and only their number can be given. Which
pixels they come from is assumed: each in turn, row by row, brighter in one sweep and darker in the
next. They come evenly, the first one a period after the sensor was switched on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

SENSOR_SIZE: Final = 128
_PIXELS: Final = SENSOR_SIZE * SENSOR_SIZE


@attrs.frozen
class DvsEvents:
    """Events of pixels.

    Attributes:
        p: whether each pixel became brighter, or the polarity's number behind the pre-processing.
        y: row, from the top.
        x: column.
        moments: when, in nanoseconds.
    """

    p: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]
    x: npt.NDArray[np.int64]
    moments: npt.NDArray[np.int64]

    def where(self, chosen: npt.NDArray[np.bool_]) -> DvsEvents:
        """The events where `chosen`, one bool for each event, is True."""
        return DvsEvents(*(column[chosen] for column in (self.p, self.y, self.x, self.moments)))


@attrs.frozen
class Preprocessing:
    """What happens to events between the pixels and the monitor behind the pre-processing.

    Attributes:
        polarities: which pass, darker (0) and brighter (1). A single one is called 0.
        origin: first pixel (x, y) of the region that passes.
        cut: last pixel of it.
        mirror: which of x and y is mirrored within the region.
        diagonal: whether x and y are exchanged then.
    """

    polarities: tuple[int, ...] = (0, 1)
    origin: tuple[int, int] = (0, 0)
    cut: tuple[int, int] = (SENSOR_SIZE - 1, SENSOR_SIZE - 1)
    mirror: tuple[bool, bool] = (False, False)
    diagonal: bool = False

    def __call__(self, events: DvsEvents) -> DvsEvents:
        """Those that pass, where they come out."""
        (left, top), (right, bottom) = self.origin, self.cut
        passing = np.isin(events.p, self.polarities)
        passing &= (left <= events.x) & (events.x <= right)
        passing &= (top <= events.y) & (events.y <= bottom)
        kept = events.where(passing)
        x = right - kept.x if self.mirror[0] else kept.x - left
        y = bottom - kept.y if self.mirror[1] else kept.y - top
        if self.diagonal:
            x, y = y, x
        p = kept.p if len(self.polarities) > 1 else np.zeros_like(kept.p)
        return DvsEvents(p, y, x, kept.moments)


@attrs.frozen
class Monitors:
    """Which monitors of the sensor are on: of its pixels, and behind the pre-processing."""

    raw: bool = False
    processed: Preprocessing | None = None


class Sensor:
    """Makes the events, and delivers those that a monitor shows.

    Args:
        events_hz: how many there are per second.
        deliver: called with events of the pixels, and with what becomes of them behind the
            pre-processing; None for a monitor that is off.
    """

    def __init__(
        self, events_hz: int, deliver: Callable[[DvsEvents | None, DvsEvents | None], None]
    ) -> None:
        self._events_hz = events_hz
        self._deliver = deliver
        self._monitors = Monitors()
        self._origin_ns = 0
        self._given = 0

    def restart(self, moment: int, monitors: Monitors | None) -> None:
        """Begin to count anew; None for a sensor that is switched off."""
        self._monitors = monitors or Monitors()
        self._origin_ns, self._given = moment, 0

    def next_ns(self) -> int | None:
        """When the next event is delivered; None if there will be none by itself."""
        return self._moment_of(self._given + 1) if self._is_seen else None

    def run_to(self, moment: int) -> None:
        """Deliver all events up to a moment, in the order of time."""
        if not self._is_seen:
            return
        first, last = self._given, (moment - self._origin_ns) * self._events_hz // NS_PER_S
        if last > first:
            self._given = last
            self._show(np.arange(first, last))

    @property
    def _is_seen(self) -> bool:
        monitors = self._monitors
        return self._events_hz > 0 and (monitors.raw or monitors.processed is not None)

    def _moment_of(self, number: int) -> int:
        return self._origin_ns - (-number * NS_PER_S // self._events_hz)

    def _show(self, numbers: npt.NDArray[np.int64]) -> None:
        pixels = numbers % _PIXELS
        events = DvsEvents(
            p=1 - numbers // _PIXELS % 2,
            y=pixels // SENSOR_SIZE,
            x=pixels % SENSOR_SIZE,
            moments=self._origin_ns - (-(numbers + 1) * NS_PER_S // self._events_hz),
        )
        monitors = self._monitors
        self._deliver(
            events if monitors.raw else None,
            None if monitors.processed is None else monitors.processed(events),
        )
