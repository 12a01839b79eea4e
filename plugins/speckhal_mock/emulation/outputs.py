"""What leaves an emulated board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.memory import MemoryKind
    from speckhal_mock.emulation.readout import ReadoutEvents
    from speckhal_mock.emulation.sensor.dvs_events import DvsEvents

    Stamps = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]


class BoardOutputs(Protocol):
    """What the chip sends to the host, in arrays and in the order of time.

    The board calls it while it catches up, on the thread that made it catch up, and keeps other
    threads out meanwhile: do not wait in it for one that uses the board.
    """

    def memory_values(
        self,
        kind: MemoryKind,
        core: int,
        addresses: npt.NDArray[np.int64],
        values: npt.NDArray[np.int8] | npt.NDArray[np.int16],
    ) -> None:
        """Membrane potentials, biases or weights that were asked for, in the order asked."""

    def spikes(
        self,
        layers: npt.NDArray[np.int64],
        c: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        """Spikes of monitored cores, each with its core, in the order of time.

        The stop watch stamps them: 32 bits, unsigned.
        """

    def dvs_events(
        self, raw: DvsEvents | None, processed: DvsEvents | None, stamps_us: Stamps
    ) -> None:
        """Events of the sensor's pixels, and those of them that pass its pre-processing.

        None for a monitor that is off. `stamps_us` makes stamps of their moments.
        """

    def readout(self, events: ReadoutEvents, stamps_us: Stamps) -> None:
        """Values of the readout, which have no stamps, and events of its pins, which have."""
