"""Gives each thread of a sweep a board of its own, as long as there are boards."""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import DeviceBusy, DeviceNotFound
from speckhal.discovery.opening import open_device

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal.opened.open_device import OpenDevice

_NAMES_ONE_BOARD: Final = re.compile(r":(.*:)?\d+$|:serial=")
"""A selection that says which of several boards of a kind it means."""


class _Boards:
    """The boards of one selection that threads of this process have, by their index."""

    def __init__(self, selection: str) -> None:
        self._selection = selection
        self._taken: set[int] = set()
        self._most = 1 if _NAMES_ONE_BOARD.search(selection) else None  # None: not known yet
        self._changed = threading.Condition()

    def take(self) -> int:
        """The lowest index that no other thread has; waits where all boards are taken."""
        with self._changed:
            while self._most is not None and len(self._taken) >= self._most:
                self._changed.wait()
            index = next(
                number for number in range(len(self._taken) + 1) if number not in self._taken
            )
            self._taken.add(index)
            return index

    def give_back(self, index: int, *, exists: bool) -> None:
        """Let another thread have it; or note that there is no such board."""
        with self._changed:
            self._taken.discard(index)
            if not exists:
                self._most = index if self._most is None else min(self._most, index)
            self._changed.notify_all()

    def name_of(self, index: int) -> str:
        """The selection of the board of that index."""
        return f"{self._selection}:{index}" if index else self._selection


_boards: dict[str, _Boards] = {}
_lock: Final = threading.Lock()


@contextlib.contextmanager
def board_of_its_own(selection: str, options: Mapping[str, object]) -> Iterator[OpenDevice]:
    """Open a board that no other thread of this process has opened by this.

    Where several threads want a board of the same selection, the second one opens
    `backend:target:1`, and so on; where there are no more, it waits until one is free.

    Args:
        selection: `backend[:target]`; one that names a single board is opened by one thread at a
            time.
        options: of the backend.

    Raises:
        InputError, BackendError, DeviceError: as for `speckhal.open_device`.
    """
    with _lock:
        boards = _boards.setdefault(selection, _Boards(selection))
    while True:
        index = boards.take()
        try:
            device = open_device(boards.name_of(index), **options)
        except (DeviceNotFound, DeviceBusy):
            boards.give_back(index, exists=index == 0)
            if index == 0:
                raise
            continue
        except BaseException:
            boards.give_back(index, exists=True)
            raise
        try:
            with device:
                yield device
        finally:
            boards.give_back(index, exists=True)
        return
