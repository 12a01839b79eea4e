"""What measuring a board means: what can be measured, and what was found.

A plugin offers a `Characteriser` through the hook `speckhal_characteriser`. It measures what
nobody has published of its boards, and says of each result whether the driver assumes the same.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

import attrs

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.contract.errors import SpeckhalError

Value: TypeAlias = "bool | int | float | str | list[int] | list[str] | None"
"""What a measurement can find: whatever TOML can hold; None is "none within reach"."""


class Comparison(enum.Enum):
    """How a result compares with what the driver and the mock assume."""

    AS_ASSUMED = "as assumed"
    DIFFERS = "differs"
    NOT_SETTLED = "not settled"
    """The measurement settled nothing, and says why in `how`."""


Verdict = Comparison
"""What `Comparison` was called before, which plugins import."""


@attrs.frozen
class Measurement:
    """Something that can be measured.

    Attributes:
        name: what users type after `--only`.
        summary: what is asked of the board, in one line.
        wall_s: how long it takes on a real board, about.
        quick_wall_s: the same with `quick`.
    """

    name: str
    summary: str
    wall_s: float
    quick_wall_s: float


@attrs.frozen
class Result:
    """One thing that was found.

    Attributes:
        name: of what was found; where the mock has an option of that name, it takes the value.
        value: what was found; None for nothing within reach, or where it could not be settled.
        uncertainty: how sure it is, such as "± 0.25 Hz" or "exact: counted".
        how: how it was measured, as a sentence.
        assumed: what the driver and the mock assume.
        verdict: whether that is the same.
    """

    name: str
    value: Value
    uncertainty: str
    how: str
    assumed: Value
    verdict: Comparison


@attrs.frozen
class MeasuredBoard:
    """Which board it was.

    Attributes:
        chip: name of its chip.
        board: the vendor's name of the board.
        serial_number: of the board; empty where it gives none.
        firmware: version by the part that it runs on; empty where the vendor gives none.
        vendor: name and version of the SDK that it was measured with.
        emulated: False on real hardware.
    """

    chip: str
    board: str
    serial_number: str
    firmware: Mapping[str, str]
    vendor: str
    emulated: bool


class Watcher(Protocol):
    """Gets what happens while a board is measured."""

    def opened(self, board: MeasuredBoard) -> None:
        """The board is open, and is not measured yet."""

    def begins(self, measurement: Measurement) -> None:
        """This measurement is next."""

    def found(self, result: Result) -> None:
        """A measurement has given a result."""

    def failed(self, measurement: Measurement, error: SpeckhalError) -> None:
        """A measurement ended in an error; the next one is tried all the same."""


class Characteriser(Protocol):
    """Measures boards of one backend."""

    def measurements(self) -> Sequence[Measurement]:
        """What it can measure, in the order in which that is done."""

    def wall_s(self, measurement: Measurement, *, quick: bool) -> float:
        """How long a measurement will take here, about; less where time is virtual."""

    def run(
        self,
        target: str | None,
        *,
        options: Mapping[str, object],
        only: Sequence[str],
        quick: bool,
        watcher: Watcher,
    ) -> None:
        """Open a board, measure, and give it back with its slow clock off.

        Args:
            target: the part behind the colon in `backend:target`; None for the first board.
            options: as for the backend's `open`.
            only: names of measurements; empty for all.
            quick: measure less precisely, and faster.
            watcher: gets everything that is found as soon as it is.

        Raises:
            InputError: a name is not that of a measurement, or an option is unknown or wrong.
            DeviceError: the board cannot be opened.
        """


def choose(measurements: Sequence[Measurement], only: Sequence[str]) -> list[Measurement]:
    """The measurements of these names, or all if none is named.

    Raises:
        InputError: no measurement has one of the names; the hint lists those that there are.
    """
    known = {measurement.name for measurement in measurements}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise InputError(
            f"Asked to measure {', '.join(map(repr, unknown))}, and there is no such measurement.",
            hint=f"There are: {', '.join(measurement.name for measurement in measurements)}.",
        )
    return [item for item in measurements if not only or item.name in only]
