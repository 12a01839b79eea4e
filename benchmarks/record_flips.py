#!/usr/bin/env python3
"""Damages records, and counts what comes of it: the same values, or a sentence.

A byte is flipped, or with `--longest N` up to N are zeroed, set to one value or replaced.
Each damaged record, a finished one and one whose process was killed, is opened in a process of its
own, since what reads it is a library in C. Values that are silently wrong, an error that is no
sentence, a crash and a process that does not end are failures. Run it with
`python benchmarks/record_flips.py`.
"""

from __future__ import annotations

import collections
import importlib
import os
import signal
import tempfile
from pathlib import Path

import attrs
import click
import numpy as np

from speckhal import InputError, Reading, Run, open_run
from speckhal.runs.record_writer import RecordWriter

_KILLS = importlib.import_module("record_kills")  # which is beside this
HEADER, LAYERS = _KILLS.HEADER, _KILLS.LAYERS
READINGS = 6
MOST_S = 60


def make_records(folder: Path) -> list[Path]:
    """A finished record, and one whose process died."""
    for name in ("whole.h5", "dead.h5"):
        process = os.fork()
        if process == 0:
            generator = np.random.default_rng(0)
            writer = RecordWriter(HEADER, folder / name)
            writer.open()
            for number in range(READINGS):
                for layer in LAYERS:
                    v_mem = generator.integers(-99, 99, layer.shape).astype(np.int16)
                    writer.reading(Reading(layer.index, number, v_mem, number, number), number)
            if name == "whole.h5":
                writer.finish("DeviceFailed: no answer")
            os._exit(0)  # without closing the other
        os.waitpid(process, 0)
    return [folder / "whole.h5", folder / "dead.h5.partial"]


def values_of(run: Run) -> list[object]:
    """Everything that was read of a record, so that two can be compared."""
    kept: list[object] = [attrs.asdict(run.provenance), run.info, run.problem, run.is_partial]
    for layer in run.deployment.layers:
        kept += [repr(attrs.astuple(layer))]
    for trace in run.traces:
        ticks = None if trace.ticks is None else trace.ticks.tolist()
        kept += [trace.layer, trace.time_s.tolist(), ticks, trace.duration_s.tolist()]
        kept += [trace.v_mem.tolist()]
    return kept


def outcome(path: Path, right: list[object]) -> str:
    """What comes of opening a record, in a process of its own."""
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        signal.alarm(MOST_S)
        try:
            said = "same" if values_of(open_run(path)) == right else "wrong values"
        except InputError:
            said = "sentence"
        except BaseException as error:  # noqa: BLE001 - which is what is looked for
            said = f"error: {error!r}"
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as answer:
        said = answer.read()
    _, status = os.waitpid(process, 0)
    return said if said and not status else f"crash: {status}"


def damage(content: bytearray, generator: np.random.Generator, longest: int) -> str:
    """Flip a byte in place, or change up to `longest`; what was done, and where."""
    place = int(generator.integers(len(content)))
    if longest == 1:
        content[place] ^= int(generator.integers(1, 256))
        return f"byte {place} flipped"
    end = min(len(content), place + int(generator.integers(1, longest + 1)))
    done = str(generator.choice(["zeroed", "set", "replaced"]))
    match done:
        case "zeroed":
            content[place:end] = bytes(end - place)
        case "set":
            content[place:end] = bytes([int(generator.integers(1, 256))]) * (end - place)
        case _:
            content[place:end] = generator.bytes(end - place)
    return f"bytes {place} to {end - 1} {done}"


@click.command()
@click.option("--flips", default=500, show_default=True, help="Damages to each record.")
@click.option("--longest", default=1, show_default=True, help="Bytes of a damage, at most.")
@click.option("--seed", default=0, show_default=True, help="Of the damages.")
def main(flips: int, longest: int, seed: int) -> None:
    """Damage records, each time anew, and print what came of opening them."""
    generator = np.random.default_rng(seed)
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for path in make_records(Path(folder)):
            whole, right = path.read_bytes(), values_of(open_run(path))
            damaged = path.with_name("damaged.h5")
            for _ in range(flips):
                content = bytearray(whole)
                done = damage(content, generator, longest)
                damaged.write_bytes(content)
                said = outcome(damaged, right)
                counts[said] += 1
                if said not in {"same", "sentence"}:
                    click.echo(f"{path.name}, {done}: {said}")
    what = "flipped bytes" if longest == 1 else f"damages of up to {longest} bytes"
    click.echo(f"{2 * flips} {what}: {counts['same']} same, {counts['sentence']} sentences")
    if counts.keys() - {"same", "sentence"}:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
