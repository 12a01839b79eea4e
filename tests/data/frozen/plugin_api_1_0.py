"""A plugin as one was written for version 1 of the plugin API, at speckhal 0.1. Frozen.

Whoever must change this file to keep the tests green breaks every plugin that is out there:
what it needs must stay, or the version of the plugin API must grow. It speaks no samna, its
network is a list of numbers, and it implements what speckhal 0.1 asked for, no more.
"""

from __future__ import annotations

import attrs
import numpy as np

from speckhal import (
    AddressLayout,
    Capability,
    CapabilityUnsupported,
    ChipFacts,
    ClockDrive,
    ConfigurationError,
    CoreMemory,
    DeployedLayer,
    Deployment,
    DeviceClosed,
    DeviceInfo,
    DeviceNotFound,
    ExampleNetwork,
    Fact,
    Finding,
    HealthCheck,
    LayerNotFound,
    Range,
    Reading,
    Target,
    VirtualClock,
    hookimpl,
)

NOTE = "the author's note"

CHIP = ChipFacts(
    name="frozen",
    core_memories=Fact((CoreMemory(kernel_words=1, neuron_words=64, bias_words=4),), NOTE),
    neuron_address=Fact(AddressLayout(("c", "x", "y")), NOTE),
    v_mem_range=Fact(Range(-32768, 32767), NOTE),
    threshold_high_range=Fact(Range(0, 32767), NOTE),
    threshold_low_range=Fact(Range(-32768, -1), NOTE),
    bias_range=Fact(Range(-32768, 32767), NOTE),
    channel_range=Fact(Range(1, 4), NOTE),
    map_size_range=Fact(Range(1, 4), NOTE),
    slow_clock_default_rate_hz=Fact(1000, NOTE),
    slow_clock_typical_rate_hz=Fact(Range(1, 1000), NOTE),
    internal_clock_divider_range=Fact(Range(14, 17), NOTE),
)
CAPABILITIES = frozenset({Capability.STEPPED_CLOCK})


@attrs.frozen
class Leak:
    drive: ClockDrive = ClockDrive.STEPPED
    rate_hz: int | None = None
    events_per_tick: int | None = None


@attrs.frozen
class Probe:
    device: FrozenDevice
    layer: int
    shape: tuple[int, int, int]

    def read(self) -> Reading:
        self.device.must_be_open()
        return Reading(
            self.layer,
            self.device.clock.now_s(),
            self.device.v_mem.astype(np.int16),
            ticks=self.device.ticks,
        )

    def write(self, v_mem: object) -> None:
        raise CapabilityUnsupported(
            "It does not write membrane potentials.", capability=Capability.WRITE_V_MEM
        )

    def read_biases(self) -> object:
        raise CapabilityUnsupported("It does not read biases.", capability=Capability.WRITE_BIASES)

    def write_biases(self, biases: object) -> object:
        raise CapabilityUnsupported("It does not write biases.", capability=Capability.WRITE_BIASES)


class FrozenDevice:
    capabilities = CAPABILITIES

    def __init__(self) -> None:
        self.info = DeviceInfo(backend="frozen", board="FrozenKit", chip=CHIP, emulated=True)
        self.clock = VirtualClock()
        self.v_mem = np.zeros((1, 1, 1), np.int64)
        self.ticks = 0
        self.layers: tuple[DeployedLayer, ...] = ()
        self.is_open = True

    def must_be_open(self) -> None:
        if not self.is_open:
            raise DeviceClosed("It is closed.")

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> Leak:
        if drive is not ClockDrive.STEPPED:
            raise CapabilityUnsupported(
                f"It has no {drive.value} clock.", capability=Capability.EXTERNAL_CLOCK
            )
        if rate_hz is not None or events_per_tick is not None:
            raise ConfigurationError("A stepped clock has no rate.")
        return Leak()

    def deploy(
        self,
        network: object,
        *,
        input_shape: object,
        leak: Leak | None = None,
        biases: object = None,
    ) -> Deployment:
        self.must_be_open()
        wanted = np.asarray(network, np.float64)
        shape = (len(wanted), 2, 3)
        layer = DeployedLayer(
            index=0,
            core=0,
            shape=shape,
            scale=100.0,
            biases=np.rint(wanted * 100).astype(np.int16),
            wanted_biases=wanted,
            threshold_high=100,
            threshold_low=-100,
            leak_enable=leak is not None,
        )
        self.v_mem, self.ticks, self.layers = np.full(shape, 90), 0, (layer,)
        return Deployment(self.layers, leak)

    def probe(self, layer: int = 0, *, neurons: object = None) -> Probe:
        if layer != 0 or not self.layers:
            raise LayerNotFound(f"There is no layer {layer}.")
        return Probe(self, layer, self.layers[0].shape)

    def reset_states(self) -> None:
        raise CapabilityUnsupported("It does not reset states.", capability=Capability.RESET_STATES)

    def start_slow_clock(self) -> None:
        raise ConfigurationError("A stepped clock does not run.")

    def stop_slow_clock(self) -> None:
        self.must_be_open()

    def tick(self, count: int = 1) -> None:
        self.must_be_open()
        (layer,) = self.layers
        biases = layer.biases.astype(np.int64)[:, None, None]
        for _ in range(count):
            self.v_mem = np.maximum(self.v_mem + biases, layer.threshold_low)
        self.ticks += count

    def close(self) -> None:
        self.is_open = False

    def __enter__(self) -> FrozenDevice:  # noqa: PYI034 - frozen as it was
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FrozenBackend:
    name = "frozen"
    api_version = 1
    summary = "a plugin that was written for version 1 of the plugin API"
    emulated = True
    targets = (Target("kit", "the only one"),)
    capabilities = CAPABILITIES

    @hookimpl
    def speckhal_backend(self) -> FrozenBackend:
        return self

    @hookimpl
    def speckhal_health_checks(self) -> list[HealthCheck]:
        return [HealthCheck("frozen", lambda: [Finding.ok("It is still cold.")])]

    def chip(self, target: str | None = None) -> ChipFacts:
        if target not in {None, "kit"}:
            raise DeviceNotFound(f"There is no board {target!r}.")
        return CHIP

    def open(self, target: str | None = None, options: object = None) -> FrozenDevice:
        self.chip(target)
        return FrozenDevice()

    def example(self, layers: object = ()) -> ExampleNetwork:
        return ExampleNetwork([-0.1, -0.07], (2, 2, 3), "two channels that leak")


backend = FrozenBackend()
seen: list[Reading] = []


@hookimpl
def speckhal_reading(info: DeviceInfo, reading: Reading) -> None:
    seen.append(reading)
