"""Lets the processes that a script spawns with `multiprocessing` find emulated boards too."""

from __future__ import annotations

import contextlib
import os
from multiprocessing import spawn
from typing import TYPE_CHECKING, Any, Final

import attrs

from speckhal_mock.sdk.bus import current_bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal.contract.backend import DeskEmulator

_for_life: Final = contextlib.ExitStack()
"""What a child process never leaves."""


@contextlib.contextmanager
def children_emulate(
    emulator: DeskEmulator,
    *,
    boards: Sequence[str],
    realtime: bool,
    options: Mapping[str, object],
) -> Iterator[None]:
    """In the body, let spawned processes have a desk with the same boards, in a time of their own.

    What is open here is held elsewhere there. Forked processes have a copy of everything anyway.

    Args:
        emulator: has the desk, there as here; it must pickle.
        boards: as `emulator.desk` takes them; so are the others.
        realtime: keep to the wall's time.
        options: of the emulation.
    """
    prepare = spawn.get_preparation_data
    given = dict(options)
    if given.get("profile") is not None:  # a child may begin in another folder
        given["profile"] = os.path.abspath(str(given["profile"]))  # noqa: PTH100

    def with_desk(name: str) -> dict[str, Any]:
        bus = current_bus()
        held = tuple(not bus.is_free(board) for board in bus.boards)
        asked = {"boards": tuple(boards), "realtime": realtime, "options": given}
        desk = _Desk(emulator, asked, held)
        # Python unpickles it in the child before it imports the script there, and knows no such key
        return {**prepare(name), "speckhal": desk}

    vars(spawn)["get_preparation_data"] = with_desk
    try:
        yield
    finally:
        vars(spawn)["get_preparation_data"] = prepare


@attrs.frozen
class _Desk:
    """What unpickles as a desk in place."""

    emulator: DeskEmulator
    asked: dict[str, Any]
    held: tuple[bool, ...]

    def __reduce__(self) -> tuple[object, ...]:
        return _take_place, (self.emulator, self.asked, self.held)


def _take_place(emulator: DeskEmulator, asked: dict[str, Any], held: tuple[bool, ...]) -> None:
    _for_life.enter_context(emulator.desk(**asked))
    bus = current_bus()
    for board, is_held in zip(bus.boards, held, strict=True):
        if is_held:
            _for_life.enter_context(bus.held_elsewhere(board))
