"""The table of a sweep: what a user gets of it, for pandas, as csv, and as rows."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.errors import InputError
from speckhal.system.paths import writable_place
from speckhal.system.whole_file import whole_file

if TYPE_CHECKING:
    import os

    import pandas as pd

    from speckhal.runs.sweep.measuring import Row


@attrs.frozen(eq=False, repr=False)
class SweepTable:
    """What a sweep measured: one row for each layer of each point, or whatever was measured.

    Attributes:
        rows: in the order of the points; each by the name of the column. A point that failed has
            one row, with the sentence in `error`.
        points: how many points there are.
    """

    rows: tuple[Row, ...]
    points: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns, in the order in which rows brought them."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row))

    @property
    def failures(self) -> tuple[Row, ...]:
        """The rows of points that failed."""
        return tuple(row for row in self.rows if row.get("error") is not None)

    def to_pandas(self) -> pd.DataFrame:
        """The table as a data frame of pandas.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - optional, and slow to import
        except ImportError as error:
            raise InputError(
                "Asked for a data frame, and pandas is not installed.",
                hint="Install it with: pip install 'speckhal[analysis]'",
            ) from error
        frame: pd.DataFrame = pd.DataFrame(list(self.rows), columns=list(self.columns))
        return frame

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write it as text with commas, a line of names first.

        Raises:
            InputError: the file cannot be written there.
        """
        from pathlib import Path  # noqa: PLC0415 - to convert one argument

        place = Path(path)
        writable_place(place, "Asked to write")
        with whole_file(place) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            writer = csv.DictWriter(text, self.columns)
            writer.writeheader()
            writer.writerows(self.rows)
            text.detach()  # which writes what is left, and leaves the file open

    def __repr__(self) -> str:
        failed = len(self.failures)
        of_failed = f", {failed} of which failed" if failed else ""
        points = "1 point" if self.points == 1 else f"{self.points} points"
        rows = "1 row" if len(self.rows) == 1 else f"{len(self.rows)} rows"
        return f"<SweepTable of {points}{of_failed}, {rows}>"
