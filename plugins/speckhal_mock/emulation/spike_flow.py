"""Spikes on an emulated board: from the host through the gate, between the cores, and out again.

What follows each spike is compiled, and imported here only when the first one comes: a board that
only leaks needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal_mock.emulation.core import READOUT
from speckhal_mock.emulation.input_gate import InputGate
from speckhal_mock.emulation.sensor.dvs_events import PREPROCESSING, DvsEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from speckhal.contract.core_activity import CoreActivity
    from speckhal_mock.emulation.chip import EmulatedChip
    from speckhal_mock.emulation.counters import EmulatedStopWatch
    from speckhal_mock.emulation.host_spikes import HostSpikes
    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.population import Spikes
    from speckhal_mock.emulation.sensor.path import SensorPath
    from speckhal_mock.emulation.spikes.spikes_out import SpikesOut
    from speckhal_mock.emulation.spikes.traffic import SpikeTraffic

    Integers = npt.NDArray[np.int64]


class SpikeFlow:
    """All spikes of one board.

    Args:
        chip: whose cores take them.
        options: what is assumed of it.
        stop_watch: lets spikes of the host pass.
        sensor: takes those that are events of pixels.
        deliver: called with spikes of monitored cores, in the order of time.
    """

    def __init__(
        self,
        chip: EmulatedChip,
        options: EmulationOptions,
        stop_watch: EmulatedStopWatch,
        sensor: SensorPath,
        deliver: Callable[[SpikesOut], None],
    ) -> None:
        self._chip = chip
        self._options = options
        self._gate = InputGate(stop_watch)
        self._sensor = sensor
        self._deliver = deliver
        self._traffic: SpikeTraffic | None = None
        self._operations_before = self._spikes_before = 0
        self._has_warned = False

    def play(self, spikes: HostSpikes, arrived_ns: int) -> None:
        """Take spikes of the host; the gate lets each pass when the stop watch has its stamp."""
        self._gate.put(spikes, arrived_ns)

    def feed(
        self, layers: Integers, moments: Integers, c: Integers, y: Integers, x: Integers
    ) -> None:
        """Give spikes for inputs of cores, or for the readout (12), not before what was done."""
        if layers.size:
            self._started().feed(layers, moments, c, y, x)

    @property
    def is_flowing(self) -> bool:
        """Whether any spike has come since the configuration was written."""
        return self._traffic is not None

    def let_in(self, moment: int) -> None:
        """Let pass what the host has sent, up to a moment."""
        for spikes, moments in self._gate.passed(moment):
            columns = (spikes.layers, moments, spikes.c, spikes.y, spikes.x)
            of_pixels = spikes.layers == PREPROCESSING
            if not of_pixels.any():
                self.feed(*columns)
                continue
            _, when, p, y, x = (column[of_pixels] for column in columns)
            self._sensor.play(DvsEvents(p, y, x, when))
            self.feed(*(column[~of_pixels] for column in columns))

    def run_to(self, moment: int) -> None:
        """Do all that begins by a moment, and deliver what has left by then.

        Raises:
            NotEmulatedError: what follows from a spike cannot be emulated.
        """
        if self._traffic is not None:
            self._traffic.run_to(moment)

    def run_ahead(self, moment: int, fewer_than: int) -> int | None:
        """Do what spikes between cores do by a moment, or before that many spikes can have left.

        Nothing of it is delivered before `run_to` is called.

        Returns:
            The moment up to which all is done; None if nothing is.

        Raises:
            NotEmulatedError: what follows from a spike cannot be emulated.
        """
        if self._traffic is None:
            return None
        gate_ns = self._gate.next_ns()
        before = moment if gate_ns is None else min(moment, gate_ns - 1)
        return self._traffic.run_ahead(before, fewer_than)

    @property
    def now_ns(self) -> int:
        """The latest moment at which a core did anything; 0 before any spike."""
        return 0 if self._traffic is None else self._traffic.now_ns

    def goes_by_bus(self, core: int) -> bool:
        """Whether spikes of a core must go this way, and not only to a host that is monitoring."""
        config = self._chip.cores[core].config
        return self._traffic is not None or (
            config is not None
            and (
                any(to.layer != READOUT or config.readout_watched for to in config.destinations)
                or config.passes_one_spike_of > 1
                or (core < 2 and self._options.retained_last_spike)
            )
        )

    def send(self, core: int, spikes: Spikes, moment: int) -> None:
        """Let go of neurons that fired at one tick, in their order.

        Raises:
            NotEmulatedError: what follows from one cannot be emulated.
        """
        self._started().send(core, spikes.c, spikes.y, spikes.x, moment)

    def next_ns(self) -> int | None:
        """When something next happens here; None if nothing will by itself."""
        moments = [
            self._gate.next_ns(),
            None if self._traffic is None else self._traffic.next_ns(),
        ]
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def played(self) -> int:
        """How often spikes of the host have been played."""
        return self._gate.put_so_far

    def let_in_ns(self, played: int) -> int:
        """When those are let in that were played at first, `played` times; 0 if it was before."""
        return self._gate.last_passes_ns(played)

    def waits(self, core: int | None, moment: int) -> bool:
        """Whether spikes of the host, or for that core, that came by a moment still wait."""
        return self._traffic is not None and self._traffic.waits(core, moment)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way, and nothing waits for the stop watch."""
        waits = not (self._gate.is_empty and self._sensor.is_quiet)
        return not waits and (self._traffic is None or self._traffic.next_ns() is None)

    @property
    def under_way(self) -> int:
        """How many spikes that have come in wait for a core, or to leave one."""
        return 0 if self._traffic is None else self._traffic.under_way

    @property
    def stuck_cores(self) -> tuple[int, ...]:
        """Cores that hold spikes for which there will never be room; empty without a dead lock."""
        stuck = self._traffic is not None and self._traffic.is_stuck
        return self._traffic.stuck_cores if self._traffic is not None and stuck else ()

    def forget(self) -> None:
        """Drop whatever is on its way, as a new configuration and a reset do."""
        self._operations_before, self._spikes_before = self.work()
        self._traffic = None
        self._gate.clear()

    def drop_waiting(self) -> None:
        """Drop what the stop watch has not let pass yet."""
        self._gate.clear()

    def weights_written(self) -> None:
        """Note that the host has written weights."""
        if self._traffic is not None:
            self._traffic.weights_written()

    def neurons_written(self, core: int) -> None:
        """Note that the host has written neurons of a core."""
        if self._options.lost_event_after_write:
            self._started().neurons_written(core)

    def work(self) -> tuple[int, int]:
        """Synaptic operations, and spikes that cores fired, since the board was made."""
        done = self.activity()
        return (
            self._operations_before + sum(core.operations for core in done),
            self._spikes_before + sum(core.spikes + core.spikes_of_ticks for core in done),
        )

    def activity(self) -> tuple[CoreActivity, ...]:
        """What each core has done since the configuration was written; empty before any spike."""
        return () if self._traffic is None else self._traffic.activity()

    def forget_longest(self) -> None:
        """Look for the longest queue and delay of each core anew."""
        if self._traffic is not None:
            self._traffic.forget_longest()

    def _started(self) -> SpikeTraffic:
        if self._traffic is None:
            # only here: who never has a spike needs neither numba nor what it compiles
            from speckhal_mock.emulation.spikes.traffic import SpikeTraffic  # noqa: PLC0415

            self._traffic = SpikeTraffic(
                self._chip, self._options, self._deliver, self._warn_of_circle
            )
        return self._traffic

    def _warn_of_circle(self, cores: tuple[int, ...]) -> None:
        """Say once for each board that spikes go round in it."""
        if not self._has_warned:
            from speckhal_mock.emulation.spikes.circles import warn_of_circle  # noqa: PLC0415

            self._has_warned = True
            warn_of_circle(cores)
