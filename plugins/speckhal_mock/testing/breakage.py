"""How one rule of a mock is broken: one method of one object does something else."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_samna.device import SamnaDevice

    Instead: TypeAlias = Callable[..., object]
    """Called with the method that was there, and with what that would have been given."""


def _as_it_was(_whole: object) -> None:
    """Break nothing."""


@attrs.frozen(eq=False)
class Breakage:
    """One rule that a mock breaks on purpose; without a name, none.

    Attributes:
        name: the value of the mock's option `breakage`.
        rule: what it does instead, as the end of a sentence.
        options: of the emulation, that break it.
        board: breaks the board, before it is opened.
        device: breaks the driver's device, once it is open.
    """

    name: str = ""
    rule: str = ""
    options: Mapping[str, object] = attrs.field(factory=dict)
    board: Callable[[EmulatedBoard], None] = _as_it_was
    device: Callable[[SamnaDevice], None] = _as_it_was

    @property
    def is_of_driver(self) -> bool:
        """Whether the board itself is whole."""
        return self.device is not _as_it_was


NOTHING: Final = Breakage()
"""What is broken of a mock that is whole."""


def around(owner: object, method: str, instead: Instead) -> None:
    """Let `instead` be called, with the method that was there, from now on."""
    was = getattr(owner, method)

    @functools.wraps(was)
    def now(*arguments: object, **named: object) -> object:
        return instead(was, *arguments, **named)

    setattr(owner, method, now)


def board_method(name: str, rule: str, method: str, instead: Instead) -> Breakage:
    """A method of the board does something else."""
    return Breakage(name, rule, board=lambda board: around(board, method, instead))


def device_method(name: str, rule: str, method: str, instead: Instead) -> Breakage:
    """A method of the device does something else."""
    return Breakage(name, rule, device=lambda device: around(device, method, instead))
