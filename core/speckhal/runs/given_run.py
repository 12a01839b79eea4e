"""What a user gives as a run: a run, the path of one that was kept, or what is something else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from speckhal.contract.errors import InputError
from speckhal.opened.open_device import OpenDevice
from speckhal.runs.open_run import open_run

if TYPE_CHECKING:
    from speckhal.runs.run import Run

T = TypeVar("T")


def given_run(given: T | str | os.PathLike[str], *, asked: str, instead: str) -> T | Run:
    """The run at a path; anything else as it was given.

    Args:
        given: a path, or what whoever calls this takes besides.
        asked: what is done with it, as "compare".
        instead: what does that with a device, as code.

    Raises:
        InputError: there is no run at the path, or a device was given.
    """
    if isinstance(given, str | os.PathLike):
        return open_run(given)
    if isinstance(given, OpenDevice):
        raise InputError(
            f"Asked to {asked} a device, and what a device did is in a run.", hint=instead
        )
    return given
