"""What leaves the cores of a chip, for its host or its readout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]


@attrs.frozen(eq=False)
class SpikesOut:
    """Spikes that leave the bus, in the order of time.

    Attributes:
        moments: when, in nanoseconds.
        layers: the core that each comes from, or 12 for one that goes to the readout.
        c: channel, for the readout of its own map.
        y: row.
        x: column.
    """

    moments: Integers
    layers: Integers
    c: Integers
    y: Integers
    x: Integers

    def __len__(self) -> int:
        return self.moments.size

    def where(self, chosen: npt.NDArray[np.bool_]) -> SpikesOut:
        """Those where `chosen` is True."""
        columns = (self.moments, self.layers, self.c, self.y, self.x)
        return SpikesOut(*(column[chosen] for column in columns))
