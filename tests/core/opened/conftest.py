"""A device that accepts anything, so that whatever is refused is refused by `OpenDevice`."""

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
    DeviceFailed,
    DeviceInfo,
    Fact,
    InputKind,
    LeakConfig,
    OpenDevice,
    Range,
    Reading,
    RunInfo,
    Spikes,
    VirtualClock,
)
from speckhal.opened.observers import Observers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

SHAPE = (2, 3, 4)

CHIP = ChipFacts(
    name="easy",
    core_memories=Fact((CoreMemory(kernel_words=1, neuron_words=64, bias_words=4),), "a test"),
    neuron_address=Fact(AddressLayout(("c", "x", "y")), "a test"),
    v_mem_range=Fact(Range(-100, 100), "a test"),
    threshold_high_range=Fact(Range(0, 100), "a test"),
    threshold_low_range=Fact(Range(-100, -1), "a test"),
    bias_range=Fact(Range(-10, 10), "a test"),
    channel_range=Fact(Range(1, 4), "a test"),
    map_size_range=Fact(Range(1, 4), "a test"),
    slow_clock_default_rate_hz=Fact(10, "a test"),
    slow_clock_typical_rate_hz=Fact(Range(10, 100), "a test"),
    internal_clock_divider_range=Fact(Range(3, 5), "a test"),
    particulars={"slow_clock_highest_rate_hz": Fact(200, "a test")},
)

DECLARED = frozenset(
    {
        Capability.EXTERNAL_CLOCK,
        Capability.STEPPED_CLOCK,
        Capability.INTERNAL_CLOCK,
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


@attrs.frozen
class EasyLeak:
    drive: ClockDrive
    rate_hz: int | None
    events_per_tick: int | None


class EasyProbe:
    def __init__(self, device: EasyDevice, layer: int, shape: tuple[int, ...]) -> None:
        self.device, self.layer, self.shape = device, layer, SHAPE
        self.values = shape

    def read(self) -> Reading:
        self.device.asked.append(("read", self.layer))
        return Reading(self.layer, self.device.clock.now_s(), np.zeros(self.values, np.int16))

    def write(self, v_mem: npt.ArrayLike) -> None:
        self.device.asked.append(("write", v_mem))

    def read_biases(self) -> npt.NDArray[np.int16]:
        return np.zeros(SHAPE[0], np.int16)

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        self.device.asked.append(("write_biases", biases))
        return np.asarray(biases, np.int16)


class EasyDevice:
    """Notes what it is asked, and refuses nothing."""

    input_kinds = frozenset(InputKind)

    def __init__(self, capabilities: frozenset[Capability] = DECLARED) -> None:
        self.capabilities = capabilities
        self.info = DeviceInfo(backend="easy", board="EasyBoard", chip=CHIP, emulated=True)
        self.clock = VirtualClock()
        self.asked: list[tuple[str, object]] = []
        self.fails = False
        self.sends = Spikes(time_us=[7, 8], layer=0, channel=1, y=2, x=3)

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> EasyLeak:
        self.asked.append(("leak_config", (drive, rate_hz, events_per_tick)))
        return EasyLeak(drive, rate_hz, events_per_tick)

    def deploy(
        self,
        network: object,
        *,
        input_shape: tuple[int, int, int],
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        **given: object,
    ) -> Deployment:
        self.asked.append(("deploy", (input_shape, leak, biases, *given.values())))
        if self.fails:
            raise DeviceFailed("It did not take the network.", hint="Try again.")
        layer = DeployedLayer(
            index=0,
            core=0,
            shape=SHAPE,
            scale=1.0,
            biases=np.array([-1, -2], np.int16),
            wanted_biases=np.array([-1.0, -2.0]),
            threshold_high=50,
            threshold_low=-50,
            leak_enable=leak is not None,
            input_shape=input_shape,
        )
        return Deployment((layer,), leak)

    def preview(
        self,
        network: object,
        *,
        input_shape: tuple[int, int, int],
        leak: LeakConfig | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
    ) -> Deployment:
        self.asked.append(("preview", network))
        layers = EasyDevice().deploy(network, input_shape=input_shape, leak=leak).layers
        return Deployment(layers, leak)

    def probe(self, layer: int = 0, *, neurons: npt.ArrayLike | None = None) -> EasyProbe:
        self.asked.append(("probe", (layer, neurons)))
        return EasyProbe(self, layer, SHAPE if neurons is None else (len(np.asarray(neurons)),))

    def reset_states(self) -> None:
        self.asked.append(("reset_states", None))

    def start_slow_clock(self) -> None:
        self.asked.append(("start_slow_clock", None))

    def stop_slow_clock(self) -> None:
        self.asked.append(("stop_slow_clock", None))

    def tick(self, count: int = 1) -> None:
        self.asked.append(("tick", count))

    def stimulate(self, spikes: Spikes) -> Spikes:
        self.asked.append(("stimulate", spikes))
        return self.sends

    def recorded_spikes(self) -> Spikes:
        self.asked.append(("recorded_spikes", None))
        return self.sends

    def close(self) -> None:
        self.asked.append(("close", None))

    def __enter__(self) -> EasyDevice:  # noqa: PYI034 - a plugin may write it like this
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@attrs.define
class Notes(Observers):
    """An observer that keeps what it is informed of, in order."""

    events: list[tuple[object, ...]] = attrs.field(factory=list)

    def publish(self, info: DeviceInfo, reading: Reading, run: RunInfo | None) -> None:
        self.events.append(("reading", info.board, reading, run))

    def run_started(self, info: DeviceInfo, run: RunInfo) -> None:
        self.events.append(("started", info.board, run))

    def run_ended(self, info: DeviceInfo, run: RunInfo, problem: str | None) -> None:
        self.events.append(("ended", info.board, run, problem))


@pytest.fixture
def easy() -> EasyDevice:
    """The device of a plugin that checks nothing."""
    return EasyDevice()


@pytest.fixture
def notes() -> Notes:
    """Who is informed."""
    return Notes()


@pytest.fixture
def device(easy: EasyDevice, notes: Notes) -> OpenDevice:
    """What users hold over that device."""
    return OpenDevice(easy, observers=notes)


@pytest.fixture
def deployed(device: OpenDevice) -> OpenDevice:
    """The same with a network of 2 x 3 x 4 neurons that leak at 10 Hz."""
    device.deploy("network", input_shape=(1, 3, 4), leak=device.leak_config(rate_hz=10))
    return device
