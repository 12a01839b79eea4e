"""A profile: what was measured of one board, in a TOML file that people can read and edit."""

from __future__ import annotations

import datetime as dt
import math
import sys
from typing import TYPE_CHECKING, Final, cast

import attrs
import tomli_w

from speckhal.contract.characterise import MeasuredBoard, Result, Verdict
from speckhal.contract.errors import InputError
from speckhal.system.paths import readable_file, unusable, writable_place
from speckhal.system.whole_file import whole_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from speckhal.contract.characterise import Value

FORMAT: Final = 1
"""Version of the file's structure; a file says which one it has."""

_ASKED_FOR: Final = "Asked for the profile"
_ASKED_TO_WRITE: Final = "Asked to write the profile"
_HEAD: Final = (
    "# Measured by speckhal characterise. To emulate this board:\n"
    '# speckhal.open_device("mock", profile="THIS FILE"), or speckhal leak --profile THIS FILE\n'
)
_KINDS: Final = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    dict: "a table",
    list: "a list",
    dt.datetime: "a date with a time and its zone",
}


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


def write_profile(profile: Profile, path: Path) -> None:
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


def check_place(path: Path) -> None:
    """Refuse a place where no profile can be written; nothing is left there.

    Raises:
        InputError: it is no place for a file.
    """
    writable_place(path, _ASKED_TO_WRITE)


def read_profile(path: Path) -> Profile:
    """The profile in a file.

    Raises:
        InputError: there is no such file, or it holds no profile; the message says where it is
            wrong.
    """
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
        raise InputError(f"The profile {path} is not TOML: {error}.") from error
    except RecursionError as error:
        raise InputError(f"The profile {path} is no profile: it is nested too deeply.") from error
    table = _Table(path, "", document)
    if table.whole_number("format") != FORMAT:
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
            chip=board.text("chip"),
            board=board.text("board"),
            serial_number=board.text("serial_number"),
            firmware={part: firmware.text(part) for part in firmware.values},
            vendor=board.text("vendor"),
            emulated=board.flag("emulated"),
        ),
        measured_at=table.moment("measured_at"),
        speckhal=table.text("speckhal"),
        quick=table.flag("quick"),
        results=tuple(_result(name, results.table(name)) for name in results.values),
        missing=table.texts("missing"),
    )
    if table.flag("complete") != profile.is_complete:
        raise InputError(
            f"The profile {path} has complete = {str(not profile.is_complete).lower()}, and "
            f"{'nothing' if profile.is_complete else ', '.join(profile.missing)} in missing.",
            hint="It is complete where missing is an empty list.",
        )
    table.refuse_unknown_keys(
        {field.name for field in attrs.fields(Profile)} | {"format", "complete"}
    )
    board.refuse_unknown_keys({field.name for field in attrs.fields(MeasuredBoard)})
    return profile


def _result(name: str, table: _Table) -> Result:
    table.refuse_unknown_keys(_names(Result) - {"name"})
    return Result(
        name=name,
        value=table.value("value"),
        uncertainty=table.text("uncertainty"),
        how=table.text("how"),
        assumed=table.value("assumed"),
        verdict=table.verdict("verdict"),
    )


@attrs.frozen
class _Table:
    """A table of the file, with types.

    Attributes:
        path: of the file, for messages.
        place: where the table is in it, for messages.
        values: by key.
    """

    path: Path
    place: str
    values: Mapping[str, object]

    def text(self, key: str) -> str:
        return cast("str", self._get(key, str))

    def flag(self, key: str) -> bool:
        return cast("bool", self._get(key, bool))

    def whole_number(self, key: str) -> int:
        return cast("int", self._get(key, int))

    def table(self, key: str) -> _Table:
        values = cast("Mapping[str, object]", self._get(key, dict))
        return _Table(self.path, self._place_of(key) + ".", values)

    def texts(self, key: str) -> tuple[str, ...]:
        values = cast("list[object]", self._get(key, list))
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "a list of texts")
        return tuple(cast("list[str]", values))

    def moment(self, key: str) -> dt.datetime:
        moment = cast("dt.datetime", self._get(key, dt.datetime))
        if moment.tzinfo is None:
            raise self._wrong(key, _KINDS[dt.datetime])
        return moment

    def verdict(self, key: str) -> Verdict:
        try:
            return Verdict(self.text(key))
        except ValueError:
            known = " or ".join(repr(verdict.value) for verdict in Verdict)
            raise self._wrong(key, known) from None

    def value(self, key: str) -> Value:
        """What was found; None where the key is absent, since TOML has no null."""
        found = self.values.get(key)
        kinds = {type(item) for item in found} if isinstance(found, list) else set()
        simple = found is None or isinstance(found, bool | int | float | str)
        if not (simple or (isinstance(found, list) and kinds in ({int}, {str}, set()))):
            raise self._wrong(key, "true, false, a number, a text, or a list of numbers or texts")
        if isinstance(found, float) and math.isnan(found):
            raise self._wrong(key, "a number, or be left out where nothing was found")
        return cast("Value", found)

    def refuse_unknown_keys(self, known: Collection[str]) -> None:
        """Refuse keys besides those; one that is misspelt would count for nothing."""
        unknown = [key for key in self.values if key not in known]
        if unknown:
            places = ", ".join(map(self._place_of, unknown))
            raise InputError(
                f"The profile {self.path} has {places}, which a profile does not have.",
                hint=f"The keys there are: {', '.join(sorted(known))}.",
            )

    def _get(self, key: str, kind: type) -> object:
        if key not in self.values:
            raise InputError(
                f"The profile {self.path} has no {self._place_of(key)}.",
                hint="Measure the board anew: speckhal characterise BACKEND --out FILE.toml",
            )
        found = self.values[key]
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise self._wrong(key, _KINDS[kind])
        return found

    def _wrong(self, key: str, wanted: str) -> InputError:
        return InputError(
            f"In the profile {self.path}, {self._place_of(key)} is {self.values[key]!r}; it must "
            f"be {wanted}."
        )

    def _place_of(self, key: str) -> str:
        return f"{self.place}{key}"


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
