"""What other programs get of a run has every value of it."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from runs_made import layer, refuse_difference, run_of
from speckhal import InputError, compare, open_run
from speckhal.runs.analysis_exports import to_netcdf, to_pandas, to_xarray
from speckhal.runs.exports import to_csv, to_npz
from speckhal.runs.record import LeakRecord
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speckhal import Run


@pytest.fixture
def run() -> Run:
    return run_of(layer(0), layer(3, (1, 2, 2)), problem="KeyboardInterrupt")


def test_csv_has_a_line_for_each_neuron_of_each_reading(tmp_path: Path, run: Run) -> None:
    to_csv(run, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 * 6 + 5 * 4
    last = {"layer": "3", "time_s": "0.4", "duration_s": "0", "tick": "4", "c": "0", "y": "1"}
    assert rows[-1] == {**last, "x": "1", "v_mem": str(run.trace(3).v_mem[4, 0, 1, 1])}


def test_npz_has_every_layer_and_opens_as_a_run(tmp_path: Path, run: Run) -> None:
    to_npz(run, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["v_mem"], run.trace(0).v_mem)
        np.testing.assert_array_equal(arrays["layer_3_v_mem"], run.trace(3).v_mem)
    opened = open_run(tmp_path / "x.npz")
    layers = zip(opened.deployment.layers, run.deployment.layers, strict=True)
    for place, (one, other) in enumerate([*layers, *zip(opened.traces, run.traces, strict=True)]):
        refuse_difference(one, other, str(place))
    known = attrs.evolve(run.provenance, has_all_layers=False)
    refuse_difference(opened.provenance, known, "provenance")
    assert (opened.info, opened.problem) == (run.info, "KeyboardInterrupt")
    with pytest.raises(InputError, match="read no layer"):
        to_npz(run_of(layer(0), traces=()), tmp_path / "none.npz")


@pytest.mark.parametrize(
    "write", [to_csv, to_npz, to_netcdf, LeakRecord.save_npz, LeakRecord.save_csv]
)
def test_a_path_may_be_text(tmp_path: Path, run: Run, write: Callable[[Any, str], None]) -> None:
    write(run.records[0] if "LeakRecord" in write.__qualname__ else run, str(tmp_path / "x"))
    assert (tmp_path / "x").stat().st_size


def test_npz_whose_layers_have_names_of_others_gets_a_sentence(tmp_path: Path, run: Run) -> None:
    to_npz(run, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as loaded:
        arrays = {name.replace("layer_3", "layer_4"): values for name, values in loaded.items()}
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(InputError, match="damaged, or not what speckhal wrote"):
        open_run(tmp_path / "x.npz")


def test_what_arrays_of_one_layer_do_not_say_is_unknown_and_not_different(
    tmp_path: Path, run: Run
) -> None:
    run.records[0].save_npz(tmp_path / "one.npz")

    compared = compare(run, open_run(tmp_path / "one.npz"))

    assert compared.agrees
    assert not compared.deployed_differently
    assert [*compared.notes[:1], *compared.notes[2:]] == [
        "Layer 3 was read in a only.",
        "The scale of layer 0 is unknown in b.",
    ]


def test_pandas_gets_a_tidy_table(run: Run) -> None:
    table = to_pandas(run)
    assert list(table) == ["layer", "time_s", "duration_s", "tick", "c", "y", "x", "v_mem"]
    one = table[(table.layer == 0) & (table.tick == 2) & (table.c == 1) & (table.x == 2)]
    assert one.v_mem.tolist() == [run.trace(0).v_mem[2, 1, 0, 2]]
    assert table.attrs["board"] == "Speck9DevKit"
    assert to_pandas(run_of(layer(0), traces=())).empty


def test_xarray_gets_what_it_reads_of_a_record(tmp_path: Path, run: Run) -> None:
    import xarray as xr

    save_run(run, tmp_path / "x.h5")
    tree = to_xarray(run)
    assert tree.attrs["problem"] == "KeyboardInterrupt"
    with xr.open_datatree(tmp_path / "x.h5", engine="h5netcdf") as opened:
        for name in ("layer_0", "layer_3"):
            recorded = opened[name].to_dataset().drop_vars("crc32")
            xr.testing.assert_equal(tree[name].to_dataset(), recorded)
    at = tree["layer_0"]["v_mem"].sel(time_s=0.2, channel=1)
    np.testing.assert_array_equal(at, run.trace(0).v_mem[2, 1])


@pytest.mark.parametrize(("library", "export"), [("pandas", to_pandas), ("xarray", to_xarray)])
def test_an_absent_library_gets_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, run: Run, library: str, export: Callable[[Run], object]
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=library) as refused:
        export(run)
    assert refused.value.hint == "Install it: pip install 'speckhal[analysis]'"
