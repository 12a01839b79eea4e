"""An open Lif12 board: what it is asked has been checked by speckhal before."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from speckhal import Capability, ClockDrive, Deployment, Reading, Reset
from speckhal.contract.closing import closed_when_forgotten
from speckhal.contract.described_network import initial_v_mem, previewed
from speckhal.contract.leak_config import PlainLeakConfig

from speckhal_lif12.board import Memory
from speckhal_lif12.spikes import INPUT_KINDS, SpikeTraffic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from speckhal import Clock, DeployedLayer, DeviceInfo, LayerSpec, LeakConfig, Shape, Spikes
    from typing_extensions import Self

    from speckhal_lif12.board import Board

CAPABILITIES = frozenset(
    {
        Capability.STEPPED_CLOCK,
        Capability.WRITE_V_MEM,
        Capability.WRITE_BIASES,
        Capability.RESET_STATES,
        Capability.DIRECT_BIASES,
        Capability.PREVIEW,
        Capability.STIMULATE,
        Capability.RECORD_SPIKES,
        Capability.DESCRIBED_INPUTS,
    }
)


class BoardDevice:
    """A board as speckhal asks it; `speckhal.Device` says what each method is for."""

    capabilities = CAPABILITIES
    input_kinds = INPUT_KINDS
    preview = previewed

    def __init__(self, board: Board, info: DeviceInfo, clock: Clock) -> None:
        self.board, self.info, self.clock = board, info, clock
        self.deployment, self.ticks = Deployment(()), 0
        self.spikes = SpikeTraffic(board, clock, info.chip)
        self._closing = closed_when_forgotten(self, board.close)

    @property
    def is_open(self) -> bool:
        return self._closing.is_open

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.STEPPED,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        return PlainLeakConfig(drive, rate_hz, events_per_tick)

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        monitor: Sequence[int] = (),
    ) -> Deployment:
        deployment = self.preview(network, input_shape=input_shape, leak=leak, biases=biases)
        for index in monitor:
            deployment.layer(index)  # which refuses one that is not there
        (layer,), (spec,) = deployment.layers, cast("Sequence[LayerSpec]", network)
        high, low, to_zero = layer.threshold_high, layer.threshold_low, spec.reset is Reset.ZERO
        self.board.write(Memory.SETUP, [0, 1, 2], [high, low, to_zero])
        self.spikes.deployed(spec, layer, is_monitored=bool(monitor))
        self.deployment, self.ticks = deployment, 0
        probe = self.probe()
        probe.write_biases(layer.biases)
        probe.write(initial_v_mem(spec))
        return self.deployment

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> BoardProbe:
        return BoardProbe(self, self.deployment.layer(layer), neurons)

    def reset_states(self) -> None:
        for layer in self.deployment.layers:
            self.probe(layer.index).write(np.zeros(layer.shape, np.int16))

    def start_slow_clock(self) -> None:
        """Never asked: no drive that is declared runs by itself."""

    def stop_slow_clock(self) -> None:
        """Nothing to stop."""

    def tick(self, count: int = 1) -> None:
        self.spikes.note(self.board.tick(count))
        self.ticks += count

    def stimulate(self, spikes: Spikes) -> Spikes:
        for index in spikes.layers:
            self.deployment.layer(index)  # as above, also the sensor's input
        return self.spikes.stimulate(spikes)

    def recorded_spikes(self) -> Spikes:
        return self.spikes.recorded()

    def close(self) -> None:
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BoardProbe:
    """Reads and writes a layer; `speckhal.NeuronProbe` says what each method is for."""

    def __init__(
        self, device: BoardDevice, layer: DeployedLayer, neurons: npt.ArrayLike | None
    ) -> None:
        self.layer, self.shape, self.device = layer.index, layer.shape, device
        every = device.info.chip.neuron_address.value.addresses(layer.shape)
        self.addresses = every if neurons is None else every[tuple(np.transpose(neurons))]
        self.channels = every.reshape(len(every), -1)  # (channels, neurons of a channel)

    def read(self) -> Reading:
        time_s = self.device.clock.now_s()
        v_mem = self.device.board.read(Memory.V_MEM, self.addresses)
        return Reading(self.layer, time_s, v_mem, ticks=self.device.ticks)

    def write(self, v_mem: npt.ArrayLike) -> None:
        self.device.board.write(Memory.V_MEM, self.addresses, v_mem)

    def read_biases(self) -> npt.NDArray[np.int16]:
        return self.device.board.read(Memory.BIASES, self.channels[:, 0])

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        self.device.board.write(Memory.BIASES, self.channels, np.asarray(biases)[:, None])
        return self.read_biases()
