"""A table in the file of a profile: its values with their types, or a sentence on what is wrong."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Final, TypeVar, cast

import attrs

from speckhal.contract.characterise import Comparison
from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from speckhal.contract.characterise import Value

T = TypeVar("T")

MEASURE_ANEW: Final = "Measure the board anew: speckhal characterise BACKEND --out FILE.toml"

_KINDS: Final[dict[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    dict: "a table",
    list: "a list",
    dt.datetime: "a date with a time and its zone",
}


@attrs.frozen
class ProfileTable:
    """A table of the file, with types.

    Attributes:
        path: of the file, for messages.
        place: where the table is in it, for messages.
        values: by key.
    """

    path: Path
    place: str
    values: Mapping[str, object]

    def get(self, key: str, kind: type[T]) -> T:
        """The value under that key, which is of that kind; 0 and 1 are not taken for a bool."""
        if key not in self.values:
            raise InputError(
                f"The profile {self.path} has no {self._place_of(key)}.",
                hint=MEASURE_ANEW,
            )
        found = self.values[key]
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise self._wrong(key, _KINDS[kind])
        return found

    def table(self, key: str) -> ProfileTable:
        """A table in this one; messages name both."""
        return ProfileTable(self.path, self._place_of(key) + ".", self.get(key, dict))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, maybe an empty one."""
        values: list[str] = self.get(key, list)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "a list of texts")
        return tuple(values)

    def moment(self, key: str) -> dt.datetime:
        """A date with a time and its zone."""
        moment = self.get(key, dt.datetime)
        if moment.tzinfo is None:
            raise self._wrong(key, _KINDS[dt.datetime])
        return moment

    def verdict(self, key: str) -> Comparison:
        """How a result compares with what was assumed."""
        try:
            return Comparison(self.get(key, str))
        except ValueError:
            known = " or ".join(repr(verdict.value) for verdict in Comparison)
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

    def _wrong(self, key: str, wanted: str) -> InputError:
        return InputError(
            f"In the profile {self.path}, {self._place_of(key)} is {self.values[key]!r}; it must "
            f"be {wanted}."
        )

    def _place_of(self, key: str) -> str:
        return f"{self.place}{key}"
