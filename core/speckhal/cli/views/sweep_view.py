"""How `speckhal sweep` looks on the screen: a progress bar, a table, and what it comes to."""

from __future__ import annotations

import collections
import contextlib
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from speckhal.cli.terminal.console import PlainConsole
from speckhal.system.counted import counted
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from speckhal.runs.sweep.table import SweepTable

MOST_ROWS: Final = 20
"""Rows of the table that are shown; what disagrees or failed comes first where there are more."""

_GRAVITY: Final[dict[object, int]] = {"disagrees": 0, None: 1, "cannot tell": 2, "agrees": 3}

_WIDEST: Final = 28
"""Characters of a cell that are shown."""

_RESULTS: Final = ("layer", "expected_step", "measured_step", "measured_leak_per_s", "answer")

_HEADS: Final = {"measured_leak_per_s": "measured leak per s*"}
"""What heads a column, where that is not its name."""


class SweepView:
    """Prints a sweep.

    Args:
        varied: names of the settings that have more than one value.
        quiet: print nothing but what a person has to know, on stderr.
    """

    def __init__(self, varied: Sequence[str], *, quiet: bool) -> None:
        self._varied = varied
        self._console = PlainConsole(quiet=quiet)
        self._notes = PlainConsole(stderr=True)
        self._progress = Progress(
            TextColumn("points"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._notes,
            transient=True,
            disable=quiet or not self._notes.is_terminal,
        )
        self._task = self._progress.add_task("points", total=None)
        self._there: int | None = None
        self._done = self._points = 0

    @contextlib.contextmanager
    def progress(self) -> Iterator[None]:
        """Show how many points are finished, on a terminal."""
        with self._progress:
            yield

    def point(self, done: int, points: int) -> None:
        """Note how many of all points are finished."""
        if self._there is None:
            self._there = done
        self._done, self._points = done, points
        self._progress.update(self._task, completed=done, total=points)

    def written(self, path: Path) -> None:
        """Say on standard error which file was written."""
        self._notes.note(f"Wrote {path}")

    def unfinished(self, *, is_kept: bool) -> None:
        """Say on standard error how many points are left, and how to go on with them.

        Args:
            is_kept: whether what is finished is in a file.
        """
        left = self._points - self._done
        if not left:
            return
        how = (
            f"the same command goes on with the other {left:,}"
            if is_kept
            else "with --file FILE.sqlite, the same command would go on with the rest"
        )
        self._notes.note(f"{self._done:,} of {counted(self._points, 'point')} finished; {how}")

    def conclude(self, table: SweepTable) -> None:
        """Print the table, and what it comes to."""
        shown_table = self._table(table)
        self._console.show_table(shown_table)
        if any(column.header in _HEADS.values() for column in shown_table.columns):
            self._console.say("* in spike thresholds")
        shown = min(len(table.rows), MOST_ROWS)
        if shown < len(table.rows):
            self._console.say(
                f"{shown} of {len(table.rows):,} rows, what does not agree first; --csv FILE.csv "
                "writes all."
            )
        counts = collections.Counter(row.get("answer") for row in table.rows)
        said = [
            f"{counts[answer]:,} {_said(answer, counts[answer])}"
            for answer in sorted(counts, key=lambda answer: _GRAVITY.get(answer, 1))
        ]
        earlier = f", {self._there:,} of them measured before" if self._there else ""
        self._console.say("")
        self._console.say(
            f"{counted(table.points, 'point')}{earlier}; of {counted(len(table.rows), 'row')}: "
            f"{', '.join(said)}."
        )
        reasons = collections.Counter(
            f"failed: {row['error']}"
            if row.get("error") is not None
            else f"{row['answer']}: {row['problem']}"
            for row in table.rows
            if row.get("error") is not None or row.get("problem") is not None
        )
        for reason, count in reasons.most_common(3):
            self._console.say(f"{count:,} {reason}", indent=2)

    def _table(self, table: SweepTable) -> Table:
        rows = sorted(table.rows, key=lambda row: _GRAVITY.get(row.get("answer"), 1))
        rows = rows[:MOST_ROWS] if len(rows) > MOST_ROWS else list(table.rows)
        layers = {row.get("layer") for row in rows} - {None}  # a point that failed has none
        names = [*self._varied]
        names += [name for name in _RESULTS if name != "layer" or len(layers) > 1]
        names = [name for name in names if any(row.get(name) is not None for row in rows)]
        shown = Table(box=None, pad_edge=False, header_style="bold")
        for name in names:
            numeric = all(isinstance(row.get(name), int | float | None) for row in rows)
            head = _HEADS.get(name, name.replace("_", " "))
            shown.add_column(head, justify="right" if numeric else "left")
        for row in rows:
            shown.add_row(*(_cell(row.get(name), name) for name in names))
        return shown


def _said(answer: object, rows: int) -> str:
    if answer is None:
        return "failed"
    text = str(answer)
    return text if rows == 1 else text.removesuffix("s")


def _cell(value: object, name: str) -> str:
    if value is None:
        return "failed" if name == "answer" else ""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = printable(str(value))
    # of a long path the end says most
    return text if len(text) <= _WIDEST else f"…{text[1 - _WIDEST :]}"
