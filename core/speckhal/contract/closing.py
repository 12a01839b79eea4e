"""How a device closes its board: once, also when forgotten, by the process that opened it."""

from __future__ import annotations

import ctypes
import os
import weakref
from typing import TYPE_CHECKING

from speckhal.contract.errors import BackendBroken

if TYPE_CHECKING:
    from collections.abc import Callable


class Closing:
    """Closes a board when it is called; `closed_when_forgotten` makes it."""

    def __init__(self, device: object, close: Callable[[], object]) -> None:
        self._process = os.getpid()
        try:
            self._finalizer = weakref.finalize(device, _close_unless_forked, close, self._process)
        except TypeError as error:
            close()
            raise without_weak_references(device) from error

    @property
    def is_open(self) -> bool:
        """Whether the board is still to be closed, if only by the process that opened it."""
        return self._finalizer.alive

    def __call__(self) -> None:
        """Close the board, if it is open; in a process that did not open it, do nothing."""
        if self._process == os.getpid():
            self._finalizer()


def closed_when_forgotten(device: object, close: Callable[[], object]) -> Closing:
    """What closes the device's board: when called, when nothing refers to the device, and at exit.

    A process that was forked from the one that opened the board leaves it as it is.

    Args:
        device: that is being made.
        close: gives its board back. It must not refer to the device, which would then never be
            forgotten: a method of the board, not of the device.

    Raises:
        BackendBroken: no weak reference to the device can be made; the board was closed.
    """
    return Closing(device, close)


def without_weak_references(device: object) -> BackendBroken:
    """The refusal of a device of which nobody could notice that nothing refers to it any more."""
    kind = type(device).__qualname__
    return BackendBroken(
        f"Asked for a device that closes when nothing refers to it, and {kind} has __slots__ that "
        "permit no weak reference.",
        hint=f'Add "__weakref__" to the __slots__ of {kind}.',
    )


def _close_unless_forked(close: Callable[[], object], process: int) -> None:
    if process == os.getpid():
        close()
    else:
        # the other process uses the board, so that not even its destructors may run here
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(close))
