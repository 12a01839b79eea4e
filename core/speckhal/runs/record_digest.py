"""A digest of what is known of a run before its readings: HDF5 has no checksum of long attributes.

Values in datasets, and the structure of the file, have checksums of HDF5's own. That of nothing but
zeros is zero, so that a page which was lost looks whole: biases are in the digest too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speckhal.runs.record_damage import RecordDamagedError, damage_to

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGEST_NAME: Final = "sha256"

_OF_FILE: Final = (
    "speckhal_record_version", "backend", "board", "chip", "serial_number", "emulated",
    "started_at", "device", "provenance", "deployment",
)  # fmt: skip
_OF_LAYER: Final = (
    "layer", "core", "shape", "scale", "threshold_high", "threshold_low", "leak_enable", "rate_hz",
)  # fmt: skip
_BIASES: Final = ("biases", "wanted_biases")


def write_digest(file: Any, groups: Sequence[str]) -> None:
    """Keep the digest of an `h5py.File` whose attributes are complete, and those of its groups."""
    file.attrs[DIGEST_NAME] = _digest(file, groups)


def refuse_other_digest(file: Any, groups: Sequence[str]) -> None:
    """Raise RecordDamagedError where an attribute or a bias is not what was written.

    Attributes of others are nobody's concern. Records of before there was a digest pass.
    """
    kept = file.attrs.get(DIGEST_NAME)
    if kept is not None and kept != _digest(file, groups):
        raise RecordDamagedError("the attributes, or biases, are not those that were written")


def _digest(file: Any, groups: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for where, names in (("/", _OF_FILE), *((group, _OF_LAYER) for group in groups)):
        attributes = file[where].attrs
        for name in names:
            value = attributes.get(name)
            plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
            digest.update(repr((where, name, plain)).encode("utf-8", "surrogatepass"))
    for group in groups:
        with damage_to(f"the biases of {group}"):
            for name in _BIASES:
                plain = file[group][name][()].tolist()
                digest.update(repr((group, name, plain)).encode())
    return digest.hexdigest()
