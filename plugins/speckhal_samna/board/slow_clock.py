"""The slow clock of a board: when it runs, whatever goes wrong, and what is known of its ticks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import ConfigurationError, DeviceError, DeviceFailed, SpeckhalError
from speckhal_samna.board.clock_drives import SteppedDrive

if TYPE_CHECKING:
    from speckhal_samna.board.clock_drives import Drive
    from speckhal_samna.board.open_board import Board


MOST_TICKS: Final = 1_000_000
"""Ticks that are made at once: on a board they take the better part of an hour."""


class SlowClock:
    """Starts, stops and steps the slow clock of an open board.

    Args:
        board: whose clock it is.

    Attributes:
        ticks: since `rewind`; None once the clock ran by itself, since nobody counts those.
        is_running: whether the clock was started and not stopped.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._drive: Drive = SteppedDrive(board)
        self.is_running = False
        self.ticks: int | None = None

    def rewind(self, drive: Drive) -> None:
        """Count from 0 again, for a network that was just deployed with this drive."""
        self._drive = drive
        self.is_running = False
        self.ticks = 0

    def start(self) -> None:
        """Let the clock run by itself."""
        with self._board.asked_to("start its slow clock"):
            if not self._drive.runs_by_itself:
                raise ConfigurationError(
                    "Asked to start the slow clock, and the network was deployed without one that "
                    "runs by itself.",
                    hint="Deploy with leak=device.leak_config(rate_hz=...), or use tick().",
                )
            if self.is_running:
                return
            self.is_running = True
            self.ticks = None
            try:
                self._drive.start()
            except BaseException:
                # a start that failed or was interrupted may have started it all the same
                with contextlib.suppress(DeviceError):
                    self.stop()
                raise

    def stop(self) -> None:
        """Stop the clock. It is stopped even where it is not known to run.

        If that fails, or is interrupted, it is tried twice more before the error is raised, as a
        clock that runs on spoils whatever comes next: a reading and a write may each fail. The
        internal clock is then stopped even at the cost of the neurons' states.

        Raises:
            DeviceError: something failed, whether it was stopped at a later attempt or not.
        """
        with self._board.asked_to("stop its slow clock"):
            try:
                self._drive.stop()
            except BaseException as error:
                if not self._stop_at_any_cost() and isinstance(error, SpeckhalError):
                    raise DeviceFailed(
                        "Asked to stop the slow clock, and it is stopped, but the chip's states "
                        "could not be read, which must be written anew for that. Membrane "
                        "potentials and biases are those of when it was started.",
                        hint="Write them, or deploy again.",
                    ) from error
                raise
            self.is_running = False

    def tick(self, count: int, *, pause_s: float) -> None:
        """Make `count` ticks, each `pause_s` after the one before.

        Raises:
            ConfigurationError: the clock is running, or they are more than `MOST_TICKS`.
        """
        if count > MOST_TICKS:
            raise ConfigurationError(
                f"Asked for {count:,} ticks, and at most {MOST_TICKS:,} are made at once: each is "
                "a command to the board.",
                hint="Make them in parts, or let a clock run that ticks by itself.",
            )
        with self._board.asked_to("make ticks"):
            if self.is_running:
                raise ConfigurationError(
                    "Asked for single ticks while the slow clock is running.",
                    hint="Call stop_slow_clock() first.",
                )
            for _ in range(count):
                # a pulse that fails may have made its tick all the same: then nobody knows
                before, self.ticks = self.ticks, None
                self._board.pulse_slow_clock()
                self._board.clock.sleep_s(pause_s)
                self.ticks = None if before is None else before + 1

    def _stop_at_any_cost(self) -> bool:
        """Try to stop the clock again; False if that cost the neurons' states."""
        for _ in range(2):
            with contextlib.suppress(SpeckhalError):
                are_kept = self._drive.stop_at_any_cost()
                self.is_running = False
                return are_kept
        return True
