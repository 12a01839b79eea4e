"""How ticks reach the cores: lazily, in the order of time, and between the spikes."""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from speckhal.contract.clock import NS_PER_S
from speckhal.contract.warn import warn_user
from speckhal_mock.emulation.chip import DEFAULT_DIVIDER
from speckhal_mock.emulation.counters import EmulatedSlowClock, InternalClock, TickShare
from speckhal_mock.emulation.errors import EmulationWarning
from speckhal_mock.emulation.leak_sweeps import LeakSweeps
from speckhal_mock.emulation.readout_feed import ReadoutFeed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

    from speckhal_mock.emulation.chip import EmulatedChip, LeakingCore
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.population import Spikes
    from speckhal_mock.emulation.readout import ReadoutEvents
    from speckhal_mock.emulation.sensor.path import SensorPath
    from speckhal_mock.emulation.spike_flow import SpikeFlow

    Deliver: TypeAlias = Callable[[int, Spikes, int], None]


class TickFeed:
    """Hands ticks to the leaking cores: those of the one slow clock that the chip leaks at.

    A tick in which no neuron of an observed core can fire is only owed to the cores. One in
    which it could is swept: computed on all cores, then done, then its spikes are delivered.

    Args:
        chip: whose cores leak.
        options: what is assumed of the board.
        deliver: called with core, spikes and moment (ns), tick by tick and core by core.
        sensor: what else leaves the chip by itself, in the order of time.
        flow: spikes between the cores, which come among the ticks.
        deliver_readout: called with what the readout sends.
        hand_out: called when all that was to be delivered up to a moment has been.

    Attributes:
        slow_clock: the external slow clock. Change it only within `changing`.
        internal_clock: the one inside the chip. Restart it only within `changing`.
        pulses: ticks sent one by one, besides those of the slow clock.
        readout: the readout, which hears ticks too.
    """

    def __init__(
        self,
        chip: EmulatedChip,
        options: EmulationOptions,
        deliver: Deliver,
        sensor: SensorPath,
        flow: SpikeFlow,
        deliver_readout: Callable[[ReadoutEvents], None],
        hand_out: Callable[[], None],
    ) -> None:
        self.slow_clock = EmulatedSlowClock(
            options.default_rate_hz,
            first_tick=options.first_tick,
            rate_restarts_period=options.rate_restarts_period,
        )
        self.internal_clock = InternalClock(sensor.pixels, DEFAULT_DIVIDER)
        self.pulses = 0
        self.readout = ReadoutFeed(self.slow_clock, self.internal_clock, options, deliver_readout)
        self._sensor = sensor
        self._flow = flow
        self._chip = chip
        self._options = options
        self._lead_ns = 1 if options.leak_vs_event == "tick_first" else 0
        self._deliver = deliver
        self._sweeps = (
            LeakSweeps(options, flow, self._let_go) if options.leak_sweep == "interleaved" else None
        )
        self._hand_out = hand_out
        self._begun = 0
        self._counted = 0
        self._shares: dict[int, TickShare] = {}

    def run_to(self, moment: int) -> None:
        """Hand out the ticks that have come by `moment`, and do what spikes do until then.

        Raises:
            NotEmulatedError: what follows from a spike cannot be emulated.
        """
        reached = None
        while reached is None or reached < moment:
            reached = self._sensor.reach(moment)
            try:
                self._flow.let_in(reached)
                self._sensor.run_to(reached)
                if self._sweeps is None:
                    self._run_to(reached)
                else:
                    self._sweep_to(reached, self._sweeps)
            finally:
                self._hand_out()

    def _run_to(self, moment: int) -> None:
        count = self._clock.count(moment)
        while self._counted < count:
            number = self._counted + 1
            at = self._clock.moment_of(number)
            self._run_spikes(at - self._lead_ns)
            firing = self._next_firing()
            quiet = count if firing is None else min(count, firing - 1)
            spike_ns = self._flow.next_ns()
            if spike_ns is not None:  # ticks up to that moment come before it
                quiet = min(quiet, self._clock.count(spike_ns - 1 + self._lead_ns))
            if quiet > self._counted:
                for core, ticks in self._takers(quiet):
                    core.population.owe(ticks)
                self._counted = quiet
            else:
                takers = [core for core, _ in self._takers(number)]
                self._counted = number
                self._sweep(takers, at)
        self._run_spikes(moment)

    def _sweep_to(self, moment: int, sweeps: LeakSweeps) -> None:
        """As `_run_to`, where ticks take time."""
        count = self._clock.count(moment)
        while self._counted < count:
            number = self._counted + 1
            quiet = self._quiet_until(moment, sweeps) if sweeps.is_idle else self._counted
            if quiet > self._counted:
                for core, ticks in self._takers(quiet):
                    core.population.owe(ticks)
                self._counted = quiet
                continue
            at = self._clock.moment_of(number)
            sweeps.run_to(at - self._lead_ns)
            takers = [core for core, _ in self._takers(number)]
            self._counted = number
            sweeps.begin(takers, at)
        sweeps.run_to(moment)
        self.readout.run_to(moment)

    def _quiet_until(self, moment: int, sweeps: LeakSweeps) -> int:
        """The last tick that ends, as all before it do, by a moment and before anything happens."""
        longest = sweeps.longest_ns(self._chip.leaking)
        if longest * self._clock.rate_hz > NS_PER_S or self._chip.leak_source == "internal":
            return self._counted
        firing = self._next_firing()
        spike_ns = self._flow.next_ns()
        if spike_ns is not None:
            moment = min(moment, spike_ns - 1 + self._lead_ns)
        quiet = self._clock.count(moment - longest)
        return quiet if firing is None else min(quiet, firing - 1)

    def ticks_at(
        self,
        moments: npt.NDArray[np.int64],
        internal: bool,  # noqa: FBT001
    ) -> npt.NDArray[np.int64]:
        """Ticks of a slow clock that had come by each moment, none before its last change."""
        if internal:
            return self.internal_clock.counts(moments)
        return self.slow_clock.counts(moments) + self.pulses

    def run_ahead(self, moment: int, fewer_than: int) -> int | None:
        """Do what spikes between cores do by a moment, as `SpikeFlow.run_ahead`.

        It stops before anything else is due; with the readout in use it does nothing.

        Raises:
            NotEmulatedError: as for `run_to`.
        """
        if self.readout.is_watched:
            return None
        coming = [self._sensor.next_ns()]
        if self._chip.leaking and self._clock.running:
            coming.append(self._clock.coming(self._counted + 1))
        before = min([moment, *(each - 1 for each in coming if each is not None)])
        return self._flow.run_ahead(before, fewer_than)

    @property
    def spikes_ns(self) -> int:
        """The latest moment at which a spike did anything."""
        return self._flow.now_ns

    def next_event_ns(self) -> int | None:
        """When an event could next leave the chip by itself; None if none will."""
        number = self._next_firing() if self._clock.running else None
        others = [self._sensor.next_ns(), self._flow.next_ns(), self.readout.next_ns()]
        if self._sweeps is not None:
            others.append(self._sweeps.next_ns())
            if number is not None and not self._sweeps.is_idle:  # neurons differ in their ticks
                number = self._counted + 1
        firing = None if number is None else self._clock.coming(number)
        moments = (firing, *others)
        return min((moment for moment in moments if moment is not None), default=None)

    def pulse(self, moment: int) -> None:
        """Hand out one external tick now. The running period goes on undisturbed.

        Raises:
            NotEmulatedError: as for `run_to`.
        """
        self.pulses += 1
        try:
            if self._chip.leak_source == "external" and self._sweeps is not None:
                self._sweeps.begin(self._chip.leaking, moment)
            elif self._chip.leak_source == "external":
                self._sweep(self._chip.leaking, moment)
            self.readout.pulse(moment)
        finally:
            self._hand_out()

    @contextmanager
    def changing(self, moment: int) -> Iterator[None]:
        """Change a slow clock, or what leaks, in the body; everything before must be run."""
        external, internal = self.slow_clock.count(moment), self.internal_clock.count(moment)
        try:
            yield
        finally:
            before = internal if self._chip.leak_source == "internal" else external
            self._begun = self._counted = before
            self._shares = {core.index: self._share(core) for core in self._chip.leaking}
            if self._sweeps is not None:
                self._sweeps.keep(self._chip.leaking)
        if self._clock.running:
            self._warn_of_missed_ticks()

    @property
    def _clock(self) -> EmulatedSlowClock | InternalClock:
        """The slow clock that the chip leaks at."""
        return self.internal_clock if self._chip.leak_source == "internal" else self.slow_clock

    def _taken(self, core: LeakingCore, number: int) -> int:
        """How many ticks the core takes from the last change up to tick `number`."""
        return self._shares[core.index].taken(number - self._begun)

    def _takers(self, number: int) -> list[tuple[LeakingCore, int]]:
        """The cores that take any of the ticks after the last counted one up to `number`."""
        due = [
            (core, self._taken(core, number) - self._taken(core, self._counted))
            for core in self._chip.leaking
        ]
        return [(core, ticks) for core, ticks in due if ticks]

    def _next_firing(self) -> int | None:
        """The number of the next tick in which a neuron of an observed core could fire."""
        numbers = [
            self._begun
            + self._shares[core.index].offered(self._taken(core, self._counted) + quiet + 1)
            for core, quiet in _quiet_ticks(self._chip.leaking)
        ]
        return min(numbers, default=None)

    def _run_spikes(self, moment: int) -> None:
        self._flow.run_to(moment)
        self.readout.run_to(moment)

    def _sweep(self, cores: Sequence[LeakingCore], moment: int) -> None:
        """Do one tick on `cores`, and let go of what fires."""
        firing = {core.index for core, quiet in _quiet_ticks(cores) if quiet == 0}
        for core in cores:
            if core.index not in firing:
                core.population.owe(1)
                continue
            spikes = core.population.tick()
            if spikes.c.size:
                self._let_go(core, spikes, moment)

    def _let_go(self, core: LeakingCore, spikes: Spikes, moment: int) -> None:
        if self._flow.goes_by_bus(core.index):
            self._flow.send(core.index, spikes, moment)
        else:
            self._deliver(core.index, spikes, moment)

    def _share(self, core: LeakingCore) -> TickShare:
        """Which ticks the core takes at the present rate."""
        limit = self._options.max_updates_per_s
        updates = core.population.size * self._clock.rate_hz
        if limit is None or updates <= limit:
            return TickShare()
        share = Fraction(limit) / updates
        return TickShare(share.numerator, share.denominator)

    def _warn_of_missed_ticks(self) -> None:
        missing = [core for core, share in self._shares.items() if not share.is_whole]
        if missing:
            warn_user(
                f"Cores {missing} miss ticks of the slow clock at "
                f"{float(self._clock.rate_hz):.10g} Hz: a core is assumed to update "
                f"{self._options.max_updates_per_s} neurons per second (option "
                f"max_updates_per_s). Use a lower rate.",
                EmulationWarning,
            )


def _quiet_ticks(cores: Iterable[LeakingCore]) -> Iterator[tuple[LeakingCore, int]]:
    """The observed cores whose neurons will ever fire, and how many ticks surely pass before."""
    for core in cores:
        if core.is_observed:
            quiet = core.population.quiet_ticks()
            if quiet is not None:
                yield core, quiet
