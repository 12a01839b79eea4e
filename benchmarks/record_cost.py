#!/usr/bin/env python3
"""What recording costs: the time of readings of a full core with and without it, and memory.

The same readings of an emulated board are taken with and without a record, in turns, in one
process with one thread; the memory of the process is compared between an early and the last
reading of a record of its own, in which nothing else is kept. Run it with
`OMP_NUM_THREADS=1 python benchmarks/record_cost.py`.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

import speckhal
from speckhal.leak.experiment import LeakExperiment
from speckhal.leak.sampling import SteppedSampling
from speckhal.runs.record_writer import RecordWriter

if TYPE_CHECKING:
    from speckhal import OpenDevice, Run

FULL_CORE = (16, 64, 64)
TURNS = 10


def deployed(device: OpenDevice) -> Run:
    """A full core that leaks by a stepped clock, and what is known of it before a run."""
    initial = np.random.default_rng(0).integers(-100, 100, FULL_CORE).astype(np.int16)
    layer = speckhal.LayerSpec(FULL_CORE, biases=list(range(-16, 0)), initial=initial)
    leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
    deployment = device.deploy([layer], input_shape=(1, 64, 64), leak=leak)
    return speckhal.Run(device.info, deployment, (), speckhal.Provenance("cost"))


def run_s(device: OpenDevice, ticks: int, writer: RecordWriter | None) -> float:
    """How long an experiment takes, in seconds."""
    experiment = LeakExperiment(device, SteppedSampling(ticks), sink=writer)
    if writer is not None:
        writer.open()
    start_s = time.perf_counter()
    experiment.run()
    if writer is not None:
        writer.finish()
    return time.perf_counter() - start_s


def memory_grown_kb(header: Run, path: Path, readings: int) -> int:
    """How much more memory the process had taken at the last reading than at the hundredth."""
    values = np.random.default_rng(0).integers(-99, 99, FULL_CORE).astype(np.int16)
    early_kb = 0
    with RecordWriter(header, path) as writer:
        for number in range(readings):
            writer.reading(speckhal.Reading(0, number, values, number), number)
            if number == 100:
                early_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early_kb


@click.command()
@click.option("--readings", default=1000, show_default=True, help="In all turns together.")
def main(readings: int) -> None:
    """Print what recording adds to the time of readings of a full core, and to memory."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name, speckhal.open_device("mock:speck2f") as device:
        folder = Path(name)
        header = deployed(device)
        grown_kb = memory_grown_kb(header, folder / "memory.h5", readings)
        without: list[float] = []
        recorded: list[float] = []
        ticks = readings // TURNS - 1
        run_s(device, ticks, None)
        for turn in range(TURNS):
            without.append(run_s(device, ticks, None))
            writer = RecordWriter(header, folder / f"{turn}.h5")
            recorded.append(run_s(device, ticks, writer))
        size = sum(one.stat().st_size for one in folder.glob("?.h5"))
    ratio = statistics.median(recorded) / statistics.median(without)
    count = TURNS * (ticks + 1)
    click.echo(
        f"{count} readings of {FULL_CORE}: {sum(without):.2f} s without a record, "
        f"{sum(recorded):.2f} s with one: ratio of medians {ratio:.3f}; "
        f"{size / count / 1000:.1f} kB of file a reading; memory grown by {grown_kb} kB"
    )


if __name__ == "__main__":
    main()
