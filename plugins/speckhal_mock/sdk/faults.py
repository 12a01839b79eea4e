"""Things that go wrong on purpose, once each, so that error paths can be proven.

    current_bus().faults.arm(Raises(Call.SET_SLOW_CLK, RuntimeError("no answer")), use=2)

makes the second `set_slow_clk` from now on raise, and no other. Boards that are in use elsewhere,
absent, or not what their name says are matters of the bus and of the kit, not of these.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from speckhal_mock.emulation.board import EmulatedBoard


class Call(enum.Enum):
    """Calls of the emulated samna at which something can go wrong, by the vendor's names."""

    GET_ALL_DEVICES = "get_all_devices"
    GET_UNOPENED_DEVICES = "get_unopened_devices"
    OPEN_DEVICE = "open_device"
    CLOSE_DEVICE = "close_device"
    GET_BOARD_SERIAL_NUMBER = "get_board_serial_number"
    GET_FIRMWARE_VERSIONS = "get_firmware_versions"
    SET_SLOW_CLK = "set_slow_clk"
    SET_SLOW_CLK_RATE = "set_slow_clk_rate"
    PULSE_SLOW_CLK = "pulse_slow_clk"
    APPLY_CONFIGURATION = "apply_configuration"
    RESET = "reset"
    START = "start"
    STOP = "stop"
    WRITE = "write"
    GET_EVENTS = "get_events"
    GET_EVENTS_BLOCKING = "get_events_blocking"
    GET_N_EVENTS = "get_n_events"
    CLEAR_EVENTS = "clear_events"
    ANSWER = "answer"
    """No call: a board answers one request to read, however many addresses that names."""


@attrs.frozen
class Raises:
    """A call raises.

    Attributes:
        at: the call.
        error: what it raises.
        done: whether it has done everything before, and not nothing.
    """

    at: Call
    error: BaseException
    done: bool = False


@attrs.frozen
class Unplugs:
    """The boards that a call goes to are unplugged just before it."""

    at: Call


@attrs.frozen
class OpensNothing:
    """Opening a board gives None, and the board stays closed."""

    at: ClassVar[Call] = Call.OPEN_DEVICE


@attrs.frozen
class WritesSlowly:
    """Writing a configuration takes longer by `extra_s`, which a time-out may cut short."""

    at: ClassVar[Call] = Call.APPLY_CONFIGURATION
    extra_s: float


@attrs.frozen
class Garbles:
    """Answers to one request arrive otherwise than the chip gave them.

    Attributes:
        change: gives the events that arrive, from those that should.
        then_unplugs: whether the board is unplugged when they have arrived.
    """

    at: ClassVar[Call] = Call.ANSWER
    change: Callable[[Sequence[object]], Sequence[object]]
    then_unplugs: bool = False


@attrs.frozen
class AnswersLate:
    """Answers to one request arrive `extra_s` later, and may do so after those to later ones."""

    at: ClassVar[Call] = Call.ANSWER
    extra_s: float


Fault: TypeAlias = Raises | Unplugs | OpensNothing | WritesSlowly | Garbles | AnswersLate


@attrs.define(eq=False)
class _Armed:
    """A fault to come: at which use of its call from now, and with which board (None: any)."""

    fault: Fault
    board: EmulatedBoard | None
    uses_left: int


class Faults:
    """What is to go wrong on a bus. May be used from several threads.

    Args:
        unplug: takes a board off the bus.
    """

    def __init__(self, unplug: Callable[[EmulatedBoard], None]) -> None:
        self._unplug = unplug
        self._armed: list[_Armed] = []
        self._lock: Final = threading.Lock()

    @property
    def armed(self) -> tuple[Fault, ...]:
        """Those that have not happened yet."""
        return tuple(armed.fault for armed in self._armed)

    def arm(self, fault: Fault, *, board: EmulatedBoard | None = None, use: int = 1) -> None:
        """Let `fault` happen once, and be forgotten.

        Args:
            fault: what goes wrong.
            board: with which board; None for whichever comes first, and for calls to none.
            use: at which use of its call, counted from now; if something else goes wrong with
                that one, at the next.

        Raises:
            ValueError: `use` is below 1.
        """
        if use < 1:
            raise ValueError(f"Asked for a fault at use {use} of a call; the first one is 1.")
        with self._lock:
            self._armed.append(_Armed(fault, board, use))

    def disarm(self) -> None:
        """Forget those that have not happened yet."""
        with self._lock:
            self._armed.clear()

    def calling(self, call: Call, *boards: EmulatedBoard) -> AbstractContextManager[Fault | None]:
        """Do a call in the body, and let happen what is to go wrong with it.

        Gives that fault: those with a class of their own for one call are up to the body.

        Args:
            call: which one.
            boards: that it goes to.
        """
        fault = self._due(call, boards)
        return contextlib.nullcontext() if fault is None else self._happening(fault, boards)

    @contextlib.contextmanager
    def _happening(self, fault: Fault, boards: Sequence[EmulatedBoard]) -> Iterator[Fault]:
        """Let the fault happen before the body, or after it."""
        if isinstance(fault, Unplugs):
            self._unplug_all(boards)
        if isinstance(fault, Raises) and not fault.done:
            raise fault.error
        yield fault
        if isinstance(fault, Garbles) and fault.then_unplugs:
            self._unplug_all(boards)
        if isinstance(fault, Raises):
            raise fault.error

    def _due(self, call: Call, boards: Sequence[EmulatedBoard]) -> Fault | None:
        """Count a use of `call`, and take what is to go wrong with it."""
        if not self._armed:  # as good as always
            return None
        with self._lock:
            awaiting = [
                armed
                for armed in self._armed
                if armed.fault.at is call and (armed.board is None or armed.board in boards)
            ]
            for armed in awaiting:
                armed.uses_left -= 1
            due = next((armed for armed in awaiting if armed.uses_left <= 0), None)
            if due is None:
                return None
            self._armed.remove(due)
            return due.fault

    def _unplug_all(self, boards: Sequence[EmulatedBoard]) -> None:
        for board in boards:
            self._unplug(board)
