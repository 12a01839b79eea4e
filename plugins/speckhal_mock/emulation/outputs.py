"""What leaves an emulated board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.memory import MemoryKind


class WholeStamps:
    """Kind of outputs whose stamps have the rounds in them that the stop watch has made.

    To all others come the 32 bits that a board sends.
    """


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
        self,
        p: npt.NDArray[np.int64],
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        timestamps_us: npt.NDArray[np.int64],
    ) -> None:
        """Events of pixels, as they come into the sensor's pre-processing, with stamps.

        Those that come out of it are spikes of layer 13.
        """

    def readout_values(self, values: npt.NDArray[np.int64]) -> None:
        """Words of the readout, 21 bits each, without stamps."""

    def readout_pins(
        self, indices: npt.NDArray[np.int64], timestamps_us: npt.NDArray[np.int64]
    ) -> None:
        """The class that the pins of the readout show, at each of its interrupts."""

    def filter_values(
        self,
        y: npt.NDArray[np.int64],
        x: npt.NDArray[np.int64],
        counters: npt.NDArray[np.int64],
    ) -> None:
        """Counters of the sensor's filter that were asked for, 16 bits, in the order asked."""

    def register_values(
        self, addresses: npt.NDArray[np.int64], values: npt.NDArray[np.int64]
    ) -> None:
        """Registers that were asked for, in the order asked."""

    def mixed(
        self,
        tables: Sequence[tuple[str, Sequence[npt.NDArray[np.int64]]]],
        order: npt.NDArray[np.int64],
    ) -> None:
        """Events of several kinds among each other.

        Args:
            tables: of each kind the name of its method above, and what that takes.
            order: numbers of events, counted through all tables, in the order of time.
        """
