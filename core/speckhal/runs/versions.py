"""Versions of what a result depends on, found without importing any of it."""

from __future__ import annotations

import functools
import importlib.metadata
import sys

DISTRIBUTIONS = ("speckhal", "sinabs", "samna", "torch", "numpy")
"""Whose versions matter for a leak."""

_EMULATION_MARKER = "_speckhal_emulated"
"""What the emulated samna of the mock has; a test holds this against the mock's."""


def versions() -> dict[str, str]:
    """Versions by name of the distribution, as far as they are installed.

    That of an emulated samna, which stands in for the vendor's, ends in " (emulated)". The vendor's
    is never imported for that: what a package index offers under its name runs an installer.
    """
    found = {name: _version(name) for name in DISTRIBUTIONS}
    samna = sys.modules.get("samna")
    if getattr(samna, _EMULATION_MARKER, False):
        found["samna"] = f"{getattr(samna, '__version__', 'unknown')} (emulated)"
    return {name: version for name, version in found.items() if version is not None}


@functools.cache
def _version(name: str) -> str | None:
    """As installed when this process asked first, since what it has imported stays what it is."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
