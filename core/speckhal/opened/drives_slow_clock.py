"""The slow clock of an opened device: how often it ticks, when it runs, and ticks one by one."""

from __future__ import annotations

import attrs

from speckhal.contract.arrays import whole_number
from speckhal.contract.capabilities import Capability, ClockDrive
from speckhal.contract.errors import ConfigurationError
from speckhal.opened.held_device import HeldDevice
from speckhal.opened.leak_config import CheckedLeakConfig, checked_drive, checked_leak, demand_drive
from speckhal.opened.observers import raw_device_at_work
from speckhal.system import log


class DrivesSlowClock(HeldDevice):
    """A device whose slow clock runs by itself, or makes the ticks that are asked for."""

    @property
    def clock_uses(self) -> int:
        """How often its slow clock was started, or made ticks by `tick`, since it was opened.

        What makes ticks itself sees by this whether anything else has.
        """
        return self._state.clock_uses

    def leak_config(
        self,
        *,
        rate_hz: int | None = None,
        drive: ClockDrive = ClockDrive.EXTERNAL,
        events_per_tick: int | None = None,
    ) -> CheckedLeakConfig:
        drive = checked_drive(drive)
        demand_drive(self._state, drive)
        chip = self.info.chip
        request = checked_leak(drive, rate_hz, events_per_tick, chip=chip)
        with raw_device_at_work():
            raw = self.raw.leak_config(**attrs.asdict(request))
        return CheckedLeakConfig(chip.name, raw)

    def start_slow_clock(self) -> None:
        deployment = self._state.deployed("start its slow clock")
        if deployment.leak is None or not deployment.leak.drive.runs_by_itself:
            raise ConfigurationError(
                "Asked to start the slow clock, and the network was deployed without one that "
                "runs by itself.",
                hint="Deploy with leak=device.leak_config(rate_hz=...), or use tick().",
            )
        self._state.states = "leaked"
        self._state.clock_uses += 1
        with raw_device_at_work():
            self.raw.start_slow_clock()
        self._state.clock_runs = True
        log.DEVICE.info("%s: slow clock on", log.board(self.info))

    def stop_slow_clock(self) -> None:
        self._state.refuse_if_closed("stop its slow clock")
        # where stopping fails, only the device knows whether the clock runs
        self._state.clock_runs = False
        with raw_device_at_work():
            self.raw.stop_slow_clock()
        log.DEVICE.info("%s: slow clock off", log.board(self.info))

    def tick(self, count: int = 1) -> None:
        self._state.demand(Capability.STEPPED_CLOCK)
        self._state.deployed("make ticks")
        ticks = whole_number(count)
        if ticks is None or ticks < 0:
            raise ConfigurationError(
                f"Asked for {count!r} ticks, and only a whole number of ticks can be made.",
                hint="Use a whole number from 0, such as tick(1).",
            )
        if self._state.clock_runs:
            raise ConfigurationError(
                "Asked for single ticks while the slow clock is running.",
                hint="Call stop_slow_clock() first.",
            )
        if ticks:
            self._state.states = "leaked"
            self._state.clock_uses += 1
        with raw_device_at_work():
            self.raw.tick(ticks)
        if log.DEVICE.isEnabledFor(log.DEBUG):  # a tick is quick
            log.DEVICE.debug("%s: made %d ticks", log.board(self.info), ticks)
