"""The SQLite file in which the table of a sweep grows, row by row."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import InputError
from speckhal.runs.other_endings import SQLITE
from speckhal.runs.sweep.one_writer import OneWriter
from speckhal.runs.sweep.plain import OWN_COLUMNS, column_key
from speckhal.runs.sweep.table import SweepTable
from speckhal.system.paths import unusable, writable_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from speckhal.runs.sweep.measuring import Outcome, Row
    from speckhal.runs.sweep.points import SweepPoint

_PATIENCE_S: Final = 30.0
"""How long another program may write to the file before it counts as locked."""

_APPLICATION_ID: Final = 0x53_50_4B_48
"""Marks our files among those of SQLite: "SPKH"."""


_AS_KEPT: Final = {"bool": "int", "float": "NoneType"}  # SQLite has no NaN either
"""What SQLite makes of values of a type, where that is another."""


class SweepFile:
    """A file of SQLite to which a sweep adds each point as it is finished.

    Its table `points` has a column for each name, besides `_key` (of the point), `_row` (several
    rows of one point count from 0), `_failed` and `_kinds` (the types of the row's values by
    column, as JSON; SQLite has no truth values). A process that is killed loses no point that it
    added. One sweep at a time has it: two would measure every point twice.

    Args:
        path: the file; None for one in memory.

    Raises:
        InputError: it cannot be written, is something else or would be called so, or another
            sweep writes to it.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._writer: OneWriter | None = None
        if path is not None:
            asked = "Asked to keep a sweep in"
            writable_place(path, asked)
            if not path.exists():
                SQLITE.refuse_others(path, asked)
            try:
                self._writer = OneWriter(path)
            except OSError as error:
                raise unusable(path, asked, error) from error
        try:
            with self._blamed_on_file("Give a new file, or that of an earlier sweep."):
                self._database = sqlite3.connect(
                    # absolute: SQLite has other plans with names such as :memory: and file:x
                    ":memory:" if path is None else os.path.abspath(path),  # noqa: PTH100
                    isolation_level=None,
                    timeout=_PATIENCE_S,
                )
                self._recognise()
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def _blamed_on_file(self, hint: str) -> Iterator[None]:
        """Turn what SQLite raises in the body into a sentence."""
        try:
            yield
        except sqlite3.Error as error:
            if "locked" in str(error):  # Python 3.10 gives no code of the error
                hint = "Close the program that writes to the file, and call again."
            raise InputError(
                f"Asked to keep a sweep in {self._path}, and SQLite says: {error}.", hint=hint
            ) from error

    def _recognise(self) -> None:
        execute = self._database.execute
        (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
        (mark,) = execute("PRAGMA application_id").fetchone()
        if tables and mark != _APPLICATION_ID:
            raise InputError(
                f"Asked to keep a sweep in {self._path}, which is a database of something else.",
                hint="Give a new file, or that of an earlier sweep.",
            )
        # what was added is safe from the death of the process, and readers do not block it
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")
        execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        execute(
            "CREATE TABLE IF NOT EXISTS points"
            " (_key TEXT, _row INTEGER, _failed INTEGER, _kinds TEXT, PRIMARY KEY (_key, _row))"
        )
        if "_kinds" not in self._names():  # of a file of before there was that column
            execute("ALTER TABLE points ADD COLUMN _kinds TEXT")

    def finished(self) -> set[str]:
        """Keys of the points that were measured and did not fail.

        A row that somebody has edited, so that a value is not of the kind that was measured, is
        measured again.

        Raises:
            InputError: the file lacks a column, or another program holds it.
        """
        finished, edited = set[str](), set[str]()
        with self._blamed_on_file("Give a new file."):
            for row in self._stored("WHERE NOT _failed"):
                (edited if _kinds_of(row) is None else finished).add(str(row["_key"]))
        return finished - edited

    def add(self, outcome: Outcome) -> None:
        """Add a point, in place of what it had before.

        Raises:
            InputError: the disk is full, or another program holds the file.
        """
        database = self._database
        with self._blamed_on_file("Make room for it, and call again."), self._transaction():
            there = set(map(column_key, self._names()))
            for name in dict.fromkeys(name for row in outcome.rows for name in row):
                if column_key(name) not in there:  # to SQLite, case makes no difference
                    database.execute(f"ALTER TABLE points ADD COLUMN {_quoted(name)}")
            database.execute("DELETE FROM points WHERE _key = ?", (outcome.key,))
            for number, row in enumerate(outcome.rows or [{}]):
                names = ", ".join(map(_quoted, [*OWN_COLUMNS, *row]))
                marks = ", ".join("?" * (len(OWN_COLUMNS) + len(row)))
                database.execute(
                    f"INSERT INTO points ({names}) VALUES ({marks})",  # noqa: S608 - names are quoted
                    (outcome.key, number, outcome.failed, _kinds(row), *row.values()),
                )

    def table(self, points: Sequence[SweepPoint]) -> SweepTable:
        """The rows of these points, in their order; points that are not there have none.

        Columns that only other points of the file have are left out.
        """
        wanted = {point.key for point in points}
        # to SQLite, case makes no difference: the rows spell the names
        names = [column_key(name) for name in self._names()]
        spelt = {"error": "error"}
        rows: dict[str, list[Row]] = {}
        for row in self._stored("ORDER BY _key, _row"):
            kinds = _kinds_of(row) if row["_key"] in wanted else None
            if kinds is None:
                continue
            for name in kinds or names:
                spelt.setdefault(column_key(name), name)
            truths = (column_key(name) for name, kind in kinds.items() if kind == "bool")
            rows.setdefault(str(row["_key"]), []).append(
                row | {name: bool(row[name]) for name in truths}
            )
        columns = [name for name in names if name in spelt and name not in OWN_COLUMNS]
        # what was asked for is better known from the point
        found = (
            {spelt[name]: row[name] for name in columns} | point.values
            for point in points
            for row in rows.get(point.key, [])
        )
        return SweepTable(tuple(found), len(points))

    def _stored(self, which: str) -> Iterator[Row]:
        """Rows of the file by the keys of columns."""
        cursor = self._database.execute(f"SELECT * FROM points {which}")  # noqa: S608 - ours
        names = [column_key(str(name)) for name, *_ in cursor.description]
        for values in cursor:
            yield dict(zip(names, values, strict=True))

    def _names(self) -> list[str]:
        """Columns that the file has."""
        return [str(name) for _, name, *_ in self._database.execute("PRAGMA table_info(points)")]

    def close(self) -> None:
        """Let go of the file; once closed, does nothing."""
        if hasattr(self, "_database"):
            self._database.close()
        if self._writer is not None:
            self._writer.release()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """In the body, all is added or nothing."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._database.in_transaction:  # SQLite ends it by itself where a disk is full
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def _kinds(row: Row) -> str:
    return json.dumps({name: type(value).__name__ for name, value in row.items()})


def _kinds_of(row: Row) -> dict[str, str] | None:
    """The types of a row's values by column; None where somebody has edited it."""
    if row["_kinds"] is None:  # of a file of before there was that column
        return {}
    try:
        kinds = json.loads(str(row["_kinds"]))
        is_whole = all(
            type(row[column_key(name)]).__name__ in {kind, _AS_KEPT.get(kind)}
            for name, kind in kinds.items()
        )
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None
    return kinds if is_whole else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
