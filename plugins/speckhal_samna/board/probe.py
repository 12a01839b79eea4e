"""Reads and writes the membrane potentials and the biases of one layer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from speckhal.contract.errors import DeviceFailed, LayerNotFound
from speckhal.contract.reading import Reading
from speckhal_samna.board.request_reply import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from speckhal.contract.address import Shape
    from speckhal.contract.deployment import DeployedLayer
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.board.slow_clock import SlowClock


class SamnaProbe:
    """Membrane potentials and biases of one layer.

    Args:
        board: where the layer is deployed.
        layer: the layer as deployed.
        neurons: coordinates (c, y, x) of some, (neurons, 3); None for all.
        slow_clock: of the board.
        is_deployed: whether the layer is still on the chip.
    """

    def __init__(
        self,
        board: Board,
        layer: DeployedLayer,
        *,
        neurons: npt.ArrayLike | None = None,
        slow_clock: SlowClock,
        is_deployed: Callable[[], bool],
    ) -> None:
        self._board = board
        self._layer = layer
        self._slow_clock = slow_clock
        self._is_deployed = is_deployed
        layout = board.chip.facts.neuron_address.value
        if neurons is None:
            self._values: tuple[int, ...] = layer.shape
            addresses = layout.addresses(layer.shape).ravel()
        else:
            c, y, x = np.asarray(neurons).T
            self._values = c.shape
            addresses = layout.encode(c, y, x, layer.shape)
        channels = np.arange(layer.shape[0])
        self._potentials = Exchange(board, board.classes.neuron_question, layer.core, addresses)
        self._biases = Exchange(board, board.classes.bias_question, layer.core, channels)

    @property
    def layer(self) -> int:
        """Index of the network layer."""
        return self._layer.index

    @property
    def shape(self) -> Shape:
        """(channels, height, width) of the layer's neurons."""
        return self._layer.shape

    def read(self) -> Reading:
        """Membrane potentials now; every neuron answered exactly once."""
        with self._on_chip("read membrane potentials"):
            self._potentials.settle()
            time_s = self._board.clock.now_s()
            v_mem = self._potentials.ask().reshape(self._values)
            return Reading(
                layer=self.layer,
                time_s=time_s,
                v_mem=v_mem,
                ticks=self._slow_clock.ticks,
                duration_s=self._board.clock.now_s() - time_s,
            )

    def write(self, v_mem: npt.ArrayLike) -> None:
        """Set membrane potentials; the chip stores them as they are and does not fire.

        Requests to the chip and ticks from the FPGA take different ways, so this returns only
        when the chip has answered for every neuron that was written.

        Raises:
            DeviceFailed: the clock is off, and the chip holds something else.
        """
        values = np.asarray(v_mem, np.int16).ravel()
        settings = self._potentials.settings(values)
        with self._on_chip("write membrane potentials"):
            self._potentials.set(settings)
            stored = self._potentials.ask()
            if self._slow_clock.is_running:
                return
        self._compare(stored, values, "a membrane potential")

    def read_biases(self) -> npt.NDArray[np.int16]:
        """What each channel's neurons gain at a tick now, int16, (channels,)."""
        with self._on_chip("read biases"):
            return self._biases.ask()

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        """Set what each channel's neurons gain from the next tick on, and read it back."""
        values = np.asarray(biases, np.int16)
        settings = self._biases.settings(values)
        with self._on_chip("write biases"):
            self._biases.set(settings)
            stored = self._biases.ask()
        self._compare(stored, values, "a bias")
        return stored

    @contextlib.contextmanager
    def _on_chip(self, what: str) -> Iterator[None]:
        """Use the board alone, as long as it holds the layer that this probe was made for."""
        with self._board.asked_to(what):
            if not self._is_deployed():
                raise LayerNotFound(
                    f"Asked a probe to {what} of layer {self.layer}, which is no longer deployed. "
                    "Another network was deployed since the probe was made, or was tried to.",
                    hint=f"Make a new one, with device.probe({self.layer}).",
                )
            yield

    def _compare(
        self, stored: npt.NDArray[np.int16], written: npt.NDArray[np.int16], what: str
    ) -> None:
        different = np.flatnonzero(stored != written)
        if different.size:
            raise DeviceFailed(
                f"Wrote {what} of {written[different[0]]} to layer {self.layer}, and the board "
                f"reads back {stored[different[0]]} ({different.size} of {written.size} differ).",
                hint="Write again; if it stays, reset the board and deploy anew.",
            )
