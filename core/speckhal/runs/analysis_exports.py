"""A run as what the libraries of the extra `analysis` have: pandas, xarray and netCDF."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.runs.plain_about import COLUMNS, about_layer, about_run
from speckhal.runs.record_names import group_of
from speckhal.runs.record_place import PARTIAL
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.runs.plain_about import ExportedRun


def to_pandas(run: ExportedRun) -> pd.DataFrame:
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
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
    )
    table.attrs.update(about_run(run))
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


def to_xarray(run: ExportedRun) -> xr.DataTree:
    """A tree with a dataset `layer_N` for each layer that was read.

    Each has `v_mem` (time_s, channel, y, x), `duration_s` (time_s), `biases` and `wanted_biases`
    (channel), and `ticks` (time_s) as a coordinate besides those of the axes, their units as
    attributes, and what else is known of the layer as attributes of the dataset. It is what
    xarray.open_datatree gives of a record, without its checksums, and with the run's problem and
    what is known of the device as attributes of the tree.

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
    root = xr.Dataset(attrs=about_run(run))
    tree: xr.DataTree = xr.DataTree.from_dict({"/": root, **datasets})
    return tree


def to_netcdf(run: ExportedRun, path: str | os.PathLike[str]) -> None:
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
    return xr.Dataset(variables, coordinates, about_layer(layer))


def _absent(library: str) -> InputError:
    return InputError(
        f"Asked for a run in {library}, which is not installed.",
        hint="Install it: pip install 'speckhal[analysis]'",
    )
