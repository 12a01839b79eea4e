"""The only leak of a board that was ever published: a record that comes with speckhal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PUBLISHED_LEAK: Final = "published-leak"
"""Its name, wherever a record can be given and no file is called so."""


def published_leak_path() -> Path:
    """Where the record is of the leak that the documentation of sinabs shows of a Speck2f kit.

    `speckhal.open_run` opens it, as it opens the name "published-leak"; so do `speckhal show` and
    `verify`, and `replay:published-leak`.

    Four neurons of core 0, shape (1, 2, 2), with a slow clock of 1 Hz: 20 readings, 0.5 s apart, of
    April 2023, the first of which was taken while the clock ran. The readings were published, and
    no more: scale, thresholds, start and bias are inferred from the script. `provenance.notes` says
    which number is from where: `source`, `inferred`, `uncertain`.
    """
    return Path(__file__).with_name("published_leak.h5")
