"""Where a record may be written, who else may write there, and what becomes of what was there."""

from __future__ import annotations

import fcntl
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from python_process import run_python
from runs_made import readings, refuse_difference, run_of
from speckhal import InputError, open_run
from speckhal.runs.record_writer import RecordWriter
from speckhal.runs.save_run import save_run

if TYPE_CHECKING:
    from collections.abc import Callable

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
KILLS, FLIPS = BENCHMARKS / "record_kills.py", BENCHMARKS / "record_flips.py"


def test_a_record_that_is_there_is_refused_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    save_run(run_of(samples=2), path)
    with pytest.raises(InputError, match="there is one already") as refused:
        RecordWriter(run_of(), path)
    assert "overwrite=True" in str(refused.value.hint)
    with RecordWriter(run_of(), path, overwrite=True):
        assert len(open_run(path).trace()) == 2  # until the new one is finished
    assert len(open_run(path).trace()) == 0


@pytest.mark.parametrize("mode", ["r", "r+"])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_foreign_file_that_this_process_has_open_is_not_replaced(
    tmp_path: Path, libver: str, mode: str
) -> None:
    path = tmp_path / "mine.h5"
    with h5py.File(path, "w", libver=libver) as file:
        file["a"] = 1
    with h5py.File(path, mode), pytest.raises(InputError, match="a file of another kind"):
        save_run(run_of(), path, overwrite=True)


@pytest.mark.parametrize("strategy", [None, "page"])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("size", [0, 1000])
def test_a_foreign_file_that_is_not_written_out_yet_is_not_replaced(
    tmp_path: Path, size: int, libver: str, strategy: str | None
) -> None:
    path = tmp_path / "mine.h5"
    with h5py.File(path, "w", libver=libver, fs_strategy=strategy) as file:
        file["weights"] = range(size)
        with pytest.raises(InputError, match="only records are replaced"):
            save_run(run_of(), path, overwrite=True)
    with h5py.File(path) as file:
        assert len(file["weights"]) == size


def test_an_empty_file_that_somebody_has_open_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mine.h5"
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="only records are replaced"):
            save_run(run_of(), path, overwrite=True)
    save_run(run_of(), path, overwrite=True)


@pytest.mark.parametrize(("libver", "strategy"), [("earliest", None), ("latest", "page")])
def test_what_a_process_left_of_a_foreign_file_is_not_replaced(
    tmp_path: Path, libver: str, strategy: str | None
) -> None:
    path, left = tmp_path / "mine.h5", tmp_path / "left.h5"
    with h5py.File(path, "w", libver=libver, fs_strategy=strategy) as file:
        file["weights"] = range(1000)
        left.write_bytes(path.read_bytes())
    with pytest.raises(InputError, match="only records are replaced"):
        save_run(run_of(), left, overwrite=True)


def test_what_a_dead_process_left_is_refused_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "my run.h5"
    save_run(run_of(samples=2), tmp_path / "left.h5")
    (tmp_path / "left.h5").rename(tmp_path / "my run.h5.partial")
    with pytest.raises(InputError, match="of a run that never ended") as refused:
        save_run(run_of(), path)
    assert f"speckhal show '{path}.partial'" in str(refused.value.hint)
    assert len(open_run(path).trace()) == 2  # which is opened where there is no other
    save_run(run_of(samples=3), path, overwrite=True)
    assert [one.name for one in tmp_path.iterdir()] == ["my run.h5"]
    assert len(open_run(path).trace()) == 3


def test_what_a_process_left_that_was_killed_as_it_opened_a_record_is_removed_by_the_next(
    tmp_path: Path,
) -> None:
    path, name = tmp_path / "run.h5", ".run.h5.0123456789abcdef.partial"
    foreign = {"other.h5", ".run.h5.mine.partial", ".run.h4.0123456789abcdef.partial"}
    for one in (name, *foreign):
        (tmp_path / one).write_bytes(b"the beginning of a record")
    with (tmp_path / name).open("rb") as living:
        fcntl.flock(living, fcntl.LOCK_SH)
        save_run(run_of(), path)
        assert (tmp_path / name).exists()
    save_run(run_of(), path, overwrite=True)
    assert {one.name for one in tmp_path.iterdir()} == {"run.h5", *foreign}


def test_two_records_are_opened_at_the_same_moment(tmp_path: Path) -> None:
    """Also where one process looks for what was left just before the other holds its file."""
    path = tmp_path / "run.h5"
    flock = fcntl.flock
    seen: list[Path] = []

    def remove_first(file: Any, how: int) -> None:
        if how & fcntl.LOCK_SH and not seen:
            seen.extend(tmp_path.glob(".run.h5.*"))
            save_run(run_of(), tmp_path / "run.h5", overwrite=True)
            assert not seen[0].exists()
        flock(file, how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fcntl.flock", remove_first)
        with RecordWriter(run_of(samples=2), path, overwrite=True):
            assert [one.name for one in seen] != []
    assert [one.name for one in tmp_path.iterdir()] == ["run.h5"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_runs_are_not_recorded_to_one_file_at_once(tmp_path: Path, *, overwrite: bool) -> None:
    run = run_of()
    path = tmp_path / "run.h5"
    with RecordWriter(run, path) as writer:
        with pytest.raises(InputError, match="another run is being recorded there") as refused:
            RecordWriter(run_of(), path, overwrite=overwrite)
        assert f"{path}.partial" in str(refused.value.hint)
        for reading, time_s in readings(run):
            writer.reading(reading, time_s)
    assert [one.name for one in tmp_path.iterdir()] == ["run.h5"]
    refuse_difference(run, open_run(path))


def test_a_file_that_came_meanwhile_is_left_and_so_is_the_record(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with (
        pytest.raises(InputError, match="by now there is another file"),
        RecordWriter(run_of(), path) as writer,
    ):
        path.write_text("mine")
    assert path.read_text() == "mine"
    assert not open_run(writer.partial_path).is_partial


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "run.h5"
    link.symlink_to(tmp_path / "there" / "real.h5")
    save_run(run_of(), link)
    assert link.is_symlink()
    assert [one.name for one in (tmp_path / "there").iterdir()] == ["real.h5"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("leads_to", ["nothing", "a record"])
def test_a_link_under_the_name_that_a_record_grows_under_stays(
    tmp_path: Path, leads_to: str, *, overwrite: bool
) -> None:
    path, link = tmp_path / "run.h5", tmp_path / "run.h5.partial"
    writer = RecordWriter(run_of(), path, overwrite=True)
    if leads_to == "a record":
        save_run(run_of(), tmp_path / "a record")
    link.symlink_to(leads_to)
    tries: tuple[Callable[[], object], ...] = (
        lambda: RecordWriter(run_of(), path, overwrite=overwrite),
        writer.open,  # it came after the place was looked at
    )
    for refused in tries:
        with pytest.raises(InputError, match=r"grows as run\.h5\.partial, and that is a link;"):
            refused()
    assert link.is_symlink()
    assert not path.exists()


def test_places_where_no_record_can_be_get_a_sentence(tmp_path: Path) -> None:
    for path, said in {
        tmp_path: "a folder",
        tmp_path / "none" / "run.h5": "there is no folder",
        tmp_path / "run.h5.partial": "of records that nobody finished",
        tmp_path / ("x" * 300): "longer than the file system permits",
        Path("/dev/null"): "not a file",
    }.items():
        with pytest.raises(InputError, match=re.escape(said)) as refused:
            RecordWriter(run_of(), path)
        assert refused.value.hint
    assert not list(tmp_path.iterdir())


def test_a_full_disk_gets_a_sentence_and_what_was_written_stays(tmp_path: Path) -> None:
    done = run_python("-c", FULL, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    not_made, said, taken = done.stdout.splitlines()
    assert not_made.startswith("Asked to record to none.h5, and ")
    assert [one.name for one in tmp_path.iterdir()] == ["run.h5.partial"]
    assert said.startswith("Could not record any more to run.h5: ")
    assert "What was recorded until then is in " in said
    run = open_run(tmp_path / "run.h5")
    assert run.is_partial
    assert len(run.trace()) == int(taken) > 0
    assert run.trace().v_mem.shape == (int(taken), 16, 16, 16)


FULL = f"""
import resource, sys
sys.path.insert(0, {str(Path(__file__).parents[2] / "support")!r})
from runs_made import *
from speckhal import InputError, open_run
from speckhal.runs.record_writer import RecordWriter
import numpy as np

run = run_of(layer(0, (16, 16, 16)))
resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, -1))  # like a disk that is nearly full
try:
    RecordWriter(run, "none.h5").open()
except InputError as error:
    print(str(error).splitlines()[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
values = np.random.default_rng(0).integers(-99, 99, (16, 16, 16))
taken = 0
try:
    with RecordWriter(run, "run.h5") as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, -1))  # like a full disk
        while True:
            writer.reading(Reading(0, taken, values.astype(np.int16), taken), taken)
            taken += 1
except InputError as error:
    print(error)
print(taken)
assert len(open_run("run.h5").trace().v_mem) == taken, "in the process itself too"
"""


def test_a_killed_process_loses_at_most_the_reading_at_work() -> None:
    done = run_python(KILLS, "--kills", "4", "--within", "0.1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all 4 records open" in done.stdout


def test_a_flipped_byte_gets_a_sentence_or_changes_nothing() -> None:
    done = run_python(FLIPS, "--flips", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "40 flipped bytes" in done.stdout
