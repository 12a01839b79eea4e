"""The file of a sweep: what was added stays, what is foreign is refused."""

from __future__ import annotations

import csv
import math
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from speckhal import InputError
from speckhal.runs.sweep.measuring import Outcome
from speckhal.runs.sweep.points import SweepPoint
from speckhal.runs.sweep.sweep_file import SweepFile
from speckhal.runs.sweep.table import SweepTable


def point(key: str, **values: Any) -> SweepPoint:
    return SweepPoint(values, {}, key)


def test_rows_come_back_in_the_order_of_the_points_with_all_columns(tmp_path: Path) -> None:
    kept = SweepFile(tmp_path / "sweep.sqlite")
    kept.add(Outcome("b", [{"on": True, "x": 1}, {"on": True, "x": 2, 'odd "name"': "é"}]))
    kept.add(Outcome("a", [{"on": False, "error": "broke"}], failed=True))
    kept.close()
    kept = SweepFile(tmp_path / "sweep.sqlite")

    table = kept.table([point("a", on=False), point("b", on=True), point("c")])

    assert [(row["on"], row["x"]) for row in table.rows] == [(False, None), (True, 1), (True, 2)]
    assert table.rows[0]["on"] is False
    assert table.rows[2]['odd "name"'] == "é"
    assert table.failures == (table.rows[0],)
    assert repr(table) == "<SweepTable of 3 points, 1 of which failed, 3 rows>"
    assert kept.finished() == {"b"}
    kept.close()


def test_a_point_that_is_added_again_replaces_what_it_had(tmp_path: Path) -> None:
    kept = SweepFile(None)
    kept.add(Outcome("a", [{"error": "broke"}], failed=True))
    kept.add(Outcome("a", [{"x": 1}]))

    assert kept.table([point("a")]).rows == ({"error": None, "x": 1},)
    assert kept.finished() == {"a"}
    kept.close()


def test_the_file_opens_with_pandas_in_one_line(tmp_path: Path) -> None:
    kept = SweepFile(tmp_path / "sweep.sqlite")
    kept.add(Outcome("a", [{"x": 1}]))
    kept.close()

    database = sqlite3.connect(tmp_path / "sweep.sqlite")
    frame = pd.read_sql("select x from points", database)
    database.close()

    assert frame.x.tolist() == [1]


def test_a_new_file_has_no_ending_of_another_kind_of_file(tmp_path: Path) -> None:
    for ending in (".csv", ".h5", ".json"):
        with pytest.raises(InputError, match="of another kind of file") as refused:
            SweepFile(tmp_path / f"s{ending}")
        assert refused.value.hint == f"Give a name such as {tmp_path / 's.sqlite'}."
    assert not list(tmp_path.iterdir())
    for ending in (".DB", ".2026-11", ""):
        SweepFile(tmp_path / f"s{ending}").close()


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\0" + b"x" * 200])
def test_a_foreign_file_is_refused_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)

    with pytest.raises(InputError, match="Asked to keep a sweep in"):
        SweepFile(file)

    assert file.read_bytes() == content


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("CREATE TABLE t (x)")
    database.close()

    with pytest.raises(InputError, match="a database of something else"):
        SweepFile(tmp_path / "other.db")


def test_a_file_that_another_program_holds_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("speckhal.runs.sweep.sweep_file._PATIENCE_S", 0)
    path = tmp_path / "sweep.sqlite"
    kept = SweepFile(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(InputError, match="locked") as caught:
        kept.add(Outcome("a", [{"x": 1}]))

    other.close()
    assert "Close the program" in str(caught.value.hint)
    kept.add(Outcome("a", [{"x": 1}]))
    assert kept.finished() == {"a"}
    kept.close()


def test_a_full_disk_is_named_and_what_was_there_stays(tmp_path: Path) -> None:
    kept = SweepFile(tmp_path / "sweep.sqlite")
    kept.add(Outcome("a", [{"x": 1}]))
    kept._database.execute("PRAGMA max_page_count = 1")

    with pytest.raises(InputError, match="full") as caught:
        kept.add(Outcome("b", [{"x": "long" * 100_000}]))

    assert "Make room" in str(caught.value.hint)
    assert kept.finished() == {"a"}
    kept.close()


@pytest.mark.parametrize(
    "edit",
    ["x = 'three'", "x = x'00ff'", "_kinds = '{'", "_kinds = '[1]'", '_kinds = \'{"z": "int"}\''],
)
def test_a_point_that_somebody_has_edited_is_measured_again(tmp_path: Path, edit: str) -> None:
    file = tmp_path / "sweep.sqlite"
    kept = SweepFile(file)
    for key in "ab":
        kept.add(Outcome(key, [{"x": 1, "y": None, "on": True, "f": 0.5, "n": math.nan}]))
    kept.close()
    database = sqlite3.connect(file)
    database.execute(f"UPDATE points SET {edit} WHERE _key = 'b'")  # noqa: S608 - ours
    database.commit()
    database.close()

    kept = SweepFile(file)

    assert kept.finished() == {"a"}
    assert len(kept.table([point("a"), point("b")]).rows) == 1
    kept.close()


def test_a_file_whose_columns_somebody_has_dropped_is_refused(tmp_path: Path) -> None:
    kept = SweepFile(tmp_path / "sweep.sqlite")
    kept._database.execute("ALTER TABLE points RENAME COLUMN _failed TO failed")

    with pytest.raises(InputError, match="no such column: _failed"):
        kept.finished()
    kept.close()


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Asked to keep a sweep in"):
        SweepFile(tmp_path / "missing" / "sweep.sqlite")


def test_the_table_goes_to_csv_and_pandas(tmp_path: Path) -> None:
    table = SweepTable(({"x": 1, "y": None}, {"x": 2, "z": "a,b"}), 2)

    table.save_csv(tmp_path / "table.csv")

    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"x": "1", "y": "", "z": ""}, {"x": "2", "y": "", "z": "a,b"}]
    assert table.to_pandas().x.tolist() == [1, 2]


def test_truth_values_stay_such_and_columns_of_other_sweeps_are_left_out(tmp_path: Path) -> None:
    kept = SweepFile(tmp_path / "sweep.sqlite")
    kept.add(Outcome("a", [{"x": 1, "good": True, "Note": None}, {"x": 2, "good": 0}]))
    kept.add(Outcome("b", [{"X": 3, "other": 1}]))

    (first, second), (third,) = (kept.table([point(key)]).rows for key in "ab")
    kept.close()

    assert first == {"x": 1, "good": True, "Note": None}
    assert (first["good"], second["good"]) == (True, 0)
    assert [type(row["good"]) for row in (first, second)] == [bool, int]
    assert third == {"X": 3, "other": 1}


@pytest.mark.parametrize("name", [":memory:", "file:foo?mode=memory", "file:foo"])
def test_a_name_with_a_meaning_to_sqlite_is_the_name_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    kept = SweepFile(Path(name))
    kept.add(Outcome("a", [{"x": 1}]))
    kept.close()

    kept = SweepFile(Path(name))
    assert kept.finished() == {"a"}
    kept.close()
    assert (tmp_path / name).is_file()


def test_letters_beyond_ascii_that_differ_in_case_are_two_columns(tmp_path: Path) -> None:
    kept = SweepFile(tmp_path / "sweep.sqlite")
    kept.add(Outcome("a", [{"Ü": 3, "ü": 4}]))

    (row,) = kept.table([point("a", Ã=1, ã=2)]).rows
    kept.close()
    assert row == {"Ã": 1, "ã": 2, "Ü": 3, "ü": 4}
