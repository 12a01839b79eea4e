"""What a user gives as a run: a run, the path of one that was kept, or what is something else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from speckhal.contract.errors import InputError
from speckhal.opened.open_device import OpenDevice
from speckhal.runs.open_run import file_of_run, open_run

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
        InputError: there is no run at the path, or a device, or what selects one, was given.
    """
    if isinstance(given, str) and not os.path.exists(file_of_run(given)):  # noqa: PTH110 - that raises where the name is too long
        _refuse_selection(given, asked=asked, instead=instead)
    if isinstance(given, str | os.PathLike):
        return open_run(given)
    if isinstance(given, OpenDevice):
        raise InputError(
            f"Asked to {asked} a device, and what a device did is in a run.", hint=instead
        )
    return given


def _refuse_selection(given: str, *, asked: str, instead: str) -> None:
    """Refuse what selects a board where a run is wanted, such as "mock:speck2f"."""
    from speckhal.discovery.registry import registry  # noqa: PLC0415 - pages need no pluggy

    backend, _, target = given.partition(":")
    if backend not in {offer.name for offer in registry().offers()}:
        return
    if backend == "replay" and target:
        instead = f"Give the path of the record alone: {target!r}."
    raise InputError(
        f"Asked to {asked} {given!r}, which selects a board, and what a board did is in a run.",
        hint=instead,
    )
