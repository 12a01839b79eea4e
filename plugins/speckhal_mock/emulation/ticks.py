"""How ticks reach the cores: lazily, in time order, and never past a spike that matters."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from speckhal_mock.emulation.errors import EmulationWarning, NotEmulatedError
from speckhal_mock.emulation.slow_clock import SlowClock, TickShare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from speckhal_mock.emulation.chip import EmulatedChip, LeakingCore
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.population import Spikes

    Deliver: TypeAlias = Callable[[int, Spikes, int], None]


class TickFeed:
    """Counts the ticks of both slow clocks and hands them to the cores that leak at them.

    A tick in which no neuron of an observed core can fire is only owed to the cores. One in
    which it could is swept: computed on all cores, then done, then its spikes are delivered.

    Args:
        chip: whose cores leak.
        options: what is assumed of the board.
        deliver: called with core, spikes and moment (ns), tick by tick and core by core.

    Attributes:
        slow_clock: the external slow clock. Change it only within `changing`.
        pulses: ticks sent one by one, besides those of the slow clock.
    """

    def __init__(self, chip: EmulatedChip, options: EmulationOptions, deliver: Deliver) -> None:
        self.slow_clock = SlowClock(
            options.default_rate_hz,
            first_tick=options.first_tick,
            rate_restarts_period=options.rate_restarts_period,
        )
        self.pulses = 0
        self._chip = chip
        self._options = options
        self._deliver = deliver
        self._begun = 0
        self._counted = 0
        self._shares: dict[int, TickShare] = {}
        self._dvs_count = 0

    def run_to(self, moment: int) -> None:
        """Hand out the ticks of the external slow clock that have come by `moment`.

        Raises:
            NotEmulatedError: a tick makes a neuron fire whose spike goes to another core. The
                ticks before it are done, it is not.
        """
        count = self.slow_clock.count(moment)
        while self._counted < count:
            firing = self._next_firing()
            quiet = count if firing is None else min(count, firing - 1)
            if quiet > self._counted:
                for core, ticks in self._takers(quiet):
                    core.population.owe(ticks)
                self._counted = quiet
            else:
                number = self._counted + 1
                spikes = self._sweep([core for core, _ in self._takers(number)])
                self._counted = number
                self._deliver_all(spikes, self.slow_clock.moment_of(number))

    def next_firing_ns(self) -> int | None:
        """When a spike could next leave the chip by itself; None if the ticks cause none."""
        number = self._next_firing() if self.slow_clock.running else None
        return None if number is None else self.slow_clock.moment_of(number)

    def pulse(self, moment: int) -> None:
        """Hand out one external tick now. The running period goes on undisturbed.

        Raises:
            NotEmulatedError: as for `run_to`.
        """
        spikes = self._sweep(self._external_cores())
        self.pulses += 1
        self._deliver_all(spikes, moment)

    def dvs_events(self, count: int, moment: int) -> None:
        """Count raw events of the sensor, and hand out the internal ticks that they make.

        Raises:
            NotEmulatedError: as for `run_to`. The events from that tick on stay counted.
        """
        period = 1 << self._chip.divider
        self._dvs_count += count
        cores = self._chip.leaking("internal")
        while (ticks := self._dvs_count // period) > 0:
            quiet = min([ticks, *(quiet for _, quiet in _quiet_ticks(cores))])
            if quiet:
                for core in cores:
                    core.population.owe(quiet)
                self._dvs_count -= quiet * period
            else:
                spikes = self._sweep(cores)
                self._dvs_count -= period
                self._deliver_all(spikes, moment)

    def forget_dvs_events(self) -> None:
        """Let the next internal tick take a full period of events."""
        self._dvs_count = 0

    @contextmanager
    def changing(self, moment: int) -> Iterator[None]:
        """Change the slow clock, or what leaks, in the body; everything before must be run."""
        before = self.slow_clock.count(moment)
        try:
            yield
        finally:
            self._begun = self._counted = before
            self._shares = {core.index: self._share(core) for core in self._external_cores()}
        if self.slow_clock.running:
            self._warn_of_missed_ticks()

    def _external_cores(self) -> tuple[LeakingCore, ...]:
        return self._chip.leaking("external")

    def _taken(self, core: LeakingCore, number: int) -> int:
        """How many ticks the core takes from the last change up to tick `number`."""
        return self._shares[core.index].taken(number - self._begun)

    def _takers(self, number: int) -> list[tuple[LeakingCore, int]]:
        """The cores that take any of the ticks after the last counted one up to `number`."""
        due = [
            (core, self._taken(core, number) - self._taken(core, self._counted))
            for core in self._external_cores()
        ]
        return [(core, ticks) for core, ticks in due if ticks]

    def _next_firing(self) -> int | None:
        """The number of the next tick in which a neuron of an observed core could fire."""
        numbers = [
            self._begun
            + self._shares[core.index].offered(self._taken(core, self._counted) + quiet + 1)
            for core, quiet in _quiet_ticks(self._external_cores())
        ]
        return min(numbers, default=None)

    def _sweep(self, cores: Sequence[LeakingCore]) -> list[tuple[int, Spikes]]:
        """Do one tick on `cores`, or, if that raises, nothing; gives what goes to the host."""
        firing = {core.index for core, quiet in _quiet_ticks(cores) if quiet == 0}
        outcomes = [core.population.next_tick() if core.index in firing else None for core in cores]
        for core, outcome in zip(cores, outcomes, strict=True):
            if outcome is not None and outcome.fired.size and core.destinations:
                raise NotEmulatedError(
                    f"A tick makes {outcome.fired.size} neurons of core {core.index} fire, and "
                    f"their spikes go to core {core.destinations[0]}: convolution is not "
                    f"emulated. Leak works on cores without a core behind them, or as long as no "
                    f"neuron fires; apply a configuration or reset the board to go on."
                )
        sent = []
        for core, outcome in zip(cores, outcomes, strict=True):
            if outcome is None:
                core.population.owe(1)
                continue
            spikes = core.population.accept(outcome)
            if outcome.fired.size:  # the core is observed, and not by another core
                sent.append((core.index, spikes))
        return sent

    def _deliver_all(self, sent: Iterable[tuple[int, Spikes]], moment: int) -> None:
        for core, spikes in sent:
            self._deliver(core, spikes, moment)

    def _share(self, core: LeakingCore) -> TickShare:
        """Which ticks the core takes at the present rate."""
        limit = self._options.max_updates_per_s
        updates = core.population.size * self.slow_clock.rate_hz
        return TickShare() if limit is None or updates <= limit else TickShare(limit, updates)

    def _warn_of_missed_ticks(self) -> None:
        missing = [core for core, share in self._shares.items() if not share.is_whole]
        if missing:
            warnings.warn(
                f"Cores {missing} miss ticks of the slow clock at {self.slow_clock.rate_hz} Hz: "
                f"a core is assumed to update {self._options.max_updates_per_s} neurons per "
                f"second (option max_updates_per_s). Use a lower rate.",
                EmulationWarning,
                stacklevel=2,
            )


def _quiet_ticks(cores: Iterable[LeakingCore]) -> Iterator[tuple[LeakingCore, int]]:
    """The observed cores whose neurons will ever fire, and how many ticks surely pass before."""
    for core in cores:
        if core.is_observed:
            quiet = core.population.quiet_ticks()
            if quiet is not None:
                yield core, quiet
