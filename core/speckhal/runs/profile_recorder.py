"""Keeps what is found while a board is measured in a profile, result by result."""

from __future__ import annotations

import contextlib
import datetime as dt
from importlib import metadata
from typing import TYPE_CHECKING

from speckhal.contract.characterise import Watcher
from speckhal.contract.errors import InputError
from speckhal.runs.profile import Profile, write_profile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speckhal.contract.characterise import MeasuredBoard, Measurement, Result
    from speckhal.contract.errors import SpeckhalError


class ProfileRecorder(Watcher):
    """Watches a board being measured, and keeps its profile in a file up to date.

    The file is written after each measurement: the vendor's SDK can take the process with it.

    Args:
        view: gets everything as well.
        chosen: what is going to be measured.
        quick: whether it is measured less precisely.
        out: the file; None for none.

    Attributes:
        failures: names of the measurements that failed.
    """

    def __init__(
        self, view: Watcher, chosen: Sequence[Measurement], *, quick: bool, out: Path | None
    ) -> None:
        self.failures: list[str] = []
        self._view = view
        self._quick = quick
        self._out = out
        self._missing = [measurement.name for measurement in chosen]
        self._present: str | None = None
        self._board: MeasuredBoard | None = None
        self._begun = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
        self._results: list[Result] = []

    def opened(self, board: MeasuredBoard) -> None:
        """Note which board the profile is of."""
        self._board = board
        self._view.opened(board)

    def begins(self, measurement: Measurement) -> None:
        """This measurement is next; the one before is done."""
        self.complete()
        # a place that was lost must not end the measurements; the last write reports it
        with contextlib.suppress(InputError):
            profile = self.profile()
            if profile is not None and self._out is not None:
                write_profile(profile, self._out)
        self._present = measurement.name
        self._view.begins(measurement)

    def found(self, result: Result) -> None:
        """Add a result to the profile."""
        self._results.append(result)
        self._view.found(result)

    def failed(self, measurement: Measurement, error: SpeckhalError) -> None:
        """Note that a measurement failed; the profile is not complete without it."""
        self.failures.append(measurement.name)
        self._present = None
        self._view.failed(measurement, error)

    def complete(self) -> None:
        """Count the present measurement as done, so that the profile no longer lacks it."""
        if self._present is not None:
            self._missing.remove(self._present)
            self._present = None

    def profile(self) -> Profile | None:
        """The profile so far; None if no board was opened."""
        if self._board is None:
            return None
        return Profile(
            board=self._board,
            measured_at=self._begun,
            speckhal=metadata.version("speckhal"),
            quick=self._quick,
            results=tuple(self._results),
            missing=tuple(self._missing),
        )
