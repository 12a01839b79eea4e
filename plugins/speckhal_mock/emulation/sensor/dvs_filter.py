"""The filter behind the pre-processing: which events have, or lack, company in time and place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs
import numpy as np

from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from speckhal_mock.emulation.sensor.dvs_events import DvsEvents
    from speckhal_mock.emulation.sensor_options import SensorOptions

FilterMode: TypeAlias = Literal["noise", "noise and hot pixels", "low pass"]

_NEVER: Final = -(1 << 62)
_LONG_AGO: Final = 1 << 61
_COUNTER_BITS: Final = 16


@attrs.frozen
class DvsFilterConfig:
    """What the filter does.

    Attributes:
        mode: "noise" passes what has a neighbour in time and place, "noise and hot pixels" only
            if its own pixel was silent as well, "low pass" what is not the same pixel again.
        reach: how many pixels (x, y) a neighbour is away at most.
        threshold: in counts of the slow clock; what is fewer counts away is near in time.
        internal_clock: whether it counts the chip's own slow clock in place of the board's.
    """

    mode: FilterMode = "noise"
    reach: tuple[int, int] = (1, 1)
    threshold: int = 5
    internal_clock: bool = False


class DvsFilter:
    """Keeps the count of the slow clock at which each pixel last had an event, passed or not.

    Source: dev kit data sheet, 3.2.2, and the samna reference (DvsFilterConfig). The rule against
    hot pixels is not published.

    Args:
        config: what it does.
        options: what is assumed of it.
    """

    def __init__(self, config: DvsFilterConfig, options: SensorOptions) -> None:
        self._config = config
        self._finds_hot_pixels = (
            config.mode == "noise and hot pixels" and options.hot_pixel_rule == "rate"
        )
        self._low_pass_reach = config.reach if options.flicker_filter_pixels == "window" else (0, 0)
        self._own_pixel_counts = options.dvs_filter_own_pixel
        self._bits = (1 << _COUNTER_BITS) - 1 if options.dvs_filter_wraps else -1
        # with a margin on each side, so that pixels at the edge have neighbours without events
        self._margin_x, self._margin_y = config.reach
        self._width = SENSOR_SIZE + 2 * self._margin_x
        rows = SENSOR_SIZE + 2 * self._margin_y
        self._stored = np.full(rows * self._width, _NEVER, dtype=np.int64)
        if options.dvs_filter_start == "zero":
            grid = self._stored.reshape(rows, self._width)
            grid[
                self._margin_y : self._margin_y + SENSOR_SIZE,
                self._margin_x : self._margin_x + SENSOR_SIZE,
            ] = 0

    def passing(self, events: DvsEvents, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which events pass, shape (n,).

        Args:
            events: in the order of time, after all that were given before.
            counts: ticks of the slow clock that had come at each, shape (n,).
        """
        places = self._places(events.y, events.x)
        recent = _Recent(self._stored, places, counts, self._config.threshold, self._bits)
        if self._config.mode == "low pass":
            passes = ~recent.at_any(self._offsets(self._low_pass_reach, own=True))
        else:
            near = self._offsets(self._config.reach, own=self._own_pixel_counts)
            passes = recent.at_any(near)
            if self._finds_hot_pixels:
                passes &= ~recent.at_any([0])
        self._stored[places] = counts  # of one place, the last one stays
        return passes

    def counters(self, y: npt.NDArray[np.int64], x: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """What is kept of pixels, in 16 bits; -1 where there was no event, (n,)."""
        stored = self._stored[self._places(y, x)]
        return np.where(stored == _NEVER, -1, stored & ((1 << _COUNTER_BITS) - 1))

    def write(
        self,
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        values: npt.NDArray[np.int64],
        now: int,
    ) -> None:
        """Let each pixel have had its event when the count last had these 16 bits.

        Args:
            y: rows, (n,).
            x: columns, (n,).
            values: 16 bits, (n,).
            now: the count.
        """
        age = (now - values) & ((1 << _COUNTER_BITS) - 1)
        self._stored[self._places(y, x)] = now - age

    def _places(self, y: npt.NDArray[np.int64], x: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return (y + self._margin_y) * self._width + x + self._margin_x

    def _offsets(self, reach: tuple[int, int], *, own: bool) -> list[int]:
        """Where neighbours are stored, relative to a pixel: the nearest ones first."""
        return [
            y * self._width + x for _, y, x in sorted(_window(*reach)) if own or (y, x) != (0, 0)
        ]


def _window(reach_x: int, reach_y: int) -> Iterator[tuple[int, int, int]]:
    for y in range(-reach_y, reach_y + 1):
        for x in range(-reach_x, reach_x + 1):
            yield max(abs(y), abs(x)), y, x


class _Recent:
    """Which of some events come soon after an event at another place."""

    def __init__(  # what the filter keeps
        self,
        stored: npt.NDArray[np.int64],
        places: npt.NDArray[np.int64],
        counts: npt.NDArray[np.int64],
        threshold: int,
        bits: int,
    ) -> None:
        self._stored = stored
        self._places = places
        self._counts = counts
        self._threshold = threshold
        self._bits = bits
        self._order = np.argsort(places, kind="stable")
        # ascending: by place, and of one place by number
        self._keys = places[self._order] * len(places) + self._order

    def at_any(self, offsets: list[int]) -> npt.NDArray[np.bool_]:
        """Which have an event at one of these offsets less than the threshold ago, shape (n,)."""
        found = np.zeros(len(self._places), dtype=np.bool_)
        open_ones = np.arange(len(self._places))
        for offset in offsets:
            if not open_ones.size:
                break
            age = self._counts[open_ones] - self._last(open_ones, self._places[open_ones] + offset)
            near = ((age & self._bits) < self._threshold) & (age < _LONG_AGO)
            found[open_ones[near]] = True
            open_ones = open_ones[~near]
        return found

    def _last(
        self, numbers: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """The count of the last event at each place before the event of each number."""
        before = np.searchsorted(self._keys, places * len(self._places) + numbers) - 1
        candidates = self._order[np.maximum(before, 0)]
        known = (before >= 0) & (self._places[candidates] == places)
        last: npt.NDArray[np.int64] = np.where(
            known, self._counts[candidates], self._stored[places]
        )
        return last
