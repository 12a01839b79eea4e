"""The emulated USB bus: which boards are plugged in, and which of them are open."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

import attrs

from speckhal_mock.sdk.faults import Call, Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from speckhal_mock.emulation.board import EmulatedBoard


@attrs.frozen(eq=False)
class _Opening:
    """What the bus knows of a board that is open: whose handle it is, and how it ends."""

    handle: object
    end: Callable[[str], None]
    pid: int


class Bus:
    """Boards that `samna.device` lists. They need not share a clock.

    Attributes:
        faults: what is to go wrong.
    """

    def __init__(self) -> None:
        self._boards: list[EmulatedBoard] = []
        self._open: dict[EmulatedBoard, _Opening] = {}
        self._held: set[EmulatedBoard] = set()
        self.faults = Faults(self._pull_out)

    @property
    def boards(self) -> tuple[EmulatedBoard, ...]:
        """Boards that are plugged in, by name of the kit, then by USB bus and address.

        sinabs groups the list as it comes, and loses boards where those of a kind are not
        neighbours.
        """
        return tuple(sorted(self._boards, key=lambda board: (board.kit.name, *_port(board))))

    def plug(self, board: EmulatedBoard) -> None:
        """Plug in a board.

        Raises:
            ValueError: it is plugged in already, or a board of its kind has its USB address.
        """
        for other in self._boards:
            if (other.kit.name, _port(other)) == (board.kit.name, _port(board)):
                raise ValueError(
                    f"A {board.kit.name} is plugged in at USB bus {board.usb_bus_number}, address "
                    f"{board.usb_device_address} already. Give this one another address."
                )
        self._boards.append(board)

    def unplug(self, board: EmulatedBoard) -> None:
        """Take a board off the bus; if it is open, its handle is good for nothing afterwards.

        Raises:
            ValueError: it is not plugged in.
        """
        if board not in self._boards:
            raise ValueError(f"Asked to unplug a {board.kit.name} that is not plugged in.")
        self._boards.remove(board)
        try:
            self._end_opening(board, "was unplugged")
        finally:
            board.lose_power()

    def clear(self) -> None:
        """Unplug all boards, even if one of them complains, and forget what was to go wrong."""
        self.faults.disarm()
        with contextlib.ExitStack() as unplugging:
            for board in self.boards:
                unplugging.callback(self.unplug, board)

    @contextlib.contextmanager
    def held_elsewhere(self, board: EmulatedBoard) -> Iterator[None]:
        """Let it look in the body as if another process had the board open.

        Raises:
            ValueError: it is open in this one.
        """
        if self.is_open(board):
            raise ValueError(f"Asked to hold a {board.kit.name} that is open in this process.")
        self._held.add(board)
        try:
            yield
        finally:
            self._held.remove(board)

    def is_held_elsewhere(self, board: EmulatedBoard) -> bool:
        """Whether another process has the board open, or seems to: one this was forked from."""
        return board in self._held or (board in self._open and not self.is_open(board))

    def is_free(self, board: EmulatedBoard) -> bool:
        """Whether no process has the board open."""
        return not self.is_open(board) and not self.is_held_elsewhere(board)

    def is_open(self, board: EmulatedBoard) -> bool:
        """Whether somebody in this process has the board open."""
        return board in self._open and self._open[board].pid == os.getpid()

    def handle_of(self, board: EmulatedBoard) -> object | None:
        """The handle of a board that is open; None if it is not."""
        return self._open[board].handle if self.is_open(board) else None

    def note_open(
        self, board: EmulatedBoard, handle: object, *, end: Callable[[str], None]
    ) -> None:
        """Remember that the board is open from now on.

        Args:
            board: which one.
            handle: what scripts hold of it.
            end: lets the board go; what it is called with completes the sentence "This board ...".
        """
        self._open[board] = _Opening(handle, end, os.getpid())

    def close(self, handle: object) -> bool:
        """Let go the board that `handle` belongs to; False if that has happened already."""
        for board, opening in self._open.items():
            if opening.handle is handle:
                with self.faults.calling(Call.CLOSE_DEVICE, board):
                    self._end_opening(board, "was closed")
                return True
        return False

    def _pull_out(self, board: EmulatedBoard) -> None:
        """Unplug a board, if nothing that arrived from it meanwhile has done so."""
        if board in self._boards:
            self.unplug(board)

    def _end_opening(self, board: EmulatedBoard, reason: str) -> None:
        if board in self._open:
            self._open.pop(board).end(reason)


def _port(board: EmulatedBoard) -> tuple[int, int]:
    return board.usb_bus_number, board.usb_device_address


_BUS: Final = Bus()


def current_bus() -> Bus:
    """The one bus of this process."""
    return _BUS
