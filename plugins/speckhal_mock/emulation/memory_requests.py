"""Reads and writes of words of a chip's memories, as the host asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.clock import duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip
    from speckhal_mock.emulation.core import EmulatedCore
    from speckhal_mock.emulation.memory import Memory, MemoryKind, Word
    from speckhal_mock.emulation.outputs import BoardOutputs
    from speckhal_mock.emulation.timeline import Timeline


class MemoryRequests:
    """Reads and writes of neurons, biases and weights, each done one read latency after it is sent.

    Args:
        chip: whose memories.
        timeline: when what falls due.
        latency_s: how long a request takes.

    Attributes:
        outputs: who gets what the chip sends; None: it is lost, as with nobody listening.
    """

    def __init__(self, chip: EmulatedChip, timeline: Timeline, *, latency_s: float) -> None:
        self.outputs: BoardOutputs | None = None
        self._chip = chip
        self._timeline = timeline
        self._latency_ns = duration_ns(latency_s)

    def read_neurons(self, core: int, addresses: npt.ArrayLike) -> None:
        """Ask for membrane potentials.

        Raises:
            ValueError: there is no such core, or no such address on it.
        """
        self._read(core, lambda core: core.neurons, addresses)

    def read_biases(self, core: int, addresses: npt.ArrayLike) -> None:
        """Ask for biases; raises as `read_neurons` does."""
        self._read(core, lambda core: core.biases, addresses)

    def read_weights(self, core: int, addresses: npt.ArrayLike) -> None:
        """Ask for weights; raises as `read_neurons` does."""
        self._read(core, lambda core: core.weights, addresses)

    def write_neurons(self, core: int, addresses: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Store membrane potentials as they are: nothing is limited and nothing fires.

        Raises:
            ValueError: there is no such core or no such address on it, a value does not fit a
                word, or there is not one value for each address.
        """
        self._write(core, lambda core: core.neurons, addresses, values)

    def write_biases(self, core: int, addresses: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Store biases; the next tick adds them. Raises as `write_neurons` does."""
        self._write(core, lambda core: core.biases, addresses, values)

    def write_weights(self, core: int, addresses: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Store weights; raises as `write_neurons` does."""
        self._write(core, lambda core: core.weights, addresses, values)

    def _core(self, index: int) -> EmulatedCore:
        cores = self._chip.cores
        if not 0 <= index < len(cores):
            raise ValueError(f"There is no core {index}: the chip has cores 0..{len(cores) - 1}.")
        return cores[index]

    def _read(
        self, index: int, of: Callable[[EmulatedCore], Memory[Word]], addresses: npt.ArrayLike
    ) -> None:
        core = self._core(index)
        memory = of(core)
        asked = memory.addresses(addresses)

        def serve() -> None:
            if self.outputs is not None:
                self.outputs.memory_values(memory.kind, index, asked, core.read(memory, asked))

        self._timeline.send(serve, latency_ns=self._latency_ns, core=index)

    def _write(
        self,
        index: int,
        of: Callable[[EmulatedCore], Memory[Word]],
        addresses: npt.ArrayLike,
        values: npt.ArrayLike,
    ) -> None:
        core = self._core(index)
        memory = of(core)
        asked = memory.addresses(addresses)
        words = memory.values(values, asked.size)

        def serve() -> None:
            core.write(memory, asked, words)
            self._noted(memory.kind, index)

        self._timeline.send(serve, latency_ns=self._latency_ns, core=index)

    def _noted(self, kind: MemoryKind, core: int) -> None:
        """Hear of words that were written."""
