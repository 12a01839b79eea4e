"""One opening of a board: what everything got from its handle depends on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NoReturn

from speckhal_mock.emulation.clock import emulating
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.unsupported_settings import mention

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.clock import EmulationClock
    from speckhal_mock.sdk.faults import Call, Fault


class Session:
    """A board from when it is opened until it is closed or unplugged."""

    def __init__(self, board: EmulatedBoard) -> None:
        self._board = board
        self._end: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the board may still be used."""
        return self._end is None

    @property
    def board(self) -> EmulatedBoard:
        """The board.

        Raises:
            RuntimeError: it was closed or unplugged.
        """
        if self._end is not None:
            raise RuntimeError(
                f"This {self._board.kit.name} {self._end}: neither its handle nor anything got "
                f"from it can be used any more. Open the device again."
            )
        return self._board

    @property
    def clock(self) -> EmulationClock:
        """The board's clock, which goes on without the board."""
        return self._board.clock

    def calling(self, call: Call) -> AbstractContextManager[Fault | None]:
        """Do a call to the board in the body; `Faults.calling` says what may happen to it."""
        return current_bus().faults.calling(call, self._board)

    def emulating(self) -> AbstractContextManager[None]:
        """In the body, let time wait for what is done there for the board."""
        return emulating(self.clock)()

    def check_open(self) -> None:
        """Raise RuntimeError if the board was closed or unplugged."""
        _ = self.board

    def end(self, reason: str) -> None:
        """Let the board go, after what it has sent so far has arrived.

        Args:
            reason: completes the sentence "This board ...".
        """
        try:
            with contextlib.suppress(NotEmulatedError):  # closing gets the board out of this
                self._board.settle()
        finally:
            self._end = reason
            self._board.outputs = None
            self._board.power.deliver_to(None)
            self._board.close()

    def go_on_without(
        self, call: str, subject: str, outcome: str = "it changes nothing here"
    ) -> None:
        """Take a call that needs what the emulated board does not have, and warn of it once.

        Only where a program gets nothing else than from a real board.

        Args:
            call: the vendor's name of it.
            subject: what is not emulated, as the beginning of a sentence.
            outcome: what follows, as the end of one.

        Raises:
            RuntimeError: the board was closed or unplugged.
        """
        mention(
            self.board,
            subject,
            f"{call} was called on an emulated {self.board.kit.name}. {subject} is not emulated: "
            f"{outcome}.",
        )

    def refuse(self, call: str, subject: str) -> NoReturn:
        """Say that a call needs what the emulated board does not have.

        Args:
            call: the vendor's name of it.
            subject: what is not emulated, as the beginning of a sentence.

        Raises:
            NotEmulatedError: always, on an open board.
            RuntimeError: the board was closed or unplugged.
        """
        raise NotEmulatedError(
            f"{call} was called on an emulated {self.board.kit.name}. {subject} is not emulated: "
            f"spikes, sensor, readout, leak, slow clocks, and reads and writes of words are."
        )


def not_emulated(method: str, subject: str) -> Callable[[Any], NoReturn]:
    """A method, of what has a `_session`, that refuses as `Session.refuse` does.

    Args:
        method: the vendor's name of it.
        subject: what is not emulated, as the beginning of a sentence.
    """

    def refuse(self: Any) -> NoReturn:
        session: Session = self._session
        session.refuse(f"{method}()", subject)

    refuse.__name__ = refuse.__qualname__ = method
    refuse.__doc__ = f"{subject} is not emulated; this says so."
    return refuse
