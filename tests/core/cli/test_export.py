"""`speckhal export`: a run as csv, npz and netCDF, each of which opens in one line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner, Result

from runs_made import layer, readings, run_of
from speckhal import Run, open_run
from speckhal.cli import main
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = (layer(0), layer(3, (1, 2, 2)))


def _export(file: Path, out: Path) -> Result:
    return CliRunner().invoke(main, ["export", str(file), "-o", str(out)])


@pytest.fixture
def record(tmp_path: Path) -> Path:
    save_run(run_of(*LAYERS), tmp_path / "run.h5")
    return tmp_path / "run.h5"


@pytest.mark.parametrize("ending", ["csv", "npz", "nc", "NC"])
def test_each_kind_is_written_with_all_layers_and_read_in_one_line(
    record: Path, ending: str
) -> None:
    out = record.with_name(f"out.{ending}")
    done = _export(record, out)
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "out." + ending + ": 5 readings of layer 0, 5 readings of layer 3." in said
    run = open_run(record)
    read = {"csv": _csv, "npz": _npz, "nc": _netcdf}[ending.lower()]
    read(out, run)
    assert {one.name for one in record.parent.iterdir()} == {record.name, out.name}


def _csv(out: Path, run: Run) -> None:
    import pandas as pd

    table = pd.read_csv(out, comment="#")
    for trace in run.traces:
        of_layer = table[table.layer == trace.layer]
        np.testing.assert_array_equal(of_layer.v_mem, trace.v_mem.ravel())
        np.testing.assert_allclose(of_layer.time_s.unique(), trace.time_s)
        assert of_layer.tick.unique().tolist() == [0, 1, 2, 3, 4]
        assert of_layer[["c", "y", "x"]].max().tolist() == [size - 1 for size in trace.shape]
    about = dict(
        line[2:].rstrip("\n").split(": ", 1)
        for line in out.read_text("utf-8").splitlines()
        if line.startswith("# ")
    )
    assert json.loads(about["units"])["v_mem"] == "chip units"
    assert json.loads(about["provenance"])["run_id"] == "run-1"
    assert json.loads(about["serial_number"]) == run.info.serial_number
    assert json.loads(about["layer_3"])["biases"] == [-13]


def _npz(out: Path, run: Run) -> None:
    arrays = np.load(out)
    np.testing.assert_array_equal(arrays["v_mem"], run.trace(0).v_mem)
    np.testing.assert_array_equal(arrays["layer_3_v_mem"], run.trace(3).v_mem)
    np.testing.assert_array_equal(arrays["layer_3_ticks"], run.trace(3).ticks)
    about = json.loads(str(arrays["layer_3_about"]))
    assert about["units"]["v_mem"] == "chip units"
    assert about["axes_of_v_mem"] == ["time_s", "channel", "y", "x"]
    assert json.loads(about["provenance"])["run_id"] == "run-1"
    arrays.close()


def _netcdf(out: Path, run: Run) -> None:
    import xarray as xr

    with xr.open_datatree(out) as tree:
        for trace in run.traces:
            v_mem = tree[f"layer_{trace.layer}"]["v_mem"]
            np.testing.assert_array_equal(v_mem, trace.v_mem)
            assert set(v_mem.coords) == {"time_s", "ticks", "channel", "y", "x"}
            assert v_mem.attrs["units"] == "chip units"
            assert v_mem["time_s"].attrs["units"] == "s"
        assert json.loads(tree.attrs["provenance"])["run_id"] == "run-1"
        assert tree.attrs["serial_number"] == run.info.serial_number


@pytest.mark.parametrize("ending", ["csv", "npz", "nc"])
def test_a_partial_record_is_exported_and_says_so_in_the_file_too(
    tmp_path: Path, ending: str
) -> None:
    run, out = run_of(*LAYERS), tmp_path / f"out.{ending}"
    with RecordWriter(run, tmp_path / "run.h5", layers=[0]) as writer:
        for reading, time_s in list(readings(run))[:3:2]:
            writer.reading(reading, time_s)
        done = _export(writer.partial_path, out)
    assert done.exit_code == 0, done.output
    assert "The record was never finished" in done.output
    if ending == "csv":
        assert "# partial: 1\n" in out.read_text("utf-8")
    elif ending == "npz":
        with np.load(out) as arrays:
            assert json.loads(str(arrays["about"]))["partial"] == 1
    else:
        import xarray as xr

        with xr.open_datatree(out) as tree:
            assert tree.attrs["partial"] == 1
            assert tree["layer_0"]["v_mem"].shape == (2, 2, 1, 3)


@pytest.mark.parametrize("ending", ["csv", "npz", "nc"])
def test_a_file_that_is_there_is_replaced_by_a_whole_one_or_stays(
    record: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    out = record.with_name(f"out.{ending}")
    out.write_text("mine")
    broken = record.with_name("broken.h5")
    broken.write_bytes(record.read_bytes()[:9000])
    assert _export(broken, out).exit_code == 2
    assert out.read_text() == "mine"
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", _full)
        done = _export(record, out)
    assert done.exit_code == 2
    assert "there is no space left on the device" in " ".join(done.output.split())
    assert out.read_text() == "mine"
    assert _export(record, out).exit_code == 0
    assert b"mine" not in out.read_bytes()[:4]
    assert len(list(record.parent.iterdir())) == 3


def _full(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_wrong_name_gets_a_sentence_before_anything_is_read(record: Path, tmp_path: Path) -> None:
    for out, said in {
        "x.h5": "that ending is of no kind of file that is written",
        "x": "that ending is of no kind",
        "none/x.nc": "there is no folder",
    }.items():
        done = _export(tmp_path / "no such record.h5", tmp_path / out)
        assert done.exit_code == 2
        assert said in " ".join(done.output.split())
    renamed = record.rename(tmp_path / "run.nc")
    done = _export(renamed, renamed)
    assert done.exit_code == 2
    assert "to itself" in done.output
    assert not open_run(renamed).is_partial
    done = _export(tmp_path / "no such record.h5", tmp_path / "x.nc")
    assert "there is no such file" in " ".join(done.output.split())


def test_arrays_of_before_can_be_exported(record: Path, tmp_path: Path) -> None:
    assert _export(record, tmp_path / "x.npz").exit_code == 0
    assert _export(tmp_path / "x.npz", tmp_path / "x.nc").exit_code == 0


@pytest.mark.parametrize("library", ["xarray", "h5netcdf"])
def test_an_absent_library_gets_the_command_that_installs_it(
    record: Path, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    done = _export(record, record.with_name("x.nc"))
    assert done.exit_code == 2
    assert library in done.output
    assert "pip install 'speckhal[analysis]'" in " ".join(done.output.split())
    assert [one.name for one in record.parent.iterdir()] == [record.name]
