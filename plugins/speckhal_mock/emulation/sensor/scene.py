"""What the sensor sees: nothing that moves, changes at an even rate, or recorded events."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs
import numpy as np

from speckhal.contract.clock import NS_PER_S
from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE, DvsEvents

if TYPE_CHECKING:
    import os

    import numpy.typing as npt

_PIXELS: Final = SENSOR_SIZE * SENSOR_SIZE
_NS_PER_US: Final = 1000
_LONGEST_US: Final = 1 << 52
"""Some 140 years: nanoseconds of a longer recording would not fit into 64 bits with the rest."""


class Scene(Protocol):
    """Makes events of pixels. They are numbered from 1, and time counts from its beginning."""

    @property
    def rate_hz(self) -> Fraction:
        """Events per second, on average; 0 for a scene in which nothing moves."""

    @property
    def pixels(self) -> npt.NDArray[np.int64]:
        """Which pixel (y * 128 + x) each event is of; the next ones are of the same in turn."""

    def count(self, elapsed_ns: int) -> int:
        """How many events have come by then."""

    def elapsed_ns(self, number: int) -> int | None:
        """When the event of that number comes; None if it never does."""

    def events(self, first: int, last: int) -> DvsEvents:
        """Those with the numbers from `first` to `last`."""


@attrs.frozen
class EvenScene:
    """Each pixel in turn, row by row, brighter in one sweep over all and darker in the next.

    The first event comes one period after the beginning.

    Attributes:
        events_hz: how many events there are per second; with 0 the scene stands still.
    """

    events_hz: int

    @property
    def rate_hz(self) -> Fraction:
        """Events per second."""
        return Fraction(self.events_hz)

    @property
    def pixels(self) -> npt.NDArray[np.int64]:
        """All pixels, row by row."""
        return np.arange(_PIXELS)

    def count(self, elapsed_ns: int) -> int:
        """How many events have come by then."""
        return elapsed_ns * self.events_hz // NS_PER_S

    def elapsed_ns(self, number: int) -> int | None:
        """When the event of that number comes; None in a scene that stands still."""
        return -(-number * NS_PER_S // self.events_hz) if self.events_hz else None

    def events(self, first: int, last: int) -> DvsEvents:
        """Those with the numbers from `first` to `last`."""
        numbers = np.arange(first, last + 1)
        sweeps, pixels = np.divmod(numbers - 1, _PIXELS)
        y, x = np.divmod(pixels, SENSOR_SIZE)
        # in whole seconds and the rest, since the product could be beyond 64 bits
        seconds, rest = np.divmod(numbers, self.events_hz)
        moments = seconds * NS_PER_S - (-rest * NS_PER_S // self.events_hz)
        return DvsEvents(1 - sweeps % 2, y, x, moments)


class RecordedScene:
    """Recorded events, once, and then nothing that moves.

    Args:
        t_us: when each comes, in microseconds from the beginning, shape (n,), in any order.
        x: column, 0 to 127.
        y: row from the top, 0 to 127.
        p: whether the pixel became brighter (1 or True).

    Raises:
        ValueError: the columns have different lengths or no whole numbers, or an event is before
            the beginning or outside the sensor.
    """

    def __init__(
        self, t_us: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike, p: npt.ArrayLike
    ) -> None:
        columns = {
            name: _whole(name, column, highest)
            for name, column, highest in (
                ("t_us", t_us, _LONGEST_US),
                ("x", x, SENSOR_SIZE - 1),
                ("y", y, SENSOR_SIZE - 1),
                ("p", p, 1),
            )
        }
        lengths = {name: len(column) for name, column in columns.items()}
        if len({*lengths.values()}) > 1:
            raise ValueError(f"Recorded events need columns of one length, not {lengths}.")
        times = columns.pop("t_us") * _NS_PER_US
        order = np.argsort(times, kind="stable")
        self._events = DvsEvents(
            columns["p"][order], columns["y"][order], columns["x"][order], times[order]
        )

    @staticmethod
    def of(events: npt.NDArray[Any]) -> RecordedScene:
        """From a structured array with the fields t (microseconds), x, y and p, as tonic's.

        Raises:
            ValueError: a field is missing, or the events are refused.
        """
        fields = events.dtype.names or ()
        missing = [name for name in ("t", "x", "y", "p") if name not in fields]
        if missing:
            raise ValueError(
                f"Recorded events need the fields t (in microseconds), x, y and p; "
                f"{', '.join(missing)} is missing among {', '.join(fields) or 'no fields at all'}."
            )
        return RecordedScene(events["t"], events["x"], events["y"], events["p"])

    @staticmethod
    def load(path: str | os.PathLike[str]) -> RecordedScene:
        """From a file of NumPy (.npy) with such an array.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no such file, or the events are refused.
        """
        return RecordedScene.of(np.load(path, allow_pickle=False))

    @property
    def rate_hz(self) -> Fraction:
        """Events per second, on average over the recording."""
        if not len(self._events):
            return Fraction(0)
        return Fraction(len(self._events) * NS_PER_S, max(1, int(self._events.moments[-1])))

    @property
    def pixels(self) -> npt.NDArray[np.int64]:
        """Which pixel each event is of."""
        return self._events.y * SENSOR_SIZE + self._events.x

    def count(self, elapsed_ns: int) -> int:
        """How many events have come by then."""
        return int(np.searchsorted(self._events.moments, elapsed_ns, side="right"))

    def elapsed_ns(self, number: int) -> int | None:
        """When the event of that number comes; None if there are not as many."""
        return int(self._events.moments[number - 1]) if number <= len(self._events) else None

    def events(self, first: int, last: int) -> DvsEvents:
        """Those with the numbers from `first` to `last`."""
        return self._events.where(slice(first - 1, last))


def _whole(name: str, given: npt.ArrayLike, highest: int) -> npt.NDArray[np.int64]:
    """A column of whole numbers from 0 up to `highest`."""
    column = np.atleast_1d(np.asarray(given))
    if column.ndim != 1 or column.dtype.kind not in "biu":
        raise ValueError(
            f"{name} of recorded events has the shape {column.shape} and the type "
            f"{column.dtype}; it must be one column of whole numbers."
        )
    if column.size and not (column.min() >= 0 and column.max() <= highest):
        raise ValueError(
            f"{name} of recorded events lies in {column.min()}..{column.max()}; it must lie in "
            f"0..{highest}."
        )
    return column.astype(np.int64)
