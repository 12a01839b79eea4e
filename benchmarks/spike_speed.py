#!/usr/bin/env python3
"""How fast an emulated board follows spikes, against the chip's own time and against sinabs.

Spikes are given to the board as arrays, and followed on one thread, for one second of the chip's
time in each load. sinabs computes the same four layers in steps of 1 ms, on one thread too, turn by
turn with the board. Then come single event objects, as programs for the vendor's API write them;
what the first spike costs; what idle layers cost; and whether memory grows with events. Seconds are
those of the processor. Run it with `python benchmarks/spike_speed.py`, or with `--seconds 0.1` for
a short look.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
import numpy as np
import torch
from sinabs.layers import IAFSqueeze
from torch import nn

from speckhal.contract.clock import VirtualClock
from speckhal_mock import samna
from speckhal_mock.emulation.board import EmulatedBoard
from speckhal_mock.emulation.core import CoreConfig, Destination
from speckhal_mock.emulation.kits import KITS
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.speck_facts import CORE_MEMORIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Arrays = tuple[npt.NDArray[np.int64], ...]

RATES_OF_CORES: Final = (100, 60, 30, 30, 30, 30, 30, 30, 30)
"""Millions of operations per second that each core can do, as the emulation assumes."""

SLICE_EVENTS: Final = 20_000
"""How many spikes are played at once, about."""

TURNS: Final = 5

FIRST_SPIKE: Final = """
import time
import spike_speed
board, clock = spike_speed.board_of({0: spike_speed.core(8, 8, 32)})
started = time.perf_counter()
board.play_spikes(0, 0, 0, 0, 0)
clock.sleep_s(1e-3)
board.catch_up()
print(time.perf_counter() - started)
"""


@attrs.define
class Sent:
    """Counts what the board sends to the host."""

    spikes_sent: int = 0

    def spikes(self, *columns: npt.NDArray[np.int64]) -> None:
        """Count spikes."""
        self.spikes_sent += columns[0].size

    def _ignore(self, *_args: object, **_kwargs: object) -> None:
        """Nothing else is counted."""

    memory_values = dvs_events = readout = _ignore


def core(
    inputs: int,
    channels: int,
    size: int,
    *,
    kernel: int = 3,
    stride: int = 1,
    threshold: int = 32_767,
    weights: npt.NDArray[np.int8] | None = None,
    **changes: object,
) -> CoreConfig:
    """A core of square maps, with padding so that the size is the input's over the stride."""
    if weights is None:
        shape = (channels, inputs, kernel, kernel)
        weights = np.random.default_rng(0).integers(-20, 21, shape).astype(np.int8)
    neurons = (channels, size // stride, size // stride)
    settings: dict[str, object] = {
        "shape": neurons,
        "biases": np.zeros(channels, np.int16),
        "threshold_high": threshold,
        "threshold_low": -32_768,
        "return_to_zero": False,
        "leak_enable": False,
        "leak_internal": False,
        "monitor_enable": False,
        "initial_v_mem": np.zeros(neurons, np.int16),
        "weights": weights,
        "stride": (stride, stride),
        "padding": (kernel // 2, kernel // 2),
        "input_size": (size, size),
    }
    return CoreConfig(**(settings | changes))  # type: ignore[arg-type]  # checked by attrs


def board_of(
    configs: Mapping[int, CoreConfig], **options: object
) -> tuple[EmulatedBoard, VirtualClock]:
    """A board in virtual time, with its stop watch started."""
    clock = VirtualClock()
    board = EmulatedBoard(
        KITS["Speck2fModuleDevKit"],
        CORE_MEMORIES.value,
        clock=clock,
        options=EmulationOptions(
            dvs_event_rate_hz=0,
            **options,  # type: ignore[arg-type]  # checked by attrs
        ),
    )
    outputs: Any = Sent()
    board.outputs = outputs
    board.apply_configuration([configs.get(index) for index in range(9)])
    board.stop_watch.start()
    return board, clock


@attrs.frozen
class Load:
    """What is done in a second: cores, and how many spikes per second each gets from outside."""

    name: str
    configs: Mapping[int, CoreConfig]
    rates_hz: Mapping[int, float]
    options: Mapping[str, object] = attrs.field(factory=dict)


def even(channels: int, operations_per_s: float) -> Load:
    """All cores do as large a part of the operations as their speed, on spikes from outside."""
    configs = {index: core(8, channels, 32 if index < 5 else 16) for index in range(9)}
    share = operations_per_s / sum(RATES_OF_CORES)
    inner = {index: channels * (3 - 2 / config.shape[1]) ** 2 for index, config in configs.items()}
    rates = {index: RATES_OF_CORES[index] * share / inner[index] for index in configs}
    return Load(f"nine cores, {channels} channels, nothing fires", configs, rates)


def chain(channels: int, events_per_s: float) -> Load:
    """Nine cores one after the other, in which about as many spikes leave as come."""
    configs = {}
    for index in range(9):
        chance = np.random.default_rng(index)
        drawn = chance.integers(0, 21, (channels, channels, 3, 3)).astype(np.int8)
        configs[index] = core(
            channels,
            channels,
            16,
            threshold=int(drawn.sum() / channels * (1 - 1 / 24) ** 2),
            weights=drawn,
            destinations=() if index == 8 else (Destination(index + 1),),
            monitor_enable=index == 8,
        )
    rates = {0: events_per_s / 9}
    return Load(f"a chain of nine cores, {channels} channels", configs, rates)


def slice_s(load: Load, for_s: float) -> float:
    """How much of the chip's time is played at once."""
    return for_s / max(1, round(sum(load.rates_hz.values()) * for_s / SLICE_EVENTS))


def spikes_for(load: Load, for_s: float, seed: int = 0) -> list[Arrays]:
    """(core, stamp, channel, y, x) of all spikes from outside, in slices of the chip's time."""
    chance = np.random.default_rng(seed)
    slices = []
    long_s = slice_s(load, for_s)
    for number in range(round(for_s / long_s)):
        layers = np.concatenate(
            [np.full(chance.poisson(rate * long_s), index) for index, rate in load.rates_hz.items()]
        )
        chance.shuffle(layers)
        stamps = np.sort(chance.integers(0, round(long_s * 1e6), layers.size))
        shapes = np.zeros((9, 3), np.int64)
        for index, config in load.configs.items():
            shapes[index] = config.input_shape
        places = chance.integers(0, shapes[layers].T)
        slices.append((layers, stamps + round(number * long_s * 1e6), *places))
    return slices


@attrs.frozen
class Measured:
    """Seconds of the processor, events and operations, for so much of the chip's time."""

    took_s: float
    events: int
    operations: int
    longest_queue: int
    for_s: float

    def shown(self) -> str:
        """For a line of the report."""
        operations, events = self.operations / self.for_s / 1e6, self.events / self.for_s / 1e6
        return (
            f"{self.took_s / self.for_s:5.2f} s for a second of {operations:4.0f} M operations and "
            f"{events:4.2f} M events ({self.took_s / self.events * 1e9:4.0f} ns each, "
            f"{self.operations / self.took_s / 1e6:4.0f} M operations/s)"
        )


def play(load: Load, for_s: float) -> Measured:
    """Play a load to a board."""
    board, clock = board_of(load.configs, **load.options)
    slices, long_s = spikes_for(load, for_s), slice_s(load, for_s)
    board.play_spikes(0, 0, 0, 0, 0)
    board.catch_up()  # what the first spike costs is measured elsewhere
    started = time.process_time()
    for columns in slices:
        board.play_spikes(*columns)
        clock.sleep_s(long_s)
        board.catch_up()
    while not board.is_quiet:
        clock.sleep_s(long_s)
    took_s = time.process_time() - started
    done = board.activity()
    return Measured(
        took_s,
        sum(each.events for each in done),
        sum(each.operations for each in done),
        max(each.longest_queue for each in done),
        for_s,
    )


SIZE: Final = 64
NETS: Final = {
    "65,536 neurons, 16 channels": ((2, 16, 2), (16, 16, 1), (16, 16, 1), (16, 16, 1)),
    "114,688 neurons, 16 and 32 channels": ((2, 16, 1), (16, 32, 2), (32, 32, 2), (32, 32, 1)),
}
"""In and out channels and stride of four layers, for an input of 64x64."""

ON_CORES: Final = (0, 1, 2, 7)
"""Those with room for the layers of both, in their order."""

KEEP_UP: Final = {
    "core_operations_per_s": None,
    "core_0_operations_per_s": None,
    "core_1_operations_per_s": None,
}
"""Four cores of a chip could not do so much; sinabs knows no such limit."""

AT_ONCE: Final = (1, 50, 1_000_000)
"""Steps that sinabs is given at once: each alone, as many as are fastest here, and all."""


def four_layers(net: str) -> tuple[dict[int, CoreConfig], nn.Sequential]:
    """The same four layers as cores and as a network of sinabs; about as much leaves as comes."""
    chance = np.random.default_rng(0)
    configs: dict[int, CoreConfig] = {}
    layers: list[nn.Module] = []
    size = SIZE
    for number, (inputs, channels, stride) in enumerate(NETS[net]):
        drawn = chance.integers(0, 41, (channels, inputs, 3, 3)).astype(np.int8)
        threshold = int(drawn.mean() * channels * 9 / stride**2 * 1.1)
        is_last = number == len(NETS[net]) - 1
        configs[ON_CORES[number]] = core(
            inputs,
            channels,
            size,
            stride=stride,
            threshold=threshold,
            weights=drawn,
            destinations=() if is_last else (Destination(ON_CORES[number + 1]),),
            monitor_enable=is_last,
        )
        convolution = nn.Conv2d(inputs, channels, 3, stride=stride, padding=1, bias=False)
        convolution.weight.data = torch.from_numpy(drawn).float()
        layers += [convolution, IAFSqueeze(batch_size=1, spike_threshold=float(threshold))]
        size //= stride
    return configs, nn.Sequential(*layers)


def by_sinabs(network: nn.Sequential, slices: list[Arrays], for_s: float, at_once: int) -> float:
    """Seconds that sinabs takes, in steps of 1 ms, of which it is given that many at once."""
    raster = torch.zeros(round(for_s * 1000), 2, SIZE, SIZE)
    for _, stamps, *place in slices:
        columns = [torch.from_numpy(column) for column in (stamps // 1000, *place)]
        raster.index_put_(tuple(columns), torch.ones(stamps.size), accumulate=True)
    started = time.process_time()
    with torch.no_grad():
        for part in torch.split(raster, at_once):
            network(part)
    return time.process_time() - started


def against_sinabs(net: str, operations_per_s: float, for_s: float) -> str:
    """How much faster the board is than sinabs on four layers, at a rate of operations."""
    configs, network = four_layers(net)
    rate_hz = 20_000.0
    for _ in range(4):  # spikes do not quite grow with the rate
        probe = play(Load("probe", configs, {0: rate_hz}, KEEP_UP), for_s)
        rate_hz *= operations_per_s * for_s / probe.operations
    load = Load("four layers", configs, {0: rate_hz}, KEEP_UP)
    slices = spikes_for(load, for_s)
    ratios: dict[int, list[float]] = {at_once: [] for at_once in AT_ONCE}
    measured = play(load, for_s)
    for _ in range(TURNS):
        measured = play(load, for_s)
        for at_once, found in ratios.items():
            found.append(by_sinabs(network, slices, for_s, at_once) / measured.took_s)
    step, chunk, whole = (statistics.median(found) for found in ratios.values())
    return (
        f"{measured.operations / for_s / 1e6:5.1f} M operations/s: "
        f"board {measured.took_s / for_s:.4f} s per second; {step:.1f} times as fast as sinabs "
        f"step by step, {whole:.1f} times in one forward, {chunk:.1f} times as {AT_ONCE[1]} at once"
    )


def single_objects(count: int) -> str:
    """What one event costs, as an object from a script and back to it."""
    from_script = samna.speck2f
    clock = VirtualClock()
    options = EmulationOptions(dvs_event_rate_hz=0)
    kit = KITS["Speck2fModuleDevKit"]
    current_bus().plug(EmulatedBoard(kit, CORE_MEMORIES.value, clock=clock, options=options))
    handle = samna.device.open_device("Speck2fModuleDevKit:0")
    configuration = from_script.configuration.SpeckConfiguration()
    layer = configuration.cnn_layers[3]
    layer.weights, layer.threshold_high, layer.threshold_low = [[[[100]]]], 100, -100
    layer.monitor_enable = True
    handle.get_model().apply_configuration(configuration)
    sink = samna.graph.sink_from(handle.get_model_source_node())
    source = samna.graph.source_to(handle.get_model_sink_node())
    spike = from_script.event.Spike
    handle.get_stop_watch().start()
    source.write([spike(layer=3)])
    clock.sleep_s(0.1)
    sink.get_events()
    handle.get_stop_watch().start()
    started = time.process_time()
    events = [spike(layer=3, feature=0, x=0, y=0, timestamp=n) for n in range(count)]
    made = time.process_time()
    source.write(events)
    clock.sleep_s(count * 1e-6 + 1)
    written = time.process_time()
    came = sink.get_events()
    read = time.process_time()
    if len(came) != count:
        raise SystemExit(f"{count} spikes were written and {len(came)} came back.")
    samna.device.close_device(handle)
    current_bus().clear()
    steps = [(after - before) / count * 1e6 for before, after in
             ((started, made), (made, written), (written, read))]  # fmt: skip
    return "{:.2f} us to make one, {:.2f} us to play it, {:.2f} us to read it".format(*steps)


def first_spike_s(cache: Path) -> float:
    """Seconds that the first spike takes in a process of its own, with that cache."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", FIRST_SPIKE]
    done = subprocess.run(  # noqa: S603  # this file's own text
        command,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parent,
    )
    return float(done.stdout)


def idle_layers(for_s: float) -> str:
    """What the same spikes into one core cost with eight more in use, and in much longer time."""
    alone, dense = core(8, 8, 32), {}
    for index in range(1, 9):
        dense[index] = core(8, 8, 16)
    rates = {0: 200_000.0}
    loads = [Load("alone", {0: alone}, rates), Load("among others", {0: alone, **dense}, rates)]
    slow = Load("slowly", {0: alone}, {0: 20_000.0})
    ratios = []
    for _ in range(TURNS):
        first, second = (play(load, for_s) for load in loads)
        third = play(slow, 10 * for_s)
        ratios.append((second.took_s / first.took_s, third.took_s / first.took_s))
    others, longer = (statistics.median(each) for each in zip(*ratios, strict=True))
    return f"eight idle cores more: ratio {others:.2f}; ten times as slowly: ratio {longer:.2f}"


def memory_mb() -> float:
    """The most that this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@click.command()
@click.option("--seconds", default=1.0, show_default=True, help="Of the chip's time, per load.")
def main(seconds: float) -> None:
    """Measure all."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        compiling_s, loading_s = (first_spike_s(Path(folder)) for _ in range(2))
    click.echo(f"first spike: {compiling_s:.1f} s compiled, {loading_s:.2f} s from the cache")
    click.echo(f"loads, best of {TURNS} turns:")
    for load in (
        even(8, 288e6),
        even(16, 350e6),
        even(32, 350e6),
        chain(8, 3.2e6),
        chain(16, 1.6e6),
    ):
        best = min((play(load, seconds) for _ in range(TURNS)), key=lambda each: each.took_s)
        click.echo(f"  {load.name}: {best.shown()}")
    for net in NETS:
        click.echo(f"against sinabs, four layers of {net}, 64x64, median of {TURNS} turns:")
        for millions in (350, 50, 2):
            click.echo(f"  {against_sinabs(net, millions * 1e6, seconds)}")
    click.echo(f"event objects, each: {single_objects(round(200_000 * seconds))}")
    click.echo(idle_layers(seconds))
    long = chain(8, 2e6)
    play(long, seconds)
    before = memory_mb()
    done = play(long, 4 * seconds)
    click.echo(f"memory: {memory_mb() - before:.1f} MB more after {done.events / 1e6:.1f} M events")


if __name__ == "__main__":
    main()
