"""The three drives of a board's slow clock, and what is known of its ticks."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, Protocol

from speckhal.contract.capabilities import ClockDrive
from speckhal.contract.errors import ConfigurationError, DeviceError, DeviceFailed, SpeckhalError
from speckhal_samna.values import whole_number

if TYPE_CHECKING:
    from speckhal.contract.clock import Clock
    from speckhal_samna.board.open_board import Board


MOST_TICKS: Final = 1_000_000
"""Ticks that are made at once: on a board they take the better part of an hour."""


class RouteToSensor(Protocol):
    """Switches the chip's leak to its internal clock, or back."""

    def __call__(self, *, on: bool, at_any_cost: bool = False) -> bool:
        """Do it, and keep the neurons' states.

        Args:
            on: which of the two.
            at_any_cost: do it also where the states cannot be read, and lose them.

        Returns:
            Whether the states were kept.
        """


class SlowClock:
    """Starts, stops and steps the slow clock of an open board.

    What routes the leak to the sensor, under the internal drive, is given with each call: the
    device does that, which owns this object, and a device in a circle of references would stay open
    until the garbage collector finds it.

    Args:
        board: whose clock it is.
        clock: the time on that board.
    """

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board = board
        self._clock = clock
        self._drive: ClockDrive | None = None
        self._is_running = False
        self._ticks: int | None = None

    @property
    def ticks(self) -> int | None:
        """Ticks since `rewind`; None once the clock ran by itself, since nobody counts those."""
        return self._ticks

    @property
    def is_running(self) -> bool:
        """Whether the clock was started and not stopped."""
        return self._is_running

    def rewind(self, drive: ClockDrive | None) -> None:
        """Count from 0 again, for a network that was just deployed with this drive."""
        self._drive = drive
        self._is_running = False
        self._ticks = 0

    def start(self, route_to_sensor: RouteToSensor) -> None:
        """Let the clock run by itself."""
        if self._drive not in {ClockDrive.EXTERNAL, ClockDrive.INTERNAL}:
            raise ConfigurationError(
                "Asked to start the slow clock, and the network was deployed without one that "
                "runs by itself.",
                hint="Deploy with leak=device.leak_config(rate_hz=...), or use tick().",
            )
        with self._board.asked_to("start its slow clock"):
            if self._is_running:
                return
            self._is_running = True
            self._ticks = None
            try:
                self._switch(route_to_sensor, on=True)
            except BaseException:
                # a start that failed or was interrupted may have started it all the same
                with contextlib.suppress(DeviceError):
                    self.stop(route_to_sensor)
                raise

    def stop(self, route_to_sensor: RouteToSensor) -> None:
        """Stop the clock. It is stopped even where it is not known to run.

        If that fails, or is interrupted, it is tried twice more before the error is told, as a
        clock that runs on spoils whatever comes next: a reading and a write may each fail. The
        internal clock is then stopped even at the cost of the neurons' states.

        Raises:
            DeviceError: something failed, whether it was stopped at a later attempt or not.
        """
        with self._board.asked_to("stop its slow clock"):
            try:
                self._switch(route_to_sensor, on=False)
            except BaseException as error:
                if not self._stop_at_any_cost(route_to_sensor) and isinstance(error, SpeckhalError):
                    raise DeviceFailed(
                        "Asked to stop the slow clock, and it is stopped, but the chip's states "
                        "could not be read, which must be written anew for that. Membrane "
                        "potentials and biases are those of when it was started.",
                        hint="Write them, or deploy again.",
                    ) from error
                raise
            self._is_running = False

    def tick(self, count: object, *, pause_s: float) -> None:
        """Make `count` ticks, each `pause_s` after the one before."""
        ticks = whole_number(count)
        if ticks is None or ticks < 0:
            raise ConfigurationError(
                f"Asked for {count!r} ticks, and only a whole number of ticks can be made.",
                hint="Use tick(1) or more.",
            )
        if ticks > MOST_TICKS:
            raise ConfigurationError(
                f"Asked for {ticks:,} ticks, and at most {MOST_TICKS:,} are made at once: each is "
                "a command to the board.",
                hint="Make them in parts, or let a clock run that ticks by itself.",
            )
        with self._board.asked_to("make ticks"):
            if self._is_running:
                raise ConfigurationError(
                    "Asked for single ticks while the slow clock is running.",
                    hint="Call stop_slow_clock() first.",
                )
            for _ in range(ticks):
                # a pulse that fails may have made its tick all the same: then nobody knows
                before, self._ticks = self._ticks, None
                self._board.pulse_slow_clock()
                self._clock.sleep_s(pause_s)
                self._ticks = None if before is None else before + 1

    def _stop_at_any_cost(self, route_to_sensor: RouteToSensor) -> bool:
        """Try to stop the clock again; False if that cost the neurons' states."""
        for _ in range(2):
            with contextlib.suppress(SpeckhalError):
                kept = self._switch(route_to_sensor, on=False, at_any_cost=True)
                self._is_running = False
                return kept
        return True

    def _switch(
        self, route_to_sensor: RouteToSensor, *, on: bool, at_any_cost: bool = False
    ) -> bool:
        """Start or stop whichever clock it is; gives whether the neurons' states were kept."""
        kept = True
        if self._drive is ClockDrive.INTERNAL and (on or self._board.may_tick_by_itself):
            kept = route_to_sensor(on=on, at_any_cost=at_any_cost)
        if not on or self._drive is ClockDrive.EXTERNAL:
            self._board.set_slow_clock(running=on)
        return kept
