#!/usr/bin/env python3
"""How fast the compiled kernel of spikes is, against the same loop in C++, and a first spike.

Both do the same events with the same rule and the same arrays, turn by turn, on one thread; what
they leave is compared. The C++ is compiled with `g++ -O3 -march=native`, where there is a g++. Each
case has other settings: `rare` lets no neuron fire, `busy` lets about one update in a hundred fire,
and `floor` has a lower threshold as well that holds up many. Seconds are those of the processor.
Run it with `python benchmarks/kernel_speed.py`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import click
import numpy as np

from speckhal_mock.emulation.spikes import core_tables as at
from speckhal_mock.emulation.spikes import numpy_kernel
from speckhal_mock.emulation.spikes.compiled_kernel import take_event
from speckhal_mock.emulation.spikes.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Loop = Callable[[at.CoreTables, npt.NDArray[np.int64], npt.NDArray[np.int64]], int]

SOURCE: Final = Path(__file__).with_suffix(".cpp")
SUPPORT: Final = Path(__file__).parents[1] / "tests" / "support"
CHANNELS: Final = (8, 16, 32, 64, 128)
IN_CHANNELS: Final = 8
SIZE: Final = 32
KERNEL: Final = 3
OPERATIONS: Final = 2_000_000
REPEATS: Final = 21

FIRST_SPIKE: Final = """
import time
import numpy as np
from spike_boards import board_of, config_of, fed
board, clock = board_of({0: config_of(np.ones((8, 1, 1, 1)), (4, 4))})
started = time.perf_counter()
fed(board, clock, [(0, 0, 0, 0, 0)])
print(time.perf_counter() - started)
"""


@attrs.frozen
class Case:
    """Thresholds, and how large weights are."""

    name: str
    threshold_high: int
    threshold_low: int
    largest_weight: int


CASES: Final = (
    Case("rare", 32767, -32768, 10),
    Case("busy", 500, -32768, 127),
    Case("floor", 500, -500, 127),
)


def tables(channels: int, case: Case) -> at.CoreTables:
    """One core of that many output channels, its neurons and weights drawn by lot."""
    chance = np.random.default_rng(0)
    facts = np.zeros((1, at.FACTS), dtype=np.int64)
    facts[0, : at.KERNEL] = [IN_CHANNELS, SIZE, SIZE, channels, SIZE, SIZE]
    facts[0, at.KERNEL] = KERNEL
    facts[0, [at.PADDING_Y, at.PADDING_X]] = 1
    facts[0, [at.THRESHOLD_HIGH, at.THRESHOLD_LOW]] = case.threshold_high, case.threshold_low
    facts[0, [at.ZERO_WEIGHT_SKIPS, at.NEIGHBOURS]] = 1
    weights = (IN_CHANNELS, KERNEL, KERNEL, channels)
    largest = case.largest_weight
    return at.CoreTables(
        facts=facts,
        neurons=chance.integers(-400, 400, SIZE * SIZE * channels).astype(np.int16),
        weights=chance.integers(-largest, largest + 1, weights).astype(np.int8).ravel(),
        places=np.arange(SIZE * SIZE) * channels,
        features=np.arange(channels),
        counts=np.zeros((1, at.KERNEL_COUNTS), dtype=np.int64),
    )


def room(channels: int) -> npt.NDArray[np.int64]:
    """Where the neurons that one event makes fire are written down."""
    return np.zeros((at.FIRED_ROWS, KERNEL * KERNEL * channels), dtype=np.int64)


def events(channels: int) -> npt.NDArray[np.int64]:
    """(3, n) of channel, y and x, for about as many operations in each case."""
    many = OPERATIONS // (KERNEL * KERNEL * channels)
    chance = np.random.default_rng(1)
    return np.array([chance.integers(0, limit, many) for limit in (IN_CHANNELS, SIZE, SIZE)])


@compiled
def by_the_kernel(
    core: at.CoreTables, inputs: npt.NDArray[np.int64], fired: npt.NDArray[np.int64]
) -> int:
    """Do all events with the compiled kernel."""
    number = 0
    for i in range(inputs.shape[1]):
        number += take_event(core, 0, inputs[0, i], inputs[1, i], inputs[2, i], fired)
    return number


def by_numpy(
    core: at.CoreTables, inputs: npt.NDArray[np.int64], fired: npt.NDArray[np.int64]
) -> int:
    """Do all events with the kernel of NumPy."""
    places = zip(*inputs.tolist(), strict=True)
    return sum(numpy_kernel.take_event(core, 0, c, y, x, fired) for c, y, x in places)


def by_cpp(folder: Path) -> Loop | None:
    """The same in C++; None where there is no g++."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None
    library = folder / "kernel_speed.so"
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run([compiler, *flags, str(SOURCE), "-o", str(library)], check=True)  # noqa: S603  # its own source
    function = ctypes.CDLL(str(library)).take_events
    function.restype = ctypes.c_long

    def loop(
        core: at.CoreTables, inputs: npt.NDArray[np.int64], fired: npt.NDArray[np.int64]
    ) -> int:
        arrays = (core.facts, core.neurons, core.weights, core.places, core.counts, inputs)
        given: list[object] = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]
        given += [ctypes.c_long(inputs.shape[1]), fired.ctypes.data_as(ctypes.c_void_p)]
        return int(function(*given, ctypes.c_long(fired.shape[1])))

    return loop


def compare(loops: dict[str, Loop], channels: int, case: Case) -> None:
    """Print operations per second of each loop, median of all turns, and the ratio of the first."""
    inputs, fired = events(channels), room(channels)
    cores = {name: tables(channels, case) for name in loops}
    times_s: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(REPEATS):
        for name, loop in loops.items():
            started = time.process_time()
            loop(cores[name], inputs, fired)
            times_s[name].append(time.process_time() - started)
    first, *others = cores.values()
    for other in others:
        if (first.neurons != other.neurons).any() or (first.counts != other.counts).any():
            raise SystemExit("The loops do not leave the same.")
    operations = int(first.counts[0, at.OPERATIONS]) / REPEATS
    speeds = {name: operations / statistics.median(each) for name, each in times_s.items()}
    shown = ", ".join(f"{name} {speed / 1e6:6.0f} M/s" for name, speed in speeds.items())
    kernel, *measures = speeds.values()
    ratio = f"; ratio {kernel / measures[0]:5.2f}" if measures else ""
    share = first.counts[0, at.FIRED] / first.counts[0, at.UPDATES]
    click.echo(f"  {case.name:5} {channels:3} channels: {shown}{ratio} ({share:.1%} fire)")


def first_spike_s(cache: Path) -> float:
    """Seconds that a board's first spike takes in a process of its own, with that cache."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-c", FIRST_SPIKE]
    done = subprocess.run(  # noqa: S603  # this file's own text
        command, check=True, capture_output=True, text=True, env=environment
    )
    return float(done.stdout)


def main() -> None:
    """Measure the loading, then all cases."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        compiling_s, loading_s = first_spike_s(folder), first_spike_s(folder)
        click.echo(f"a board's first spike: {compiling_s:.1f} s, {loading_s:.2f} s from the cache")
        cpp = by_cpp(folder)
        loops: dict[str, Loop] = {"kernel": by_the_kernel}
        if cpp is not None:
            loops["C++"] = cpp
        by_the_kernel(tables(8, CASES[0]), events(8)[:, :1], room(8))
        click.echo(f"operations per second, one thread, median of {REPEATS} turns:")
        for case in CASES:
            for channels in CHANNELS:
                compare(loops, channels, case)
    inputs = events(8)[:, :5000]
    for case in CASES:
        started = time.process_time()
        by_numpy(tables(8, case), inputs, room(8))
        rate = inputs.shape[1] / (time.process_time() - started)
        click.echo(f"NumPy, {case.name}, 8 channels: {rate / 1e3:.0f} thousand events per second")


if __name__ == "__main__":
    main()
