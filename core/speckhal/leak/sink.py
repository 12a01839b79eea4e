"""Where a leak experiment writes what it gathers, as it gathers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from speckhal.contract.reading import Reading


class LeakSink(Protocol):
    """Takes the readings of one experiment, one by one, as they come.

    Whatever it raises ends the experiment, with the slow clock off. What it was given before stays
    in the traces.
    """

    def reading(self, reading: Reading, time_s: float) -> None:
        """Take a reading.

        Args:
            reading: of one of the layers that are read; within a sample they come in the order in
                which the layers were asked for. Its ticks count from the deployment, while those
                of a trace count from the first reading of the layer.
            time_s: when it was taken, after the start of the leak. The first of each layer, which
                is taken before, counts as taken at 0, in no time, until `started` says otherwise.
        """

    def started(self, duration_s: float) -> None:
        """Note that a clock that runs by itself was started; a stepped one is not.

        Args:
            duration_s: how long starting it took; the first reading of each layer, which was given
                before, holds for some moment within that.
        """
