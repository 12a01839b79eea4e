"""Spikes as a board has them, of cores and with stamps of 32 bits, and the ways in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    Column = npt.NDArray[np.int64]

STAMPS: Final = 1 << 32
"""The stop watch is 32 bits wide and starts over after about 71.6 minutes; source: samna 0.48.5
reference, StopWatch."""


SENSOR: Final = 13
"""What stands for a core in events of the sensor's pixels, for its pre-processing or behind it;
source: samna 0.48.5 reference, Spike."""


@attrs.frozen(eq=False)
class ChipSpikes:
    """Spikes for cores or of cores, in the order in which they are sent or have come.

    Attributes:
        core: that gets or has sent it, or `SENSOR`, int64, (spikes,).
        channel: of the sensor, the polarity; int64, (spikes,).
        y: int64, (spikes,).
        x: int64, (spikes,).
        stamp_us: of the stop watch, which counts from 0 to 2^32 - 1 and then anew, int64,
            (spikes,); with the rounds before, where `SpikeWay.knows_rounds`.
    """

    core: Column
    channel: Column
    y: Column
    x: Column
    stamp_us: Column

    @classmethod
    def concatenate(cls, parts: Iterable[ChipSpikes]) -> ChipSpikes:
        """All spikes of some parts, one part after another; without a part, no spikes."""
        listed = list(parts)
        names = [field.name for field in attrs.fields(cls)]
        return cls(
            *(
                np.concatenate([np.zeros(0, np.int64), *(getattr(one, name) for one in listed)])
                for name in names
            )
        )

    def __len__(self) -> int:
        return len(self.stamp_us)


class SpikeWay(Protocol):
    """How spikes get to the chip on a board and from it; `VendorSpikes` is the vendor's."""

    def listen(self) -> None:
        """Keep from now on what monitored cores send; more than once is the same as once."""

    def prepare(self, spikes: ChipSpikes) -> Callable[[], None]:
        """Make spikes ready, in the order of their stamps; what it gives sends them.

        Each waits on the board until the stop watch has reached its stamp.
        """

    def take(self) -> ChipSpikes:
        """What monitored cores have sent since this was last asked, in the order of arrival."""

    def drop_waiting(self) -> bool:
        """Drop what was played and has not been let in; False where nothing does that.

        No call of the vendor's empties the queue of a board.
        """

    def knows_rounds(self) -> bool:
        """Whether the stamps of `take` have the rounds in them that the stop watch has made."""

    def is_quiet(self) -> bool | None:
        """Whether all that was played has been let in, and nothing more comes of it.

        None where that cannot be known: no board reports it. A board that reports it must be quiet
        some day, if no spike can come back to the core that it left.
        """

    def under_way(self) -> int:
        """How many spikes are on their way in the board; asked only where it knows `is_quiet`."""

    def dead_lock(self) -> str | None:
        """Why spikes on their way will never arrive, as the end of a sentence.

        None if they will, and where that cannot be known: no board reports it.
        """
