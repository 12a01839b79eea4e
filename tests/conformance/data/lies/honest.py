"""An honest board without samna, with whatever chip is described to it: numpy, and nothing else.

It leaves every check of an argument to speckhal, and refuses only what it alone can know: targets,
options, and networks that its chip cannot have.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal import (
    SENSOR_INPUT,
    AddressLayout,
    Capability,
    ChipFacts,
    ClockDrive,
    CoreMemory,
    DeployedLayer,
    Deployment,
    DeviceBusy,
    DeviceInfo,
    DeviceNotFound,
    ExampleNetwork,
    Fact,
    InputError,
    InputKind,
    LayerNotFound,
    LayerSpec,
    NetworkDoesNotFit,
    NetworkDoesNotLeak,
    NetworkError,
    Range,
    Reading,
    Reset,
    Spikes,
    StimulationUnfinished,
    Target,
    VirtualClock,
    hookimpl,
)
from speckhal.contract.layer_geometry import kernel_size, layer_inputs, network_input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    from typing_extensions import Self

    from speckhal import Shape
    from speckhal.contract.address import NeuronAddresses

NOTE = "made up for the tests"
SCALE = 127  # of a network's biases
WEIGHT = 127  # of each spike, where nothing else is described
MOST_PLAYED = 500  # that can come of one spike


CAPABILITIES = frozenset(Capability) - {Capability.PREVIEW}
CORES = (CoreMemory(1024, 1024, 64),) * 4
POTENTIALS = Range(-2048, 2047)
BIASES = Range(-512, 511)
CHANNELS = Range(1, 32)
SIZES = Range(1, 16)
TYPICAL_HZ = Range(10, 1000)


def facts(
    *,
    cores: Sequence[CoreMemory] = CORES,
    potentials: Range = POTENTIALS,
    biases: Range = BIASES,
    high: Range | None = None,
    low: Range | None = None,
    channels: Range = CHANNELS,
    sizes: Range = SIZES,
    typical_hz: Range = TYPICAL_HZ,
    highest_hz: int | None = None,
    addresses: NeuronAddresses | None = None,
    runs: bool = True,
) -> ChipFacts:
    """A chip of 12 bits, with anything else that is given; its clock may be one that is stepped."""
    fastest = {} if highest_hz is None else {"slow_clock_highest_rate_hz": Fact(highest_hz, NOTE)}
    return ChipFacts(
        name="honest",
        core_memories=Fact(tuple(cores), NOTE),
        neuron_address=Fact(addresses or AddressLayout(), NOTE),
        v_mem_range=Fact(potentials, NOTE),
        threshold_high_range=Fact(high or Range(1, potentials.highest), NOTE),
        threshold_low_range=Fact(low or Range(potentials.lowest, -1), NOTE),
        bias_range=Fact(biases, NOTE),
        channel_range=Fact(channels, NOTE),
        map_size_range=Fact(sizes, NOTE),
        slow_clock_default_rate_hz=Fact(100, NOTE) if runs else None,
        slow_clock_typical_rate_hz=Fact(typical_hz, NOTE) if runs else None,
        internal_clock_divider_range=Fact(Range(3, 5), NOTE) if runs else None,
        particulars=fastest,
    )


@attrs.frozen
class Leak:
    drive: ClockDrive
    rate_hz: int | None = None
    events_per_tick: int | None = None


@attrs.frozen(eq=False)
class Network:
    layers: tuple[LayerSpec, ...]


@attrs.define(eq=False)
class Layer:
    """One layer on the chip."""

    spec: LayerSpec
    v_mem: npt.NDArray[np.int64]
    biases: npt.NDArray[np.int16]

    def update(self, neuron: tuple[int, int, int], weight: int) -> bool:
        """Add a weight to one neuron, and return whether it fires."""
        total = max(int(self.v_mem[neuron]) + weight, int(self.spec.threshold_low))
        high = int(self.spec.threshold_high)
        fires = total >= high
        if fires:
            total = 0 if self.spec.reset is Reset.ZERO else total - high
        self.v_mem[neuron] = total
        return fires

    def tick(self) -> npt.NDArray[np.bool_]:
        """Add the biases, and return which neurons fire."""
        high = int(self.spec.threshold_high)
        total = self.v_mem + self.biases.astype(np.int64)[:, None, None]
        fired = total >= high
        after = np.zeros_like(total) if self.spec.reset is Reset.ZERO else total - high
        total = np.where(fired, after, total)
        self.v_mem = np.maximum(total, int(self.spec.threshold_low))
        return fired


def made_spikes(rows: list[tuple[int, ...]]) -> Spikes:
    table = np.array(rows, np.int64).reshape(-1, 5).T
    return Spikes(time_us=table[0], layer=table[1], channel=table[2], y=table[3], x=table[4])


class HonestBackend:
    """Opens one board with that chip."""

    name = "honest"
    summary = "an honest board without samna"
    emulated = True
    targets: tuple[Target, ...] = (Target("board", "the only one"),)
    device: type[HonestDevice]

    def __init__(
        self,
        chip: ChipFacts | None = None,
        *,
        api_version: int = 1,
        capabilities: frozenset[Capability] = CAPABILITIES,
    ) -> None:
        self.capabilities = capabilities
        self.facts = facts() if chip is None else chip
        self.api_version = api_version
        self.is_open = False

    @hookimpl
    def speckhal_backend(self) -> HonestBackend:
        return self

    def chip(self, target: str | None = None) -> ChipFacts:
        if target not in {None, "board"}:
            raise DeviceNotFound(f"There is no board {target!r}.", hint="There is one: 'board'.")
        return self.facts

    def open(
        self, target: str | None = None, options: Mapping[str, object] | None = None
    ) -> HonestDevice:
        self.chip(target)
        if options:
            raise InputError(f"It has no options {list(options)}.", hint="Give none.")
        if self.is_open:
            raise DeviceBusy("The board is open already.", hint="Close it first.")
        self.is_open = True
        return self.device(self)

    def example(self, layers: Sequence[LayerSpec] = ()) -> ExampleNetwork:
        chip = self.facts
        channels, size = chip.channel_range.value.lowest, chip.map_size_range.value.lowest
        high = chip.threshold_high_range.value.highest
        default = LayerSpec((channels, size, size), (-1,) * channels, high, -1)
        chosen = tuple(layers) or (default,)
        return ExampleNetwork(Network(chosen), network_input(chosen), "as described")


class HonestDevice:
    input_kinds = frozenset(InputKind)

    def __init__(self, backend: HonestBackend) -> None:
        self.backend = backend
        self.capabilities = backend.capabilities
        self.facts = backend.facts
        self.info = DeviceInfo(backend="honest", board="Plain", chip=self.facts, emulated=True)
        self.clock = VirtualClock()
        self.is_open = True
        self.layers: list[Layer] = []
        self.deployment: Deployment | None = None
        self.leak: Leak | None = None
        self.ticks: int | None = 0
        self.since_s: float | None = None
        self.done = 0
        self.monitor: tuple[int, ...] = ()
        self.sent: list[tuple[int, ...]] = []
        self.waiting: collections.deque[tuple[int, int, int, int, int]] = collections.deque()
        self.played = 0  # for one spike of the host
        self.watch_s = 0.0

    def catch_up(self) -> None:
        """Make the ticks that are due by now."""
        if self.since_s is not None and self.leak is not None and self.leak.rate_hz is not None:
            due = int((self.clock.now_s() - self.since_s) * self.leak.rate_hz + 1e-6)
            self._make_ticks(due - self.done)
            self.done = due

    def _make_ticks(self, count: int) -> None:
        for _ in range(count):
            for index, layer in enumerate(self.layers):
                fired = layer.tick()
                if index in self.monitor:
                    now_us = self.stamp_us()
                    self.sent += [
                        (now_us, index, *neuron) for neuron in np.argwhere(fired).tolist()
                    ]

    def stamp_us(self) -> int:
        """What the stop watch stamps on a spike of a tick now."""
        return round((self.clock.now_s() - self.watch_s) * 1e6)

    def leak_config(
        self, *, rate_hz: Any = None, drive: Any = ClockDrive.EXTERNAL, events_per_tick: Any = None
    ) -> Leak:
        if drive is ClockDrive.INTERNAL and events_per_tick is None:
            events_per_tick = self.events()[-1]
        return Leak(drive, rate_hz, events_per_tick)

    def events(self) -> list[int]:
        """Numbers of events that the internal clock can count."""
        dividers = self.facts.internal_clock_divider_range
        ends = Range(0, 0) if dividers is None else dividers.value
        return [1 << n for n in range(ends.lowest, ends.highest + 1)]

    def deploy(
        self,
        network: object,
        *,
        input_shape: Shape,
        leak: Leak | None = None,
        biases: Mapping[int, npt.ArrayLike] | None = None,
        monitor: Sequence[int] = (),
    ) -> Deployment:
        if not isinstance(network, Network) or input_shape != network_input(network.layers):
            raise NetworkError("That is no network for this input.", hint="Use example().")
        self._check_memories(network.layers)
        wanted = [np.array(spec.biases or (0,) * spec.shape[0], float) for spec in network.layers]
        rounded = [np.rint(values).astype(np.int64) for values in wanted]
        for spec, own in zip(network.layers, rounded, strict=True):
            self._check_layer(spec, own)
        for index, values in (biases or {}).items():
            if index not in range(len(rounded)):
                raise LayerNotFound(f"There is no layer {index}.", hint="Count from 0.")
            given = np.asarray(values, np.int64)
            if given.shape != rounded[index].shape:
                raise InputError(f"{given} are no biases.", hint="Give one for each channel.")
            rounded[index] = given
            wanted[index] = rounded[index].astype(float)
        lost = any(
            ((own != 0) & (new == 0)).any() for own, new in zip(wanted, rounded, strict=True)
        )
        if leak is not None and (lost or not any(own.any() for own in rounded)):
            raise NetworkDoesNotLeak("It would not leak.", hint="Use larger biases.")
        for index in monitor:
            if index not in range(len(rounded)):
                raise LayerNotFound(f"There is no layer {index}.", hint="Count from 0.")
        self.since_s, self.ticks, self.leak = None, 0, leak
        self.monitor, self.sent = tuple(monitor), []
        self.watch_s = self.clock.now_s()
        self.layers = [
            Layer(
                spec,
                np.broadcast_to(np.asarray(spec.initial, np.int64), spec.shape).copy(),
                own.astype(np.int16),
            )
            for spec, own in zip(network.layers, rounded, strict=True)
        ]
        deployed = [
            DeployedLayer(
                index=index,
                core=core,
                shape=layer.spec.shape,
                scale=SCALE,
                biases=layer.biases.copy(),
                wanted_biases=own / SCALE,
                threshold_high=int(layer.spec.threshold_high),
                threshold_low=int(layer.spec.threshold_low),
                leak_enable=bool(layer.biases.any()),
                rate_hz=None if leak is None else leak.rate_hz,
                input_shape=self.input_of(index),
            )
            for (index, layer), own, core in zip(
                enumerate(self.layers), wanted, self._placed(network.layers), strict=True
            )
        ]
        self.deployment = Deployment(tuple(deployed), leak)
        return self.deployment

    def input_of(self, index: int) -> Shape:
        return layer_inputs([layer.spec for layer in self.layers])[index]

    def stimulate(self, spikes: Spikes) -> Spikes:
        self.catch_up()
        outside, self.sent = self.sent, []
        self.watch_s = self.clock.now_s()
        columns = spikes.time_us, spikes.layer, spikes.channel, spikes.y, spikes.x
        for time_us, layer, channel, y, x in np.transpose(columns).tolist():
            self.played = 0
            self.wait_until(time_us)
            if layer == SENSOR_INPUT:
                self.take_pixel(time_us, channel, y, x)
            else:
                self.take_spike(time_us, layer, channel, y, x)
            while self.waiting:
                self.take_spike(*self.waiting.popleft())
        sent, self.sent = self.sent, outside
        return made_spikes(sent)

    def wait_until(self, time_us: int) -> None:
        """Let time pass until then; the clock goes on if it runs."""
        self.clock.sleep_s(max(0.0, self.watch_s + time_us / 1e6 - self.clock.now_s()))
        self.catch_up()

    def take_pixel(self, time_us: int, polarity: int, y: int, x: int) -> None:
        """Let an event of the sensor come to the first layer, pooled."""
        self.pass_on(time_us, 0, min(polarity, self.input_of(0)[0] - 1), y, x)

    def take_spike(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        """Add the weights to all that the kernel reaches; what fires goes on to the next layer."""
        self.played += 1
        if self.played > MOST_PLAYED:
            self.waiting.clear()
            sent, self.sent = made_spikes(self.sent), []
            raise StimulationUnfinished("It does not end.", spikes=sent, hint="Deploy again.")
        layer = self.layers[index]
        weights, stride, padding = self.kernel_of(index)
        for neuron in np.ndindex(layer.spec.shape):
            ky = y + padding - neuron[1] * stride
            kx = x + padding - neuron[2] * stride
            if 0 <= ky < weights.shape[2] and 0 <= kx < weights.shape[3]:
                weight = int(weights[neuron[0], channel, ky, kx])
                for _ in range(self.fires(layer, neuron, weight) if weight else 0):
                    self.send(time_us, index, *neuron)

    def kernel_of(self, index: int) -> tuple[npt.NDArray[np.int64], int, int]:
        """Weights, stride and padding of a layer."""
        spec, before = self.layers[index].spec, self.input_of(index)
        if spec.inputs is None:
            kernel = kernel_size(spec, before)
            return np.full((spec.shape[0], before[0], *kernel), WEIGHT), 1, 0
        return np.asarray(spec.inputs.weights), spec.inputs.stride, spec.inputs.padding

    def fires(self, layer: Layer, neuron: tuple[int, int, int], weight: int) -> int:
        """Add a weight to a neuron, and return how often it fires."""
        return int(layer.update(neuron, weight))

    def send(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        if index in self.monitor:
            self.sent.append((time_us + 3, index, channel, y, x))
        inputs = self.layers[index].spec.inputs
        if inputs is not None and inputs.from_itself:
            self.waiting.append((time_us, index, channel, y, x))
        if index + 1 < len(self.layers):
            self.pass_on(time_us, index + 1, channel, y, x)

    def pass_on(self, time_us: int, index: int, channel: int, y: int, x: int) -> None:
        """Let a spike come to a layer, pooled as that takes it."""
        inputs = self.layers[index].spec.inputs
        pooling = 1 if inputs is None else inputs.pooling
        _, height, width = self.input_of(index)
        if y // pooling < height and x // pooling < width:
            self.waiting.append((time_us, index, channel, y // pooling, x // pooling))

    def recorded_spikes(self) -> Spikes:
        self.catch_up()
        sent, self.sent = self.sent, []
        return made_spikes(sent)

    def _needs(self, layers: Sequence[LayerSpec]) -> list[CoreMemory]:
        needs = []
        for spec, before in zip(layers, layer_inputs(layers), strict=True):
            kernel = kernel_size(spec, before)
            has_biases = spec.biases is not None
            needs.append(
                self.facts.layer_memory(
                    spec.shape, inputs=before[0], kernel=kernel, has_biases=has_biases
                )
            )
        return needs

    def _check_memories(self, layers: Sequence[LayerSpec]) -> None:
        cores = self.facts.core_memories.value
        most = CoreMemory(*map(max, *map(attrs.astuple, cores), (0, 0, 0)))
        for need in self._needs(layers):
            for kind, (asked, there) in most.shortfalls(need).items():
                raise NetworkDoesNotFit(
                    f"A layer takes {asked} words of {kind} memory; a core has {there}.",
                    hint="Make it smaller.",
                )
        if len(layers) > len(cores):
            raise NetworkDoesNotFit(
                f"{len(layers)} layers are too many for {len(cores)} cores.", hint="Use fewer."
            )
        if not self._placed(layers):
            raise NetworkDoesNotFit("The layers compete for cores.", hint="Make them smaller.")

    def _placed(self, layers: Sequence[LayerSpec]) -> list[int]:
        cores = self.facts.core_memories.value

        def place(needs: list[CoreMemory], free: list[int]) -> list[int] | None:
            if not needs:
                return []
            for core in free:
                if not cores[core].shortfalls(needs[0]):
                    rest = place(needs[1:], [other for other in free if other != core])
                    if rest is not None:
                        return [core, *rest]
            return None

        return place(self._needs(layers), list(range(len(cores)))) or []

    def _check_layer(self, spec: LayerSpec, biases: npt.NDArray[np.int64]) -> None:
        states, high = np.asarray(spec.initial), round(spec.threshold_high)
        if high == 0:
            raise NetworkError("threshold_high rounds to 0.", hint="Use a larger one.")
        for name, values in (
            ("channel_range", spec.shape[:1]),
            ("map_size_range", spec.shape[1:]),
            ("threshold_high_range", (high,)),
            ("threshold_low_range", (round(spec.threshold_low),)),
            ("v_mem_range", (int(states.min()), int(states.max()))),
            ("bias_range", (int(biases.min()), int(biases.max()))),
        ):
            ends = min(values), max(values)
            self.facts.limit(name).check(*ends, f"A layer has {ends}", NetworkError)

    def probe(self, layer: int = 0, *, neurons: Any = None) -> HonestProbe:
        return HonestProbe(self, layer, neurons)

    def reset_states(self) -> None:
        self.catch_up()
        for layer in self.layers:
            layer.v_mem[:] = 0

    def start_slow_clock(self) -> None:
        if self.since_s is None:
            self.since_s, self.done, self.ticks = self.clock.now_s(), 0, None

    def stop_slow_clock(self) -> None:
        self.catch_up()
        self.since_s = None

    def tick(self, count: int = 1) -> None:
        self._make_ticks(count)
        self.ticks = None if self.ticks is None else self.ticks + count

    def close(self) -> None:
        if self.is_open:
            self.is_open = self.backend.is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object, /) -> None:
        self.close()


class HonestProbe:
    def __init__(self, device: HonestDevice, layer: int, neurons: Any) -> None:
        self.device, self.layer = device, layer
        self.shape = device.layers[layer].spec.shape
        self.chosen: Any = ... if neurons is None else tuple(np.asarray(neurons).T)

    def on_chip(self) -> Layer:
        self.device.catch_up()
        return self.device.layers[self.layer]

    def read(self) -> Reading:
        v_mem = self.on_chip().v_mem[self.chosen]
        now_s = self.device.clock.now_s()
        return Reading(self.layer, now_s, v_mem.astype(np.int16), ticks=self.device.ticks)

    def write(self, v_mem: npt.ArrayLike) -> None:
        self.on_chip().v_mem[self.chosen] = v_mem

    def read_biases(self) -> npt.NDArray[np.int16]:
        biases: npt.NDArray[np.int16] = self.on_chip().biases.copy()
        return biases

    def write_biases(self, biases: npt.ArrayLike) -> npt.NDArray[np.int16]:
        self.on_chip().biases = np.array(biases, np.int16)
        return self.read_biases()


HonestBackend.device = HonestDevice
backend = HonestBackend()
