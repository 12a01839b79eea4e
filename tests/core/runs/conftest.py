"""A board of several layers that takes lists of `LayerSpec`, and ticks by arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import attrs
import numpy as np
import pytest

from speckhal import (
    AddressLayout,
    Capability,
    ChipFacts,
    ClockDrive,
    CoreMemory,
    Deployment,
    DeviceInfo,
    Fact,
    LayerSpec,
    OpenDevice,
    Range,
    Reading,
    Reset,
    VirtualClock,
)
from speckhal.contract.described_network import deployed_layers, initial_v_mem
from speckhal.contract.leak_config import PlainLeakConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal import Device, LeakConfig

CHIP = ChipFacts(
    name="tidy",
    core_memories=Fact((CoreMemory(1024, 1024, 64),) * 9, source="this test"),
    neuron_address=Fact(AddressLayout(), source="this test"),
    v_mem_range=Fact(Range(-32768, 32767), source="this test"),
    threshold_high_range=Fact(Range(0, 32767), source="this test"),
    threshold_low_range=Fact(Range(-32768, -1), source="this test"),
    bias_range=Fact(Range(-32768, 32767), source="this test"),
    channel_range=Fact(Range(1, 64), source="this test"),
    map_size_range=Fact(Range(1, 64), source="this test"),
    slow_clock_default_rate_hz=Fact(1000, source="this test"),
    slow_clock_typical_rate_hz=Fact(Range(1, 1000), source="this test"),
    internal_clock_divider_range=Fact(Range(14, 17), source="this test"),
)

ALL = frozenset(
    {
        Capability.EXTERNAL_CLOCK,
        Capability.STEPPED_CLOCK,
        Capability.WRITE_V_MEM,
        Capability.RESET_STATES,
        Capability.WRITE_BIASES,
        Capability.DIRECT_BIASES,
    }
)


@attrs.define(eq=False)
class TidyBoard:
    """The device of a plugin; no layer sends its spikes to another.

    Attributes:
        capabilities: that it declares.
        reading_s: how long it takes to read a layer.
        fail_at: number of the reading at which somebody presses Ctrl-C; None for none.
    """

    capabilities: frozenset[Capability] = ALL
    reading_s: float = 0.0
    fail_at: int | None = None
    clock: VirtualClock = attrs.field(factory=VirtualClock)
    specs: Sequence[LayerSpec] = ()
    deployment: Deployment = attrs.field(factory=lambda: Deployment(()))
    biases: list[npt.NDArray[np.int16]] = attrs.field(factory=list)
    v_mem: list[npt.NDArray[np.int16]] = attrs.field(factory=list)
    ticks: int = 0
    started_s: float | None = None
    reads: int = 0
    deployments: int = 0

    info = DeviceInfo(backend="tidy", board="Tidy", chip=CHIP, emulated=True, serial_number="7")

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakConfig:
        return PlainLeakConfig(drive, rate_hz, events_per_tick)

    def deploy(
        self,
        network: object,
        *,
        input_shape: tuple[int, int, int],
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        layers = deployed_layers(
            network, input_shape=input_shape, chip=CHIP, leak=leak, biases=biases
        )
        self.deployments += 1
        self.specs = cast("Sequence[LayerSpec]", network)
        self.deployment, self.ticks, self.started_s = Deployment(layers, leak), 0, None
        self.biases = [layer.biases.copy() for layer in layers]
        self.v_mem = [initial_v_mem(spec) for spec in self.specs]
        return self.deployment

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> TidyProbe:
        return TidyProbe(self, layer, self.deployment.layer(layer).shape)

    def reset_states(self) -> None:
        self.v_mem = [np.zeros_like(v_mem) for v_mem in self.v_mem]

    def start_slow_clock(self) -> None:
        self.started_s = self.clock.now_s()

    def stop_slow_clock(self) -> None:
        self.catch_up()
        self.started_s = None

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            self._tick_once()
        self.ticks += count

    def catch_up(self) -> None:
        """Make the ticks of a running clock that are due by now."""
        leak = self.deployment.leak
        if self.started_s is None or leak is None or leak.rate_hz is None:
            return
        due = int((self.clock.now_s() - self.started_s) * leak.rate_hz + 1e-9)
        self.started_s += due / leak.rate_hz
        for _ in range(due):
            self._tick_once()

    def _tick_once(self) -> None:
        for number, (layer, spec) in enumerate(
            zip(self.deployment.layers, self.specs, strict=True)
        ):
            after = self.v_mem[number] + self.biases[number].astype(np.int64)[:, None, None]
            fires = after >= layer.threshold_high
            after[fires] -= after[fires] if spec.reset is Reset.ZERO else layer.threshold_high
            self.v_mem[number] = np.maximum(after, layer.threshold_low).astype(np.int16)

    def close(self) -> None:
        self.stop_slow_clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()


@attrs.define(eq=False)
class TidyProbe:
    """Reads and writes a layer."""

    board: TidyBoard
    layer: int
    shape: tuple[int, int, int]

    def read(self) -> Reading:
        board = self.board
        board.catch_up()
        if board.reads == board.fail_at:
            raise KeyboardInterrupt
        board.reads += 1
        time_s = board.clock.now_s()
        leak = board.deployment.leak
        counted = board.ticks if leak is None or leak.rate_hz is None else None
        v_mem = board.v_mem[self.layer].copy()
        board.clock.sleep_s(board.reading_s)
        return Reading(self.layer, time_s, v_mem, counted, duration_s=board.reading_s)

    def write(self, v_mem: npt.ArrayLike) -> None:
        self.board.catch_up()
        self.board.v_mem[self.layer] = np.array(v_mem, np.int16)

    def read_biases(self) -> npt.NDArray[np.int16]:
        return self.board.biases[self.layer]

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        self.board.biases[self.layer] = np.array(biases, np.int16)
        return self.read_biases()


if TYPE_CHECKING:

    def _conforms(board: TidyBoard) -> Device:
        return board


NETWORK = (
    LayerSpec((1, 2, 2), [-13], initial=126),
    LayerSpec((2, 2, 2), None, initial=5),
    LayerSpec((2, 1, 1), [7, -3], initial=0, threshold_low=-20),
)
"""The second layer does not leak; a neuron of the third fires now and then."""

Deployed = Callable[..., OpenDevice]


@pytest.fixture
def deployed() -> Deployed:
    """Makes an open device with a network on it.

    Arguments: `network`; `rate_hz` of a clock that runs, else it is stepped; those of `TidyBoard`.
    """

    def make(
        network: Sequence[LayerSpec] = NETWORK, *, rate_hz: int | None = None, **board: object
    ) -> OpenDevice:
        raw = TidyBoard(**board)  # type: ignore[arg-type]  # test data by name
        device = OpenDevice(raw)
        drive = ClockDrive.STEPPED if rate_hz is None else ClockDrive.EXTERNAL
        leak = device.leak_config(drive=drive, rate_hz=rate_hz)
        device.deploy(network, input_shape=(1, *network[0].shape[1:]), leak=leak)
        return device

    return make
