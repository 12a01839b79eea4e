"""Events of pixels, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

SENSOR_SIZE: Final = 128
"""The sensor has as many rows of as many pixels."""


PREPROCESSING: Final = 13
"""What stands for a core in events on their way into the sensor's pre-processing, or out of it."""


@attrs.frozen(eq=False)
class DvsEvents:
    """Events of pixels, each column of shape (n,).

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

    def __len__(self) -> int:
        return len(self.moments)

    def where(self, chosen: npt.NDArray[np.bool_] | slice) -> DvsEvents:
        """The events where `chosen`, one bool for each event, is True, or those of a slice."""
        return DvsEvents(self.p[chosen], self.y[chosen], self.x[chosen], self.moments[chosen])

    def later(self, by_ns: int) -> DvsEvents:
        """The same events, each that many nanoseconds later."""
        return DvsEvents(self.p, self.y, self.x, self.moments + by_ns)

    @staticmethod
    def in_order(*parts: DvsEvents) -> DvsEvents:
        """All events in the order of time; those of one moment in the order of the parts."""
        filled = [part for part in parts if len(part)]
        if len(filled) == 1 and (np.diff(filled[0].moments) >= 0).all():
            return filled[0]
        if not filled:
            none = np.zeros(0, dtype=np.int64)
            return DvsEvents(none, none, none, none)
        columns = zip(*((part.p, part.y, part.x, part.moments) for part in filled), strict=True)
        p, y, x, moments = (np.concatenate(column) for column in columns)
        order = np.argsort(moments, kind="stable")
        return DvsEvents(p[order], y[order], x[order], moments[order])
