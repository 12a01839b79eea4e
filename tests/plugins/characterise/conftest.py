"""Measuring an emulated board of which the measurements know nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import pytest

from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from speckhal.contract.characterise import MeasuredBoard, Measurement, Result
    from speckhal.contract.errors import SpeckhalError
    from speckhal_characterise.characteriser import SamnaCharacteriser


@attrs.define
class Notes:
    """What a watcher got: the board, the results by name, and failures by measurement."""

    board: MeasuredBoard | None = None
    results: dict[str, Result] = attrs.field(factory=dict)
    failures: dict[str, SpeckhalError] = attrs.field(factory=dict)

    def opened(self, board: MeasuredBoard) -> None:
        self.board = board

    def begins(self, measurement: Measurement) -> None:
        pass

    def found(self, result: Result) -> None:
        assert result.name not in self.results
        self.results[result.name] = result

    def failed(self, measurement: Measurement, error: SpeckhalError) -> None:
        self.failures[measurement.name] = error


Measure = Callable[..., Notes]


@pytest.fixture(scope="session")
def measure() -> Measure:
    """Measures an emulated board with those options; only some things, if their names are given.

    The characteriser `by` measures another board than the mock's.
    """

    def run(
        *only: str,
        quick: bool = True,
        target: str | None = None,
        by: SamnaCharacteriser | None = None,
        **options: object,
    ) -> Notes:
        notes = Notes()
        measurer = by or registry().characteriser("mock")
        measurer.run(target, options=options, only=only, quick=quick, watcher=notes)
        return notes

    return run
