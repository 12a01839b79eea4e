"""A profile: what was measured of one board, in a TOML file that people can read and edit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import attrs
import tomli_w

from speckhal.contract.characterise import MeasuredBoard, Result
from speckhal.contract.errors import InputError
from speckhal.runs.profile_table import MEASURE_ANEW, ProfileTable
from speckhal.system.paths import readable_file, unusable, writable_place
from speckhal.system.whole_file import whole_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Mapping

FORMAT: Final = 1
"""Version of the file's structure; a file says which one it has."""

_ASKED_FOR: Final = "Asked for the profile"
_ASKED_TO_WRITE: Final = "Asked to write the profile"
_HEAD: Final = (
    "# Measured by speckhal characterise. To emulate this board:\n"
    '# speckhal.open_device("mock", profile="THIS FILE"), or speckhal leak --profile THIS FILE\n'
)


@attrs.frozen
class Profile:
    """What was measured of one board.

    Attributes:
        board: which one.
        measured_at: when, with a time zone.
        speckhal: version that measured it.
        quick: whether it was measured less precisely, to be faster.
        results: what was found.
        missing: names of measurements that were asked for and did not come to their end.
    """

    board: MeasuredBoard
    measured_at: dt.datetime
    speckhal: str
    quick: bool
    results: tuple[Result, ...]
    missing: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for was measured."""
        return not self.missing

    def as_json(self) -> dict[str, object]:
        """The profile as plain values, with None for what has no value."""
        results = {
            result.name: {
                "value": result.value,
                "uncertainty": result.uncertainty,
                "verdict": result.verdict.value,
                "assumed": result.assumed,
                "how": result.how,
            }
            for result in self.results
        }
        return {
            "format": FORMAT,
            "complete": self.is_complete,
            "missing": list(self.missing),
            "measured_at": self.measured_at.isoformat(),
            "quick": self.quick,
            "speckhal": self.speckhal,
            "board": attrs.asdict(attrs.evolve(self.board, firmware=dict(self.board.firmware))),
            "results": results,
        }


def write_profile(profile: Profile, path: str | os.PathLike[str]) -> None:
    """Write a profile; a file that is there is replaced, in one step.

    Raises:
        InputError: it cannot be written there.
    """
    document = _without_none({**profile.as_json(), "measured_at": profile.measured_at})
    # a board's serial number may hold anything
    content = (_HEAD + tomli_w.dumps(document)).encode(errors="backslashreplace")
    try:
        with whole_file(path) as file:
            file.write(content)
    except (OSError, ValueError) as error:
        raise unusable(path, _ASKED_TO_WRITE, error) from error


def check_place(path: str | os.PathLike[str]) -> None:
    """Refuse a place where no profile can be written; nothing is left there.

    Raises:
        InputError: no file can be written there.
    """
    writable_place(path, _ASKED_TO_WRITE)


def read_profile(path: str | os.PathLike[str]) -> Profile:
    """The profile in a file.

    Raises:
        InputError: there is no such file, or it holds no profile; the message says where it is
            wrong.
    """
    path = Path(path)
    readable_file(
        path,
        _ASKED_FOR,
        hint="Measure a board: speckhal characterise BACKEND --out FILE.toml",
    )
    try:
        # some editors put a mark before the text
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unusable(path, _ASKED_FOR, error) from error
    except ValueError as error:  # what is no TOML, and what is no UTF-8
        raise InputError(f"The profile {path} is not TOML: {error}.", hint=MEASURE_ANEW) from error
    except RecursionError as error:
        raise InputError(
            f"The profile {path} is no profile: it is nested too deeply.", hint=MEASURE_ANEW
        ) from error
    table = ProfileTable(path, "", document)
    if table.get("format", int) != FORMAT:
        raise InputError(
            f"The profile {path} has format {document['format']}, and this speckhal reads format "
            f"{FORMAT}.",
            hint="Upgrade speckhal, or measure the board anew.",
        )
    board = table.table("board")
    firmware = board.table("firmware")
    results = table.table("results")
    profile = Profile(
        board=MeasuredBoard(
            chip=board.get("chip", str),
            board=board.get("board", str),
            serial_number=board.get("serial_number", str),
            firmware={part: firmware.get(part, str) for part in firmware.values},
            vendor=board.get("vendor", str),
            emulated=board.get("emulated", bool),
        ),
        measured_at=table.moment("measured_at"),
        speckhal=table.get("speckhal", str),
        quick=table.get("quick", bool),
        results=tuple(_result(name, results.table(name)) for name in results.values),
        missing=table.texts("missing"),
    )
    if table.get("complete", bool) != profile.is_complete:
        raise InputError(
            f"The profile {path} has complete = {str(not profile.is_complete).lower()}, and "
            f"{'nothing' if profile.is_complete else ', '.join(profile.missing)} in missing.",
            hint="It is complete where missing is an empty list.",
        )
    table.refuse_unknown_keys(_names(Profile) | {"format", "complete"})
    board.refuse_unknown_keys(_names(MeasuredBoard))
    return profile


def _result(name: str, table: ProfileTable) -> Result:
    table.refuse_unknown_keys(_names(Result) - {"name"})
    return Result(
        name=name,
        value=table.value("value"),
        uncertainty=table.get("uncertainty", str),
        how=table.get("how", str),
        assumed=table.value("assumed"),
        verdict=table.verdict("verdict"),
    )


def _names(kind: type[attrs.AttrsInstance]) -> set[str]:
    return {field.name for field in attrs.fields(kind)}


def _without_none(values: Mapping[str, object]) -> dict[str, object]:
    """The same without keys whose value is None, which TOML cannot hold."""
    return {
        key: _without_none(cast("Mapping[str, object]", value))
        if isinstance(value, dict)
        else value
        for key, value in values.items()
        if value is not None
    }
