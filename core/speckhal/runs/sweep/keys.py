"""The name of a point: the same in another process and later, another once anything differs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from speckhal.discovery.registry import registry
from speckhal.discovery.selection import parse_selection
from speckhal.runs.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speckhal.runs.sweep.plain import Plain

_OF_RESULTS: Final = ("speckhal", "sinabs")
"""Whose other versions may measure something else."""


def key_of(values: Mapping[str, Plain], *also: object) -> str:
    """64 digits for these values and what else makes the point what it is, plain data."""
    text = json.dumps([also, values], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def source_of(measure: Callable[..., object]) -> list[object]:
    """What a function is: its name, its text, and what is plain of the values that it encloses.

    What it calls is not looked at.
    """
    if isinstance(measure, functools.partial):
        given = [*measure.args, *sorted(measure.keywords.items())]
        return [source_of(measure.func), _plain_of(given)]
    text = ""
    with contextlib.suppress(OSError, TypeError):  # such as one that was typed in
        text = inspect.getsource(measure)
    name = getattr(measure, "__qualname__", None) or type(measure).__qualname__
    cells = getattr(measure, "__closure__", None) or ()
    enclosed = [getattr(cell, "cell_contents", None) for cell in cells]
    return [getattr(measure, "__module__", ""), name, text, _plain_of(enclosed)]


def software_of(selection: str) -> list[object]:
    """Versions of what measures with the backend that is selected.

    Raises:
        InputError, BackendError: as for selecting it.
    """
    found = versions()
    offer = registry().offer(parse_selection(selection).backend)
    return [offer.version, [found.get(name) for name in _OF_RESULTS]]


def content_of(value: object) -> str:
    """SHA-256 of the file that a value names, also as FILE.py:NAME; empty where it names none."""
    for path in (value, value.rpartition(":")[0]) if isinstance(value, str) else ():
        with contextlib.suppress(OSError, ValueError):  # of texts that are no path
            if Path(path).is_file():
                return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return ""


def _plain_of(values: list[object]) -> str:
    return repr([value for value in values if _is_plain(value)])


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple):  # a list may change while the function is at work
        return all(map(_is_plain, value))
    return isinstance(value, str | bytes | int | float | None)
