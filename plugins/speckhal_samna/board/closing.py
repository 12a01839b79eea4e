"""What is left to do before a board is given back, whoever does it and whatever interrupts it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import warnings
from typing import TYPE_CHECKING, Protocol

import attrs

from speckhal.contract.errors import SpeckhalError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self


class ClosedAfterwards(Protocol):
    """Something that closes at the end of a `with` statement."""

    def close(self) -> None:
        """Give the board back; once closed, do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        # what ended the block matters more than what goes wrong while closing
        with contextlib.nullcontext() if error is None else contextlib.suppress(SpeckhalError):
            self.close()


@attrs.define(eq=False)
class _Step:
    do: Callable[[], object]
    was_tried: bool = False


class Closing:
    """Steps that are done once, the last first, by the process that made this.

    A step that fails or is interrupted is tried once more. It is forgotten only then, so that what
    an interrupt leaves undone is done by whoever closes next: the user, or a finaliser.

    Args:
        name: of the board.

    Attributes:
        process: that opened the board.
        holds: what must live as long as the board is open.
    """

    def __init__(self, name: str) -> None:
        self.process = os.getpid()
        self.holds: list[object] = []
        self._name = name
        self._steps: list[_Step] = []

    @property
    def is_of_this_process(self) -> bool:
        """Whether this process opened the board, and was not forked from the one that did."""
        return self.process == os.getpid()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return not self._steps

    def add(self, do: Callable[[], object]) -> None:
        """Add what is to be done before all that was added so far."""
        self._steps.append(_Step(do))

    def close(self) -> None:
        """Do what is left, all of it, also where something fails.

        Raises:
            BaseException: whatever the first step that failed has raised.
        """
        if not self.is_of_this_process:
            return
        try:
            self._do_steps()
        except BaseException:
            self._do_steps()  # nothing, unless an interrupt came between two steps
            raise

    def close_for_nobody(self) -> None:
        """Close a board that was left open; who left it cannot catch what goes wrong.

        In a process that was forked from the one that opened it, the board is left as it is.
        """
        if not self.is_of_this_process:
            # the other process uses it, so that not even destructors of the vendor's may run here
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
            return
        try:
            self.close()
        except Exception as error:  # noqa: BLE001  # whatever it is, it ends here
            warnings.warn(
                f"{self._name} was left open, and closing it now failed: {type(error).__name__}: "
                f"{error} If it is still plugged in, press its reset button: its slow clock may be "
                "running.",
                RuntimeWarning,
                stacklevel=1,
            )

    def _do_steps(self) -> None:
        failure: BaseException | None = None
        while self._steps:
            step = self._steps[-1]
            is_last_try, step.was_tried = step.was_tried, True
            try:
                step.do()
            except BaseException as error:  # noqa: BLE001  # raised when all is done
                failure = failure or error
                if not is_last_try:
                    continue
            # a signal handler may have closed the board meanwhile
            if step in self._steps:
                self._steps.remove(step)
        try:
            if failure is not None:
                raise failure
        finally:
            # a traceback that refers to its exception keeps all that its frames hold alive
            del failure
