"""No command writes over what it reads, two outputs into one file, a record over another file."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import pytest
from click.testing import CliRunner, Result

import speckhal
from runs_made import run_of
from speckhal import InputError
from speckhal.cli import main
from speckhal.runs.record_place import refuse_place
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.replay.backend import ReplayBackend
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from collections.abc import Callable


def typed(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a record, and a link to it."""
    monkeypatch.chdir(tmp_path)
    assert typed("leak", "--ticks", 2, "--record", "run.h5", "--save", "run.npz").exit_code == 0
    Path("link.h5").symlink_to("run.h5")
    os.link("run.h5", "hard.h5")
    return tmp_path


@pytest.mark.parametrize("place", ["run.h5", "link.h5", "hard.h5", "./run.h5", "../{lab}/run.h5"])
@pytest.mark.parametrize(
    "command",
    [
        ["compare", "run.h5", "mock", "--record-b"],
        ["compare", "mock", "./link.h5", "--record-a"],
        ["compare", "replay:run.h5", "mock", "--record-b"],
        ["compare", "mock", "replay:link.h5", "--record-b"],
        ["leak", "--backend", "replay:run.h5", "--record"],
        ["leak", "--backend", "replay:link.h5", "--record"],
    ],
    ids=" ".join,
)
def test_the_record_that_is_read_is_not_replaced(lab: Path, command: list[str], place: str) -> None:
    before = Path("run.h5").read_bytes()

    done = typed(*command, place.format(lab=lab.name), "--overwrite")

    assert done.exit_code == 2
    assert "that is the record that is read" in done.stderr
    assert Path("run.h5").read_bytes() == before
    assert Path("link.h5").is_symlink()


@pytest.mark.usefixtures("lab")
def test_what_a_run_left_is_not_replaced_while_it_is_read() -> None:
    Path("run.h5").rename("left.h5.partial")
    before = Path("left.h5.partial").read_bytes()

    for read in ("left.h5", "left.h5.partial"):
        done = typed("compare", f"./{read}", "mock", "--record-b", "left.h5", "--overwrite")
        assert "that is the record that is read" in done.stderr
        replay = typed("leak", "--backend", f"replay:{read}", "--record", "left.h5", "--overwrite")
        assert "that is the record that is read" in replay.stderr
        assert Path("left.h5.partial").read_bytes() == before


@pytest.mark.usefixtures("lab")
def test_arrays_that_are_replayed_are_not_replaced() -> None:
    before = Path("run.npz").read_bytes()
    done = typed("leak", "--backend", "replay:run.npz", "--save", "run.npz")
    assert "that is the record that is read" in done.stderr
    assert Path("run.npz").read_bytes() == before


@pytest.mark.usefixtures("lab")
def test_python_does_not_replace_the_record_that_it_replays() -> None:
    before = Path("run.h5").read_bytes()
    with speckhal.open_device("replay:run.h5") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        network = ReplayBackend().example()
        device.deploy(network.network, input_shape=network.input_shape, leak=leak)
        with pytest.raises(InputError, match="that is the record that is read"):
            speckhal.run_leak(device, ticks=2, record="link.h5", overwrite=True)
        speckhal.run_leak(device, ticks=2, record="other.h5", overwrite=True)
    assert Path("run.h5").read_bytes() == before


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    "arguments",
    [
        ["leak", "--ticks", "2", "--record", "new", "--csv", "new.csv"],
        ["leak", "--ticks", "2", "--record", "new", "--save", "new.npz"],
        ["leak", "--ticks", "2", "--csv", "new.csv", "--plot", "new.png"],
        ["compare", "mock", "mock", "--ticks", "2", "--record-a", "new", "--record-b", "new.h5"],
        ["compare", "mock", "mock", "--ticks", "2", "--record-a", "new", "--plot", "new.png"],
        ["sweep", "--over", "bias=-4", "--over", "ticks=2", "--file", "new", "--csv", "new.csv"],
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-4]} {arguments[-2]}",
)
def test_no_two_outputs_are_one_file(arguments: list[str]) -> None:
    """Here each by a name of its own, one of which is a link to where the other will be."""
    Path(arguments[-1]).symlink_to(arguments[-3])

    done = typed(*arguments)

    assert done.exit_code == 2
    assert f"Asked for {arguments[-4]} and {arguments[-2]} in one file" in done.stderr
    assert not Path(arguments[-3]).exists()


def _write(kind: str, path: Path) -> None:
    if kind == "text":
        path.write_text("def lif(): ...")
    elif kind == "other HDF5":
        with h5py.File(path, "w") as file:
            file["weights"] = [1, 2, 3]
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("data.pkl", b"weights")
    elif kind == "record":
        save_run(run_of(), path)
    elif kind == "cut record":
        save_run(run_of(), path)
        path.write_bytes(path.read_bytes()[:100])
    else:
        path.touch()


@pytest.mark.parametrize("kind", ["text", "other HDF5", "zip"])
def test_a_record_replaces_no_file_of_another_kind(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.h5"
    _write(kind, path)
    before = path.read_bytes()

    done = typed("leak", "--ticks", 2, "--record", path, "--overwrite")

    assert done.exit_code == 2
    assert "only records are replaced" in done.stderr
    with pytest.raises(InputError, match="only records are replaced"):
        save_run(run_of(), path, overwrite=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["text", "other HDF5", "zip"])
def test_a_record_grows_over_no_file_of_another_kind(tmp_path: Path, kind: str) -> None:
    path, mine = tmp_path / "run.h5", tmp_path / "run.h5.partial"
    writer = RecordWriter(run_of(), path, overwrite=True)
    _write(kind, mine)
    before = mine.read_bytes()

    done = typed("leak", "--ticks", 2, "--record", path, "--overwrite")

    assert done.exit_code == 2
    tries: tuple[Callable[[], object], ...] = (
        lambda: save_run(run_of(), path, overwrite=True),
        lambda: refuse_place(path, overwrite=False),
        writer.open,  # it came after the place was looked at
    )
    for refused in tries:
        with pytest.raises(InputError, match=r"as run\.h5\.partial, and that is a file of anot"):
            refused()
    assert mine.read_bytes() == before
    assert not path.exists()


def test_a_file_that_came_while_a_record_grew_stays(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"

    def record() -> None:
        with RecordWriter(run_of(), path, overwrite=True):
            _write("text", path)

    with pytest.raises(InputError, match="by now there is another file of that name"):
        record()
    assert path.read_text() == "def lif(): ..."
    assert not speckhal.open_run(tmp_path / "run.h5.partial").is_partial


@pytest.mark.parametrize("kind", ["record", "cut record", "empty"])
def test_a_record_replaces_another_where_it_may(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.h5"
    _write(kind, path)
    refuse_place(path, overwrite=True)
    path.rename(tmp_path / "mine.h5.partial")
    save_run(run_of(), path, overwrite=True)


def test_arrays_of_a_leak_are_replaced_as_records_are(lab: Path) -> None:
    arrays = (lab / "run.npz").rename(lab / "arrays")
    refuse_place(arrays, overwrite=True)


@pytest.mark.parametrize("ending", [".csv", ".npz", ".png", ".zarr", ".html", ".NC", ".h5.gz"])
def test_a_record_has_no_ending_of_another_kind_of_file(tmp_path: Path, ending: str) -> None:
    done = typed("leak", "--ticks", 2, "--record", tmp_path / f"run{ending}")
    assert "that ending is of another kind of file" in done.stderr
    assert "run.h5" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ending", "line"),
    [
        (".csv", "speckhal export 'my runs/a.h5' -o 'my runs/a.csv'"),
        (".html", "speckhal report 'my runs/a.h5' -o 'my runs/a.html'"),
        (".zarr", "speckhal.open_run('my runs/a.h5').to_xarray().to_zarr('my runs/a.zarr')"),
    ],
)
def test_what_makes_that_kind_of_file_can_be_typed_as_it_is_said(ending: str, line: str) -> None:
    with pytest.raises(InputError) as refused:
        refuse_place(Path(f"my runs/a{ending}"), overwrite=False)
    where = ", in Python" * line.startswith("speckhal.")
    assert str(refused.value.hint).endswith(f"Afterwards{where}: {line}")


def test_a_record_that_has_such_an_ending_since_earlier_is_replaced(tmp_path: Path) -> None:
    save_run(run_of(), tmp_path / "run.h5")
    path = (tmp_path / "run.h5").rename(tmp_path / "run.db")
    with pytest.raises(InputError, match="there is one already"):
        refuse_place(path, overwrite=False)
    refuse_place(path, overwrite=True)


@pytest.mark.parametrize("ending", ["", ".hdf5", ".2026-11"])
def test_a_record_may_have_any_other_ending(tmp_path: Path, ending: str) -> None:
    done = typed("leak", "--ticks", 2, "--record", tmp_path / f"run{ending}")
    assert done.exit_code == 0, done.stderr


def test_a_table_of_a_sweep_ends_in_csv(tmp_path: Path) -> None:
    done = typed("sweep", "--over", "bias=-4", "--over", "ticks=2", "--csv", tmp_path / "x.foo")
    assert "--csv does not write that kind of file" in done.stderr
    assert not list(tmp_path.iterdir())
