"""Names that a record and an export have for the same, and texts as HDF5 has them."""

from __future__ import annotations

from typing import Final

VERSION_NAME: Final = "speckhal_record_version"
"""The attribute by which a file is known as a record."""

SPIKES_NAME: Final = "speckhal_spikes_version"
"""The attribute that a record of spikes has besides."""


def group_of(layer: int) -> str:
    """The group of a deployed layer."""
    return f"layer_{layer}"


def as_hdf5_text(text: str) -> str:
    """The text as HDF5 can have it; with what it cannot have, it is in the JSON beside it."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
