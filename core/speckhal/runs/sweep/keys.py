"""The name of a point: the same in another process and later, another once anything differs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from speckhal.discovery.registry import registry
from speckhal.discovery.selection import parse_selection
from speckhal.runs.versions import versions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from speckhal.runs.sweep.plain import Plain

_OF_RESULTS: Final = ("speckhal", "sinabs")
"""Whose other versions may measure something else."""


def key_of(values: Mapping[str, Plain], *also: object) -> str:
    """64 digits for these values and what else makes the point what it is, plain data."""
    text = json.dumps([also, values], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def software_of(selection: str) -> list[object]:
    """Versions of what measures with the backend that is selected.

    Raises:
        InputError, BackendError: as for selecting it.
    """
    found = versions()
    offer = registry().offer(parse_selection(selection).backend)
    return [offer.version, [found.get(name) for name in _OF_RESULTS]]
