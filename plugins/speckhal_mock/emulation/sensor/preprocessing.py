"""Where events of pixels go: polarity, pooling, region and mirrors of the pre-processing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal_mock.emulation.sensor.dvs_events import SENSOR_SIZE, DvsEvents

if TYPE_CHECKING:
    import numpy.typing as npt


@attrs.frozen
class Preprocessing:
    """What happens to events between the pixels and the filter, in the order of the attributes.

    Source: dev kit data sheet, figure 6, and sinabs' DVSLayer. Pooling passes every event on with
    the reduced coordinate; nothing is counted or dropped.

    Attributes:
        polarities: which pass, darker (0) and brighter (1). A single one is called 0.
        merge: whether both polarities become one, 0.
        pooling: how many pixels (x, y) become one.
        origin: first pixel (x, y) of the region that passes, in pooled coordinates.
        cut: last pixel of it. What it leaves begins at (0, 0).
        mirror: which of x and y is mirrored within the region.
        diagonal: whether x and y are exchanged then.
    """

    polarities: tuple[int, ...] = (0, 1)
    merge: bool = False
    pooling: tuple[int, int] = (1, 1)
    origin: tuple[int, int] = (0, 0)
    cut: tuple[int, int] = (SENSOR_SIZE - 1, SENSOR_SIZE - 1)
    mirror: tuple[bool, bool] = (False, False)
    diagonal: bool = False

    @property
    def last(self) -> tuple[int, int]:
        """Last pixel (x, y) of the region: `cut`, or where the pooled sensor ends before it."""
        x, y = (
            min(cut, SENSOR_SIZE // pooled - 1)
            for cut, pooled in zip(self.cut, self.pooling, strict=True)
        )
        return x, y

    def passing(self, events: DvsEvents) -> npt.NDArray[np.bool_]:
        """Which events pass, shape (n,)."""
        passes = np.isin(events.p, self.polarities)
        for column, pooled, first, last in zip(
            (events.x, events.y), self.pooling, self.origin, self.last, strict=True
        ):
            passes &= (first <= column // pooled) & (column // pooled <= last)
        return passes

    def placed(self, events: DvsEvents, *, pooled: bool = True) -> DvsEvents:
        """Events that pass, where they come out.

        Args:
            events: all of them pass.
            pooled: False for coordinates of single pixels within the same region.
        """
        x, y = (
            _place(column, pooling if pooled else 1, 1 if pooled else pooling, first, last, mirror)
            for column, pooling, first, last, mirror in zip(
                (events.x, events.y), self.pooling, self.origin, self.last, self.mirror, strict=True
            )
        )
        if self.diagonal:
            x, y = y, x
        kept = len(self.polarities) > 1 and not self.merge
        return DvsEvents(events.p if kept else np.zeros_like(events.p), y, x, events.moments)

    def __call__(self, events: DvsEvents) -> DvsEvents:
        """Those that pass, where they come out."""
        return self.placed(events.where(self.passing(events)))


def _place(  # the steps of one axis
    column: npt.NDArray[np.int64],
    pooling: int,
    scale: int,
    first: int,
    last: int,
    mirror: bool,  # noqa: FBT001
) -> npt.NDArray[np.int64]:
    """Positions on one axis within the region, of which a pixel counts `scale` times."""
    place = column // pooling
    moved: npt.NDArray[np.int64] = (
        (last + 1) * scale - 1 - place if mirror else place - first * scale
    )
    return moved
