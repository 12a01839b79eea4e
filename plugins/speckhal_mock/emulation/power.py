"""What a board's power monitor measures: estimates, as little of a chip's energy is published.

At rest each supply takes what was measured on one kit (in sinabs' notebook for Speck2f, and in a
tutorial for Speck2e); work adds an assumed energy for each synaptic operation and each spike.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.contract.clock import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from speckhal_mock.emulation.options import EmulationOptions
    from speckhal_mock.emulation.timeline import Timeline

FASTEST_HZ: Final = 100
"""The dev kit's data sheet permits no more measurements in a second."""

_VOLTS: Final = np.array([2.5, 1.2, 1.2, 1.2, 1.2])
_IDLE_W: Final = {
    "speck2e": (54.3e-6, 60.9e-6, 268.0e-6, 362.8e-6, 573.1e-6),
    "speck2f": (61.7e-6, 51.7e-6, 367.0e-6, 78.9e-6, 610.9e-6),
}
_WORKING: Final = np.array([0.0, 0.5, 0.5, 0.0, 0.0])
"""Shares of the energy of work; that memories and logic take half each is assumed."""

_ACCURACY_A: Final = 50e-6


@attrs.frozen
class Work:
    """What the chip's cores have done so far: synaptic operations, and spikes that left a core."""

    operations: int = 0
    spikes: int = 0


@attrs.frozen
class PowerSample:
    """The mean power of each supply since the measurement before.

    Attributes:
        moment: when it is known (ns).
        watts: (5,), in the order of the monitor's channels: VDD_IO, VDD_RAM, VDD_LOGIC,
            VDD_PIXEL_DIGITAL, VDD_PIXEL_ANALOG.
    """

    moment: int
    watts: npt.NDArray[np.float64]


class PowerMeter:
    """Measures at a rate, beginning a period after it was started. It consumes nothing itself.

    All moments are nanoseconds that never fall. The k-th measurement since the start comes at
    ceil(k / rate), so that no rounding adds up.

    Args:
        chip: the vendor's name of the chip.
        options: what is assumed of the board.
        moment: when it begins to count its own microseconds.

    Attributes:
        zero_ns: when it began to count its own microseconds.
        work: counts what the chip did since it was made; it never falls.
        deliver: who gets the samples, in bursts; None: they are lost, as with nobody listening.
    """

    def __init__(self, chip: str, options: EmulationOptions, moment: int) -> None:
        published = _IDLE_W["speck2e" if chip.startswith("speck2e") else "speck2f"]
        self._idle_w = np.array(options.idle_power_w or published, dtype=np.float64)
        if options.power_offset_seed is not None:
            drawn = np.random.default_rng(options.power_offset_seed).uniform(-1, 1, len(_VOLTS))
            self._idle_w += drawn * _ACCURACY_A * _VOLTS
        self._per_operation_j = options.energy_per_operation_j
        self._per_spike_j = options.energy_per_spike_j
        self._burst = options.power_burst
        self.work: Callable[[], Work] = Work
        self.deliver: Callable[[Sequence[PowerSample]], None] | None = None
        self._rate_hz: Fraction | None = None
        self._origin_ns = 0
        self._taken = 0
        self._kept: list[PowerSample] = []
        self.zero_ns = moment
        self._mark(moment)

    @property
    def running(self) -> bool:
        """Whether it measures by itself."""
        return self._rate_hz is not None

    def start(self, moment: int, rate_hz: float) -> None:
        """Measure by itself from `moment` on, and no longer as it did before."""
        self.stop()
        self._rate_hz, self._origin_ns, self._taken = Fraction(rate_hz), moment, 0
        self._mark(moment)

    def stop(self) -> None:
        """Measure no more by itself; what a burst has so far is delivered."""
        self._rate_hz = None
        self._send()

    def next_ns(self) -> int | None:
        """When it next measures by itself; None if it does not."""
        if self._rate_hz is None:
            return None
        return self._origin_ns - (-(self._taken + 1) * NS_PER_S // self._rate_hz)

    def next_delivery_ns(self) -> int | None:
        """When samples next leave by themselves, at the end of a burst; None if none will."""
        if self._rate_hz is None:
            return None
        last = self._taken + self._burst - len(self._kept)
        return self._origin_ns - (-last * NS_PER_S // self._rate_hz)

    def take_next(self) -> None:
        """Do the measurement that is due; the chip has done all that comes before it."""
        moment = self.next_ns()
        if moment is not None:
            self._taken += 1
            self._kept.append(self._sample(moment))
            if len(self._kept) >= self._burst:
                self._send()

    def take_one(self, moment: int) -> None:
        """Measure once, and deliver it at once."""
        self._kept.append(self._sample(moment))
        self._send()

    def reset(self, moment: int) -> None:
        """Measure no more, and forget what came before. Nothing is delivered."""
        self._rate_hz = None
        self._kept.clear()
        self.zero_ns = moment
        self._mark(moment)

    def _sample(self, moment: int) -> PowerSample:
        elapsed_s = (moment - self._before_ns) / NS_PER_S
        before, done = self._work_before, self.work()
        energy_j = (done.operations - before.operations) * self._per_operation_j
        energy_j += (done.spikes - before.spikes) * self._per_spike_j
        self._mark(moment)
        working_w = energy_j / elapsed_s if elapsed_s > 0 else 0.0
        return PowerSample(moment, self._idle_w + _WORKING * working_w)

    def _mark(self, moment: int) -> None:
        self._before_ns, self._work_before = moment, self.work()

    def _send(self) -> None:
        samples, self._kept = self._kept, []
        if samples and self.deliver is not None:
            self.deliver(samples)


class PowerMeasuring:
    """The power monitor of a board: starts, stops and asks a meter in the order of time.

    Args:
        timeline: when what falls due.
        meter: what measures.
    """

    def __init__(self, timeline: Timeline, meter: PowerMeter) -> None:
        self._timeline = timeline
        self._meter = meter

    @property
    def running(self) -> bool:
        """Whether it measures by itself."""
        return self._meter.running

    def start(self, rate_hz: float) -> None:
        """Measure by itself at that rate, from now on."""
        with self._timeline.changing() as now:
            self._meter.start(now, rate_hz)

    def stop(self) -> None:
        """Measure no more by itself."""
        with self._timeline.changing():
            self._meter.stop()

    def take_one(self) -> None:
        """Measure once, now."""
        with self._timeline.changing() as now:
            self._meter.take_one(now)

    @property
    def zero_ns(self) -> int:
        """When it began to count its own microseconds: when the board was last reset."""
        return self._meter.zero_ns

    def next_delivery_ns(self) -> int | None:
        """When samples next leave by themselves; None if none will."""
        with self._timeline.alone():
            return self._meter.next_delivery_ns()

    def deliver_to(self, deliver: Callable[[Sequence[PowerSample]], None] | None) -> None:
        """Give samples to that from now on; None: they are lost."""
        with self._timeline.alone():
            self._meter.deliver = deliver
