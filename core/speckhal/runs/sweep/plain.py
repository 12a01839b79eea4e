"""What a table of a sweep can hold: names of columns and plain values, which SQLite keeps."""

from __future__ import annotations

import string
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Plain = str | int | float | bool | None

OWN_COLUMNS: Final = ("_key", "_row", "_failed", "_kinds")
"""Columns of the file that are no settings and no results."""

_FOLDED: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

_WHOLE_NUMBERS: Final = range(-(2**63), 2**63)
"""Those that SQLite keeps as such."""


def plain(name: object, value: object) -> Plain:
    """The value as one of Python: numpy's scalars, which SQLite would keep as bytes, become such.

    Raises:
        InputError: it is not a text, a number, a truth value or None, or cannot be kept.
    """
    one: object = value.item() if isinstance(value, np.generic) else value
    if isinstance(one, str):
        if not _is_text(one):
            raise _refused(name, f"the text {printable(one)}, which has halves of characters")
        return one
    if isinstance(one, int) and one not in _WHOLE_NUMBERS:
        raise _refused(name, f"the number {one:.3e}, which has more than 64 bits")
    if isinstance(one, int | float | None):
        return one
    raise _refused(name, f"{printable(repr(value))}, a {type(value).__name__}")


def column_key(name: str) -> str:
    """The same for names that are one column to SQLite, which knows case of ASCII letters only."""
    return name.translate(_FOLDED)


def check_columns(names: Iterable[str]) -> None:
    """Refuse names that cannot all be columns of one file.

    Raises:
        InputError: two are the same but for upper and lower case, or one is a name of the file's.
    """
    names = list(names)
    count = Counter(map(column_key, names))
    for name in names:
        if count[column_key(name)] > 1:
            raise InputError(
                f"Asked for a table with two columns {column_key(name)!r}: in a file of SQLite "
                "upper and lower case of a letter of ASCII are the same.",
                hint="Give one of them another name.",
            )
        if column_key(name) in OWN_COLUMNS or not _is_text(name):
            raise InputError(
                f"Asked for a table with a column {printable(name)!r}, which the file cannot have.",
                hint=f"Give it another name; {', '.join(OWN_COLUMNS)} are the file's own.",
            )


def plain_row(row: Mapping[str, object]) -> dict[str, Plain]:
    """A row with plain values.

    Raises:
        InputError: one of them cannot be kept.
    """
    return {str(name): plain(name, value) for name, value in row.items()}


def refuse_settings(rows: Iterable[Mapping[str, Plain]], settings: Mapping[str, Plain]) -> None:
    """Refuse measured columns that are called like a setting and have another value.

    Raises:
        InputError: a measured column is, and its value differs from the setting.
    """
    for row in rows:
        for name, value in row.items():
            if name in settings and repr(value) != repr(settings[name]) and value != settings[name]:
                raise InputError(
                    f"The point measured {name} = {value!r}, and {name} is a setting of it, with "
                    f"{settings[name]!r}.",
                    hint="Give the measured column another name.",
                )


def _is_text(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _refused(name: object, what: str) -> InputError:
    return InputError(
        f"Asked to keep in a table {name} with {what}.",
        hint="Give texts, numbers, truth values or None.",
    )
