"""Columns of a file of events, as other programs name them, into spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.spikes import Spikes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from speckhal.contract.address import Shape

    Columns = Mapping[str, Any]

NAMES: Final = {
    "time_us": ("time_us", "t", "ts", "timestamp"),
    "layer": ("layer",),
    "channel": ("channel", "p", "c", "pol", "polarity", "feature"),
    "y": ("y",),
    "x": ("x",),
}
"""How a file may name each column, in capitals or not; the first is how speckhal writes it."""

KNOWN: Final = frozenset(name for names in NAMES.values() for name in names)

ASKED: Final = "Asked for the events in"
TIME_HINT: Final = (
    "Give columns with names: time_us (or t, in microseconds), channel (or p), y and x, and layer "
    "where there are several."
)
_TOO_LARGE: Final = 2.0**63


def known_of(names: Iterable[str], file: Path) -> dict[str, str]:
    """Those of the names that are of columns of spikes, each with what it is named in the file.

    Raises:
        InputError: two of them are of the same column.
    """
    found: dict[str, str] = {}
    for name in names:
        meant = next((one for one, others in NAMES.items() if name.strip().lower() in others), None)
        if meant is None:
            continue
        if meant in found:
            raise InputError(
                f"{ASKED} {file}, which has two columns for {meant}: {found[meant]} and {name}.",
                hint="Leave out or rename one of the two.",
            )
        found[meant] = name
    return found


def spikes_of(
    columns: Columns, file: Path, layer: int | None, default: int, shape: Shape | None
) -> Spikes:
    """Spikes of named columns, of any types that hold whole numbers.

    Args:
        columns: by their names.
        file: that they are of, for errors.
        layer: as for `read_events`, as are the others.
        default: of the layer.
        shape: of the input.

    Raises:
        InputError: as for `read_events`.
    """
    known = known_of(columns, file)
    if "time_us" not in known:
        has = f"has the columns {', '.join(columns)}" if columns else "has no named columns"
        raise InputError(f"{ASKED} {file}, which {has}, and none for the time.", hint=TIME_HINT)
    if "layer" in known and layer is not None:
        raise InputError(
            f"{ASKED} {file} for one layer, and the file says the layer of each event itself.",
            hint="Leave the layer out, or remove that column.",
        )
    if not np.size(columns[known["time_us"]]):
        raise InputError(f"{ASKED} {file}, and it has no event.", hint="Give another file.")
    if shape is not None and "layer" not in known:
        _refuse_missing(columns, known, file, shape)
    given: dict[str, Any] = dict.fromkeys(NAMES, 0)
    given["layer"] = default if layer is None else layer
    for name, named in known.items():
        given[name] = _whole(columns[named], name, file)
    try:
        return Spikes(**given)
    except InputError as error:
        said = error.message.removeprefix("Asked for spikes with ")
        raise InputError(f"{ASKED} {file}, with {said}", hint=error.hint) from error


def _refuse_missing(columns: Columns, known: Mapping[str, str], file: Path, shape: Shape) -> None:
    """Refuse a file without a column that the input needs: all its events would be at 0."""
    for name, size in zip(("channel", "y", "x"), shape, strict=True):
        if size > 1 and name not in known:
            raise InputError(
                f"{ASKED} {file}, which has the columns {', '.join(columns)} and none for {name}, "
                f"and the input has {' x '.join(map(str, shape))} (channels x height x width).",
                hint=f"Name that column {' or '.join(NAMES[name][:2])}, or give one of zeros.",
            )


def _whole(column: Any, name: str, file: Path) -> Any:
    """The column as whole numbers from 0, where each of its values is one."""
    values = np.asarray(column)
    kind = values.dtype.kind
    if kind not in "iufb":
        raise InputError(
            f"{ASKED} {file}, and {name} is of type {values.dtype}, which is no number.",
            hint="Convert it first to microseconds: column.astype('timedelta64[us]')"
            ".astype('int64')."
            if kind == "m"
            else "Give a whole number for each event.",
        )
    if kind == "b":
        return values.astype(np.int64)
    if kind == "f":
        values = _rounded(values, name, file)
    lowest = values.min(initial=0)
    if name != "layer" and lowest < 0:
        raise InputError(
            f"{ASKED} {file}, with {name} {int(lowest)}, and it counts from 0.",
            hint=_hint_of_negative(name, values),
        )
    return values


def _rounded(values: Any, name: str, file: Path) -> Any:
    rounded = np.rint(values)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise InputError(
            f"{ASKED} {file}, and {name} is {values[wrong][0]} in {int(wrong.sum())} of "
            f"{values.size} events.",
            hint="Leave out these events, or give a whole number for each.",
        )
    wrong = rounded != values
    if wrong.any():
        raise InputError(
            f"{ASKED} {file}, and {name} is {values[wrong][0]} in one of them, which is no whole "
            "number.",
            hint="Times are in microseconds: multiply those in seconds by 1,000,000 and round them."
            if name == "time_us"
            else "Give a whole number for each event.",
        )
    if np.abs(rounded).max(initial=0) >= _TOO_LARGE:
        raise InputError(
            f"{ASKED} {file}, and {name} is {rounded.flat[np.abs(rounded).argmax()]:g}.",
            hint=f"Give less than {_TOO_LARGE:.0f}.",
        )
    return rounded.astype(np.int64)


def _hint_of_negative(name: str, values: Any) -> str:
    if name == "time_us":
        return "Times begin at 0 with a stimulation: subtract the earliest from all of them."
    if name == "channel" and set(np.unique(values).tolist()) <= {-1, 1}:
        return "Write 0 for off and 1 for on: events['p'] = events['p'] > 0."
    return "Count from 0."
