"""A run as files of text and of numpy's arrays, which need no other library."""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.plain_about import COLUMNS, UNITS, about_layer, about_run
from speckhal.runs.record_facts import device_to_json
from speckhal.runs.record_names import group_of
from speckhal.runs.recorded_trace import blocks
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from speckhal.runs.run import Run


def to_csv(run: Run, path: str | os.PathLike[str], *, about: bool = False) -> None:
    """Write one line for each neuron of each reading.

    The columns are layer, time_s, duration_s, tick (empty where nobody counted), c, y, x, v_mem.
    Of a record no more than a few megabytes are in memory at once.

    Args:
        run: to write.
        path: of the file.
        about: whether lines with a `#` before them come first, with units, and with what is known
            of the run and of its layers, as JSON: `pandas.read_csv(path, comment="#")` skips them.

    Raises:
        OSError: the file cannot be written; what was there before stays.
    """
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        if about:
            text.writelines(f"# {line}\n" for line in _about_lines(run))
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for trace in run.traces:
            samples = itertools.chain.from_iterable(blocks(trace))
            for at, sample in enumerate(samples):
                tick = "" if trace.ticks is None else int(trace.ticks[at])
                times = f"{trace.time_s[at]:.9g}", f"{trace.duration_s[at]:.9g}"
                writer.writerows(
                    [trace.layer, *times, tick, *where, int(v_mem)]
                    for where, v_mem in np.ndenumerate(sample)
                )
        text.detach()  # which writes what is left, and leaves the file open


def _about_lines(run: Run) -> Iterator[str]:
    """What is known of the run, and of its layers, each on a line."""
    yield f"units: {json.dumps({'time_s': 's', 'duration_s': 's', **UNITS})}"
    for name, value in about_run(run).items():
        yield f"{name}: {value if name == 'provenance' else json.dumps(value)}"
    for layer in run.layers:
        known = {**about_layer(layer), "biases": layer.biases.tolist()}
        yield f"{group_of(layer.index)}: {json.dumps(known, default=str)}"


def to_npz(run: Run, path: str | os.PathLike[str]) -> None:
    """Write numpy's arrays, without pickle.

    They are `time_s`, `duration_s`, `v_mem`, `biases`, and `ticks` where they were counted, and
    `about`, JSON text, with the names that `speckhal leak --save` gives them, of the first layer
    that was read, and `wanted_biases`; and of each further one with its name before them, such as
    `layer_3_v_mem`. `speckhal.open_run` opens all of them as one run.

    Raises:
        InputError: no layer was read.
        OSError: the file cannot be written; what was there before stays.
    """
    if not run.traces:
        raise InputError(
            "Asked for the arrays of a run that read no layer.",
            hint="Its record has what was deployed: speckhal show FILE.",
        )
    arrays: dict[str, Any] = {}
    for number, (trace, layer) in enumerate(zip(run.traces, run.layers, strict=True)):
        prefix = f"{group_of(layer.index)}_" if number else ""
        for name in ("time_s", "duration_s", "v_mem", "ticks"):
            values = getattr(trace, name)
            if values is not None:
                arrays[prefix + name] = values
        arrays[f"{prefix}biases"] = layer.biases
        arrays[f"{prefix}wanted_biases"] = layer.wanted_biases
        about = {"rate_hz": None, **about_run(run), **about_layer(layer)}
        about["leak_enable"], about["device"] = layer.leak_enable, device_to_json(run.info)
        about["states"], about["start"] = run.provenance.states, run.provenance.start
        about["written"] = run.provenance.written.get(str(layer.index))
        about["units"] = {"time_s": "s", "duration_s": "s", **UNITS}
        about["axes_of_v_mem"] = ["time_s", "channel", "y", "x"]
        arrays[f"{prefix}about"] = np.array(json.dumps(about, default=str))
    with whole_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
