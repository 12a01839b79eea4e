"""A run as what other programs read: tables, arrays, netCDF, pandas and xarray."""

from __future__ import annotations

import csv
import errno
import importlib.util
import io
import itertools
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.record_layout import as_hdf5_text, group_of
from speckhal.runs.record_place import PARTIAL
from speckhal.runs.recorded_trace import blocks
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import xarray as xr

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.runs.run import Run

_UNITS: Final = {"v_mem": "chip units", "biases": "chip units per tick", "tick": "1"}
_COLUMNS = ("layer", "time_s", "duration_s", "tick", "c", "y", "x", "v_mem")


def to_csv(run: Run, path: Path, *, about: bool = False) -> None:
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
        writer.writerow(_COLUMNS)
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
    yield f"units: {json.dumps({'time_s': 's', 'duration_s': 's', **_UNITS})}"
    for name, value in _about(run).items():
        yield f"{name}: {value if name == 'provenance' else json.dumps(value)}"
    for layer in run.layers:
        known = {**_about_layer(layer), "biases": layer.biases.tolist()}
        yield f"{group_of(layer.index)}: {json.dumps(known, default=str)}"


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
        about["units"] = {"time_s": "s", "duration_s": "s", **_UNITS}
        about["axes_of_v_mem"] = ["time_s", "channel", "y", "x"]
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

    Each has `v_mem` (time_s, channel, y, x), `duration_s` (time_s), `biases` and `wanted_biases`
    (channel), and `ticks` (time_s) as a coordinate besides those of the axes, their units as
    attributes, and what else is known of the layer as attributes of the dataset. It is what
    xarray.open_datatree gives of a record, with the run's problem and what is known of the device
    as attributes of the tree.

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


def to_netcdf(run: Run, path: Path) -> None:
    """Write the tree of `to_xarray` as netCDF-4: a group for each layer that was read, compressed.

    `xarray.open_datatree(path)` opens it, or `xarray.open_dataset(path, group="layer_0")` a layer.

    Raises:
        InputError: xarray, or h5netcdf, which it writes with, is not installed.
        OSError: the file cannot be written; what was there before stays.
    """
    tree = to_xarray(run)
    if importlib.util.find_spec("h5netcdf") is None:
        raise _absent("netCDF by h5netcdf")
    packed = {"v_mem": {"zlib": True, "complevel": 1, "shuffle": True}}
    encoding = {f"/{group_of(trace.layer)}": packed for trace in run.traces if len(trace)}
    # beside it, since it may be too large for where temporary files go
    beside = Path(os.path.realpath(path)).parent
    with (
        whole_file(path) as file,
        tempfile.TemporaryDirectory(prefix=".", suffix=PARTIAL, dir=beside) as folder,
    ):
        written = Path(folder) / "run.nc"
        try:
            tree.to_netcdf(written, engine="h5netcdf", encoding=encoding)
        except RuntimeError as error:  # HDF5's own, where the disk is full
            raise OSError(errno.EIO, str(error)) from error
        with written.open("rb") as whole:
            shutil.copyfileobj(whole, file)


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
    axes = zip(("channel", "y", "x"), layer.shape, strict=True)
    coordinates: dict[str, object] = {name: np.arange(size, dtype=np.int32) for name, size in axes}
    coordinates["time_s"] = ("time_s", trace.time_s, {"units": "s"})
    if trace.ticks is not None:
        coordinates["ticks"] = ("time_s", trace.ticks, {"units": "1"})
    return xr.Dataset(variables, coordinates, _about_layer(layer))


def _about(run: Run) -> dict[str, object]:
    """What is known of the device and of the run, as plain data."""
    return {
        "backend": as_hdf5_text(run.info.backend),
        "board": as_hdf5_text(run.info.board),
        "chip": as_hdf5_text(run.info.chip.name),
        "serial_number": as_hdf5_text(run.info.serial_number),
        "emulated": int(run.info.emulated),
        "run_id": as_hdf5_text(run.provenance.run_id),
        "started_at": as_hdf5_text(run.provenance.started_at),
        "problem": as_hdf5_text(run.problem or ""),
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
