"""The spikes of a deployed network: into its layers, and of those that are monitored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.contract.errors import InputError, LayerNotFound
from speckhal.contract.spikes import SENSOR_INPUT
from speckhal_samna.board.chip_spikes import SENSOR
from speckhal_samna.board.spike_record import SpikeRecord
from speckhal_samna.board.stimulation import Stimulation
from speckhal_samna.board.stimulation_time import CoreLoad
from speckhal_samna.board.waiting_spikes import WaitingSpikes

if TYPE_CHECKING:
    from collections.abc import Collection

    from speckhal.contract.address import Shape
    from speckhal.contract.spikes import Spikes
    from speckhal_samna.board.chip_spikes import SpikeWay
    from speckhal_samna.board.open_board import Board
    from speckhal_samna.board.slow_clock import SlowClock
    from speckhal_samna.network.place import PlacedNetwork


class SpikeTraffic:
    """Plays and records spikes of the network that is deployed last.

    Args:
        board: which is open.
        way: by which spikes get there and back.
        slow_clock: the board's, which may make neurons fire as well.
    """

    def __init__(self, board: Board, way: SpikeWay, slow_clock: SlowClock) -> None:
        self._board = board
        self._slow_clock = slow_clock
        self._waiting = WaitingSpikes(board, way)
        self._way = way
        self._record = SpikeRecord(board, way)
        self._stimulation: Stimulation | None = None
        self._cores: dict[int, int] = {}
        self._sensor_shape: Shape | None = None

    def deployed(self, placed: PlacedNetwork, monitor: Collection[int]) -> None:
        """Forget the spikes of the network before, and listen to these layers of the new one."""
        with self._board.asked_to("let its spikes be heard"):
            self._cores = {layer.index: layer.core for layer in placed.layers}
            self._sensor_shape = None if placed.sensor is None else placed.sensor.shape
            self._waiting.forget()
            self._record.begin({self._cores.get(index, SENSOR): index for index in monitor})
            rate = self._board.chip.updates_per_s.value
            cores = placed.configuration.cnn_layers
            self._stimulation = Stimulation(
                self._board,
                self._way,
                self._record,
                self._waiting,
                slow_clock=self._slow_clock,
                has_sensor=placed.sensor is not None,
                cores=self._cores,
                loads={core: CoreLoad.of(cores[core], rate) for core in self._cores.values()},
            )

    def clear(self) -> None:
        """Let no spike wait on the board that would come to another network.

        Raises:
            StimulationUnfinished: some wait that nothing drops, for too long to wait with them.
        """
        self._waiting.clear("take a network")

    def forget(self) -> None:
        """Be without a network, as while one is being deployed."""
        self._stimulation = None

    def stimulate(self, spikes: Spikes) -> Spikes:
        """Play spikes, in the order of time; what monitored layers send meanwhile.

        Raises:
            LayerNotFound: no network is deployed, or it has no such layer.
            StimulationUnfinished: it does not end.
            InputError: it lasts longer than the board's stop watch counts.
        """
        with self._board.asked_to("play spikes"):
            if self._stimulation is None:
                raise LayerNotFound(
                    "Asked to play spikes, and no network is deployed.", hint="Call deploy() first."
                )
            for layer in spikes.layers:
                if layer == SENSOR_INPUT:
                    self._check_pixels(spikes.of_layer(layer))
                elif layer not in self._cores:
                    raise LayerNotFound(
                        f"Asked to play spikes to layer {layer}, and the network has no such "
                        "layer.",
                        hint=f"Its layers are: {', '.join(map(str, self._cores))}.",
                    )
            return self._stimulation.run(spikes.sorted())

    def recorded(self) -> Spikes:
        """What monitored layers sent outside of stimulations, since this was last asked for.

        Raises:
            DeviceClosed: the board is closed.
        """
        with self._board.asked_to("give the spikes that it sent"):
            self._record.look()
            return self._record.take()

    def _check_pixels(self, spikes: Spikes) -> None:
        if self._sensor_shape is None:
            raise LayerNotFound(
                "Asked to play spikes to the sensor's input, and the network takes nothing of the "
                "sensor.",
                hint=f"Give them the layer {min(self._cores)}, whose input is the network's; or "
                "deploy a network that begins with sinabs' DVSLayer, or described layers of which "
                "the first has InputSpec(..., from_sensor=True).",
            )
        _, height, width = self._sensor_shape
        y, x = int(spikes.y.max()), int(spikes.x.max())
        if y >= height or x >= width:
            raise InputError(
                f"Asked to play an event of the pixel in row {y}, column {x} or beyond, and the "
                f"network takes {height} x {width} pixels.",
                hint=f"Let y be from 0 to {height - 1}, and x from 0 to {width - 1}.",
            )
