"""Writes a run that is complete into a record of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from speckhal.runs.record_writer import RecordWriter

if TYPE_CHECKING:
    import os

    from speckhal.runs.run import Run


def save_run(run: Run, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a run that is complete into a record of its own.

    Args:
        run: with its traces. Whether it came of a partial record is not kept: this one is whole.
        path: of the record.
        overwrite: whether a record of that name may be replaced.

    Raises:
        InputError: no record can be written there, or there is one.
    """
    layers = [trace.layer for trace in run.traces]
    header = attrs.evolve(run, traces=())
    with RecordWriter(header, path, layers=layers, overwrite=overwrite) as writer:
        for trace in run.traces:
            writer.write_trace(trace)
        writer.finish(run.problem)
