#!/usr/bin/env python3
"""Kills processes as they record a run, and counts what their records have lost.

Each process writes readings of two layers, one large and one small, and passes on through a pipe
how many it has taken. It is killed (SIGKILL) at a random moment after its record has its name. The
record must open, and lack at most the reading that was being written; what it has must be right.
Run it with `python benchmarks/record_kills.py`.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import attrs
import click
import numpy as np

from speckhal import (
    AddressLayout,
    ChipFacts,
    CoreMemory,
    DeployedLayer,
    Deployment,
    DeviceInfo,
    Fact,
    Provenance,
    Range,
    Reading,
    Run,
    open_run,
)
from speckhal.runs.record_writer import RecordWriter

INT16 = Fact(Range(-(2**15), 2**15 - 1), "made up")
SIZES = Fact(Range(1, 1024), "made up")
CHIP = ChipFacts(
    name="speck9",
    core_memories=Fact((CoreMemory(16_384, 65_536, 1024),), "made up"),
    neuron_address=Fact(AddressLayout(), "made up"),
    v_mem_range=INT16,
    threshold_high_range=INT16,
    threshold_low_range=INT16,
    bias_range=INT16,
    channel_range=SIZES,
    map_size_range=SIZES,
)
LAYER = DeployedLayer(
    index=0,
    core=0,
    shape=(16, 16, 16),
    scale=1.0,
    biases=np.ones(16, np.int16),
    wanted_biases=np.ones(16),
    threshold_high=2**15 - 1,
    threshold_low=-(2**15),
    leak_enable=True,
)
LAYERS = (LAYER, attrs.evolve(LAYER, index=1, shape=(16, 1, 1)))
HEADER = Run(
    info=DeviceInfo("none", "none", CHIP, emulated=True),
    deployment=Deployment(LAYERS),
    traces=(),
    provenance=Provenance("kills"),
)
LAST = 2000


def record(path: Path, taken: int) -> None:
    """Write readings, each of its own number, and a byte to the descriptor `taken` after each."""
    with RecordWriter(HEADER, path, overwrite=True) as writer:
        os.write(taken, b"-")
        for number in range(LAST):
            for layer in LAYERS:
                v_mem = np.full(layer.shape, number, np.int16)
                writer.reading(Reading(layer.index, number, v_mem, number, number), number)
                os.write(taken, b"+")


def killed(path: Path, after_s: float) -> int:
    """Let a process record, and kill it so long after it began; how many readings it had taken."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            record(path, theirs)
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as taken:
        taken.read(1)
        time.sleep(after_s)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        return taken.read().count(b"+")


def lost(path: Path, taken: int) -> int:
    """How many readings of those taken the record lacks; it must have the others as they were."""
    run = open_run(path)
    if not run.is_partial and taken < LAST * len(LAYERS):
        raise SystemExit("A record whose process was killed claims to be whole.")
    for trace in run.traces:
        numbers = np.arange(len(trace))
        for values in (trace.time_s, trace.ticks, trace.v_mem.max((1, 2, 3), initial=-1)):
            np.testing.assert_array_equal(values, numbers)
        np.testing.assert_array_equal(trace.v_mem.min((1, 2, 3), initial=LAST), numbers)
        np.testing.assert_array_equal(trace.duration_s, numbers)
    return taken - sum(map(len, run.traces))


@click.command()
@click.option("--kills", default=100, show_default=True, help="Processes to kill.")
@click.option("--seed", default=0, show_default=True, help="Of the moments at which they are.")
@click.option("--within", "within_s", default=0.5, show_default=True, help="Seconds, at most.")
def main(kills: int, seed: int, within_s: float) -> None:
    """Kill processes as they record, and print how many readings each record lacks."""
    moments = np.random.default_rng(seed)
    gone, readings = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(kills):
            path = Path(folder) / f"run-{number}.h5"
            readings.append(killed(path, moments.uniform(0, within_s)))
            gone.append(lost(path, readings[-1]))
    click.echo(
        f"{kills} processes killed after {min(readings)} to {max(readings)} readings; "
        f"all {kills} records open; most readings that one has lost: {max(0, *gone)}"
    )
    if max(gone) > 1:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
