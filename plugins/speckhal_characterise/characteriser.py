"""Runs the measurements one after the other on an open board."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Final

from speckhal.contract.characterise import choose
from speckhal.contract.errors import CapabilityUnsupported, DeviceFailed, SpeckhalError
from speckhal_characterise.measurements import CATALOGUE
from speckhal_characterise.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from speckhal.contract.characterise import Characteriser, Measurement, Watcher
    from speckhal.contract.chip import ChipFacts
    from speckhal_samna.board.access import BoardAccess


FEWEST_CORES: Final = 5
"""Some measurements have three neurons of their own beside two that count ticks."""

_COMPUTING_S: Final[Mapping[str, float]] = {"addresses": 2.0, "tearing": 1.5}
"""Where time is virtual, those that read hundreds of thousands of neurons take as long as the
computer does; all others, and quick ones, are done in no time."""


class SamnaCharacteriser:
    """Measures boards that speak samna.

    Args:
        access: from a target and options to the board that they mean, which can be opened for as
            long as the context lasts.
        virtual: whether time is virtual there.
    """

    def __init__(
        self,
        access: Callable[[str | None, Mapping[str, object]], AbstractContextManager[BoardAccess]],
        *,
        virtual: bool,
    ) -> None:
        self._access = access
        self._virtual = virtual

    def measurements(self) -> Sequence[Measurement]:
        """All measurements, in the order in which they are made."""
        return tuple(CATALOGUE)

    def wall_s(self, measurement: Measurement, *, quick: bool) -> float:
        """How long a measurement will take, about."""
        if self._virtual:
            return 0.0 if quick else _COMPUTING_S.get(measurement.name, 0.0)
        return measurement.quick_wall_s if quick else measurement.wall_s

    def run(
        self,
        target: str | None,
        *,
        options: Mapping[str, object],
        only: Sequence[str],
        quick: bool,
        watcher: Watcher,
    ) -> None:
        """Measure, and hand everything that is found to the watcher."""
        chosen = choose(self.measurements(), only)
        with self._access(target, options) as access, warnings.catch_warnings():
            # provoking what users are warned of is the point
            warnings.simplefilter("ignore", UserWarning)
            _refuse_fewer_cores(access.chip.facts)
            bench = Workbench(access, quick=quick)
            try:
                watcher.opened(bench.identity())
                for measurement in chosen:
                    _measure(measurement, bench, watcher)
            except BaseException:
                # what went wrong before matters more than what goes wrong while closing
                with contextlib.suppress(SpeckhalError):
                    bench.close()
                raise
            bench.close()


def _refuse_fewer_cores(chip: ChipFacts) -> None:
    cores = len(chip.core_memories.value)
    if cores < FEWEST_CORES:
        raise CapabilityUnsupported(
            f"Asked to measure a {chip.name} of {cores} cores, and {FEWEST_CORES} are needed.",
            hint="Its data sheet or its maker may say what measurements would have found.",
        )


def _measure(measurement: Measurement, bench: Workbench, watcher: Watcher) -> None:
    """Make one measurement; if it fails, the watcher gets the error, and the next can be made.

    Raises:
        DeviceFailed: it failed, and the board does not answer any more.
    """
    watcher.begins(measurement)
    try:
        for result in CATALOGUE[measurement](bench):
            watcher.found(result)
    except SpeckhalError as error:
        watcher.failed(measurement, error)
        if not bench.answers():
            raise DeviceFailed(
                "The board does not answer any more; what is left was not measured.",
                hint="Check the cable and the power, and measure again.",
            ) from error


if TYPE_CHECKING:

    def _conforms(characteriser: SamnaCharacteriser) -> Characteriser:
        return characteriser
