"""A run as what other programs read: tables, arrays, pandas and xarray."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.record_layout import group_of
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import xarray as xr

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.runs.run import Run

_COLUMNS = ("layer", "time_s", "duration_s", "tick", "c", "y", "x", "v_mem")


def to_csv(run: Run, path: Path) -> None:
    """Write one line for each neuron of each reading.

    The columns are layer, time_s, duration_s, tick (empty where nobody counted), c, y, x, v_mem.

    Raises:
        OSError: the file cannot be written; what was there before stays.
    """
    with whole_file(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for trace in run.traces:
            for at, sample in enumerate(trace.v_mem):
                tick = "" if trace.ticks is None else int(trace.ticks[at])
                times = f"{trace.time_s[at]:.9g}", f"{trace.duration_s[at]:.9g}"
                writer.writerows(
                    [trace.layer, *times, tick, *where, int(v_mem)]
                    for where, v_mem in np.ndenumerate(sample)
                )
        text.detach()  # which writes what is left, and leaves the file open


def to_npz(run: Run, path: Path) -> None:
    """Write numpy's arrays, without pickle.

    They are `time_s`, `duration_s`, `v_mem`, `biases`, and `ticks` where they were counted, and
    `about`, JSON text, with the names that `speckhal leak --save` gives them, of the first layer
    that was read; and of each further one with its name before them, such as `layer_3_v_mem`.
    `speckhal.open_run` opens the first layer of it.

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
        about = {"rate_hz": None, **_about(run), **_about_layer(layer)}
        arrays[f"{prefix}about"] = np.array(json.dumps(about, default=str))
    with whole_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def to_pandas(run: Run) -> pd.DataFrame:
    """A table with one row for each neuron of each reading.

    Its columns are layer, time_s, duration_s, tick, c, y, x and v_mem. `tick` is of pandas' Int64,
    <NA> where nobody counted. `attrs` has what is known of the device and of the run.

    Raises:
        InputError: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415  # optional, slow import
    except ImportError as error:
        raise _absent("pandas") from error
    tables = [_table(pd, trace) for trace in run.traces]
    table: pd.DataFrame = (
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS)
    )
    table.attrs.update(_about(run))
    return table


def _table(pd: Any, trace: Trace) -> Any:
    samples = len(trace)
    neurons = int(np.prod(trace.shape))
    c, y, x = (axis.ravel() for axis in np.indices(trace.shape, np.int32))
    ticks = pd.array([pd.NA] * samples if trace.ticks is None else trace.ticks, dtype="Int64")
    columns = {
        "layer": np.full(samples * neurons, trace.layer),
        "time_s": np.repeat(trace.time_s, neurons),
        "duration_s": np.repeat(trace.duration_s, neurons),
        "tick": ticks.repeat(neurons),
        "c": np.tile(c, samples),
        "y": np.tile(y, samples),
        "x": np.tile(x, samples),
        "v_mem": trace.v_mem.ravel(),
    }
    return pd.DataFrame(columns)


def to_xarray(run: Run) -> xr.DataTree:
    """A tree with a dataset `layer_N` for each layer that was read.

    Each has `v_mem` (time_s, channel, y, x), `duration_s` and `ticks` (time_s), `biases` and
    `wanted_biases` (channel), their units as attributes, and what else is known of the layer as
    attributes of the dataset. It is what xarray.open_datatree gives of a record, with the run's
    problem and what is known of the device as attributes of the tree.

    Raises:
        InputError: xarray is not installed.
    """
    try:
        import xarray as xr  # noqa: PLC0415  # optional, slow import
    except ImportError as error:
        raise _absent("xarray") from error
    datasets = {
        group_of(layer.index): _dataset(xr, trace, layer)
        for trace, layer in zip(run.traces, run.layers, strict=True)
    }
    root = xr.Dataset(attrs=_about(run))
    tree: xr.DataTree = xr.DataTree.from_dict({"/": root, **datasets})
    return tree


def _dataset(xr: Any, trace: Trace, layer: DeployedLayer) -> Any:
    per_tick = {"units": "chip units per tick"}
    variables: dict[str, object] = {
        "v_mem": (
            ("time_s", "channel", "y", "x"),
            trace.v_mem,
            {"units": "chip units", "long_name": "membrane potential"},
        ),
        "duration_s": ("time_s", trace.duration_s, {"units": "s"}),
        "biases": ("channel", layer.biases, per_tick),
        "wanted_biases": ("channel", layer.wanted_biases, {"units": "network units per tick"}),
    }
    if trace.ticks is not None:
        variables["ticks"] = ("time_s", trace.ticks, {"units": "1"})
    axes = zip(("channel", "y", "x"), layer.shape, strict=True)
    coordinates: dict[str, object] = {name: np.arange(size, dtype=np.int32) for name, size in axes}
    coordinates["time_s"] = ("time_s", trace.time_s, {"units": "s"})
    return xr.Dataset(variables, coordinates, _about_layer(layer))


def _about(run: Run) -> dict[str, object]:
    """What is known of the device and of the run, as plain data."""
    return {
        "backend": run.info.backend,
        "board": run.info.board,
        "chip": run.info.chip.name,
        "serial_number": run.info.serial_number,
        "emulated": int(run.info.emulated),
        "run_id": run.provenance.run_id,
        "started_at": run.provenance.started_at,
        "problem": run.problem or "",
        "partial": int(run.is_partial),
        "provenance": json.dumps(attrs.asdict(run.provenance), default=str),
    }


def _about_layer(layer: DeployedLayer) -> dict[str, object]:
    """What is known of a layer besides its biases, as plain data."""
    names = ("core", "scale", "threshold_high", "threshold_low", "rate_hz")
    known = {name: getattr(layer, name) for name in names}
    about = {"layer": layer.index, "shape": list(layer.shape), **known}
    return {name: value for name, value in about.items() if value is not None}


def _absent(library: str) -> InputError:
    return InputError(
        f"Asked for a run in {library}, which is not installed.",
        hint="Install it: pip install 'speckhal[analysis]'",
    )
