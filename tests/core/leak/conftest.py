"""A device that leaks by arithmetic: what the core's experiment needs and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from speckhal import (
    AddressLayout,
    Capability,
    ChipFacts,
    ClockDrive,
    CoreMemory,
    DeployedLayer,
    Deployment,
    DeviceInfo,
    Fact,
    Range,
    Reading,
    VirtualClock,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal import Device
    from speckhal.contract.reading import VMem

CHIP = ChipFacts(
    name="leaky",
    core_memories=Fact((CoreMemory(1024, 1024, 64),), source="this test"),
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


@attrs.frozen
class LeakyLeak:
    """Any rate will do."""

    drive: ClockDrive
    rate_hz: int | None
    events_per_tick: int | None = None


@attrs.define(eq=False)
class LeakyDevice:
    """Neurons of one layer that lose `-step` at every tick, floored at `threshold_low`.

    Attributes:
        start: membrane potentials at the start, (channels, height, width).
        steps: what a tick really adds, for each channel.
        rate_hz: ticks per second that the clock really makes.
        told_rate_hz: ticks per second that it was asked to make; None for a stepped clock.
        fail_at: number of the read that fails; None for none.
        call_s: how long it takes to start or stop the clock; it happens at the end of that.
        reading_s: how long a reading takes; all values are of its start.
    """

    start: VMem
    steps: list[int]
    told_steps: list[int]
    rate_hz: float = 1.0
    told_rate_hz: int | None = 1
    fail_at: int | None = None
    call_s: float = 0.0
    reading_s: float = 0.0
    clock: VirtualClock = attrs.field(factory=VirtualClock)
    threshold_high: int = 127
    threshold_low: int = -127
    _ticks: int = 0
    _started_s: float | None = None
    _reads: int = 0

    info = DeviceInfo(backend="leaky", board="Leaky", chip=CHIP, emulated=True)
    capabilities = frozenset(Capability)

    @property
    def layer_as_told(self) -> DeployedLayer:
        return DeployedLayer(
            index=0,
            core=0,
            shape=(self.start.shape[0], self.start.shape[1], self.start.shape[2]),
            scale=127.0,
            biases=np.array(self.told_steps, np.int16),
            wanted_biases=np.array(self.told_steps) / 127,
            threshold_high=self.threshold_high,
            threshold_low=self.threshold_low,
            leak_enable=True,
            rate_hz=self.told_rate_hz,
        )

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> LeakyLeak:
        return LeakyLeak(drive, rate_hz, events_per_tick)

    def deploy(
        self, network: object, *, input_shape: object, leak: object = None, biases: object = None
    ) -> Deployment:
        return Deployment((self.layer_as_told,))

    def probe(self, layer: int = 0, *, neurons: object = None) -> LeakyProbe:
        return LeakyProbe(self, layer)

    def reset_states(self) -> None:
        self.start = np.zeros_like(self.start)

    def start_slow_clock(self) -> None:
        self.clock.sleep_s(self.call_s)
        self._started_s = self.clock.now_s()

    def stop_slow_clock(self) -> None:
        self.clock.sleep_s(self.call_s)
        self._ticks = self.ticks
        self._started_s = None

    def tick(self, count: int = 1) -> None:
        self._ticks += count

    @property
    def ticks(self) -> int:
        if self._started_s is None:
            return self._ticks
        return self._ticks + int((self.clock.now_s() - self._started_s) * self.rate_hz + 1e-9)

    @property
    def is_running(self) -> bool:
        return self._started_s is not None

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


@attrs.define
class LeakyProbe:
    """Reads what arithmetic says."""

    device: LeakyDevice
    layer: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.device.layer_as_told.shape

    def read(self) -> Reading:
        device = self.device
        if device._reads == device.fail_at:
            raise KeyboardInterrupt
        device._reads += 1
        added = np.array(device.steps)[:, None, None] * device.ticks
        v_mem = np.maximum(device.start + added, device.threshold_low).astype(np.int16)
        counted = None if device.told_rate_hz is not None else device.ticks
        time_s = device.clock.now_s()
        device.clock.sleep_s(device.reading_s)
        return Reading(0, time_s, v_mem, counted, duration_s=device.reading_s)

    def write(self, v_mem: object) -> None:
        raise NotImplementedError

    def read_biases(self) -> npt.NDArray[np.int16]:
        return np.array(self.device.steps, np.int16)

    def write_biases(self, biases: object) -> npt.NDArray[np.int16]:
        raise NotImplementedError


if TYPE_CHECKING:

    def _conforms(device: LeakyDevice) -> Device:
        return device


@pytest.fixture
def leaky() -> Callable[..., LeakyDevice]:
    """Makes a device with 1x2x2 neurons at threshold, as in the published experiment."""

    def make(**changes: object) -> LeakyDevice:
        settings: dict[str, object] = {
            "start": np.full((1, 2, 2), 127, np.int16),
            "steps": [-13],
            "told_steps": [-13],
        }
        return LeakyDevice(**{**settings, **changes})  # type: ignore[arg-type] # test data by name

    return make
