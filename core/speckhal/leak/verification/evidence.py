"""What the readings of one layer show, before anything is said of it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.verification.hidden_losses import hidden_losses

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Flags
    from speckhal.leak.verification.allowed_rates import AllowedByOthers
    from speckhal.leak.verification.clock_polygon import RateInterval, Windows
    from speckhal.leak.verification.lost_ticks import TickJump
    from speckhal.leak.verification.tick_consensus import Consensus

RATE_TOLERANCE = 0.01
"""Relative error of a clock that passes."""

RATE_FAULT = 0.03
"""Relative error of a clock that never passes."""


@attrs.frozen(eq=False)
class ChannelEvidence:
    """What the neurons of one channel did at the ticks that the layer made.

    Attributes:
        channel: which.
        step: what a tick should add.
        steps: each that explains every neuron that shows one; None where no neuron does.
        showing: neurons that moved by `step` alone.
        odd: neurons that no number of ticks explains.
        likeliest: what a tick added to those that are odd.
        stopped_at: where one stopped above the floor while the others moved on; None where none.
        first_odd: where an odd neuron is, (y, x), and the reading before which it went wrong.
        below: the lowest value below `threshold_low` that a neuron came to; None where none did.
        floored: neurons at `threshold_low` that a tick would have carried below it.
        room: ticks that one of its neurons can make before the floor, and before it may fire.
        unclear: why its neurons do not show the step, as a sentence; None where they do.
    """

    channel: int
    step: int
    steps: frozenset[int] | None
    showing: int
    odd: int
    likeliest: int | None = None
    stopped_at: int | None = None
    first_odd: tuple[int, int, int] | None = None
    below: int | None = None
    floored: int = 0
    room: int = 0
    unclear: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether most of its neurons are odd, so that the channel is."""
        return self.odd > self.showing


@attrs.frozen(eq=False)
class LayerEvidence:
    """What the readings of a layer show.

    Attributes:
        trace: the readings that count.
        layer: as deployed, or as the readings show it where nobody knows.
        is_expected: whether `layer` is what the chip should do.
        windows: in which the readings were taken.
        consensus: ticks that most neurons count; None where none counts.
        is_inferred: whether the neurons count by steps of their own, since by those that were
            deployed they cannot.
        jump: the tick that was lost or too many; None where there is none, or more than one.
        rates: of the clock; None where no fixed rate explains the readings.
        odd_readings: numbers of readings that were left out: most neurons cannot explain them.
        has_unfit_ticks: whether one of these counts whole ticks, only not those of the clock that
            makes the ticks of all others: it is wrong, or several ticks were lost.
        channels: of all channels.
        allowed_by: what the other layers of the run that count the same clock say of its rate; None
            where there is no such layer.
        rates_of_others: of each of these layers, all that explain it: at its own step, or another.
        beside: what the other layers show of the tick that this one lost, as a sentence.
        stood_still: why the times of the readings say nothing of the clock, as a sentence.
        clash: why no one clock makes what they count, as a sentence; None where one does.
        either: the tick that was lost or too many, unless the steps are others than deployed: both
            explain the readings; None where that shows.
        is_planned: whether a plan sets its biases and the rate of its clock.
    """

    trace: Trace
    layer: DeployedLayer
    is_expected: bool
    windows: Windows
    consensus: Consensus | None
    is_inferred: bool
    jump: TickJump | None
    rates: RateInterval | None
    odd_readings: tuple[int, ...]
    channels: tuple[ChannelEvidence, ...]
    allowed_by: AllowedByOthers | None = None
    rates_of_others: tuple[tuple[RateInterval, ...], ...] = ()
    beside: str | None = None
    stood_still: str | None = None
    clash: str | None = None
    either: TickJump | None = None
    has_unfit_ticks: bool = False
    is_planned: bool = False

    @property
    def is_timed(self) -> bool:
        """Whether the clock ran by itself, and the times of the readings say something of it."""
        return self.trace.ticks is None and self.stood_still is None

    @property
    def saw_a_tick(self) -> bool:
        """Whether neurons count one tick or more."""
        return self.consensus is not None and bool(self.consensus.ticks[-1] > 0)

    @property
    def rate_hz(self) -> int | None:
        """That the clock should have; None where it was stepped, or nothing shows or says it."""
        return self.layer.rate_hz if self.is_timed else None

    @property
    def is_of_another_rate(self) -> bool:
        """Whether no clock near the rate that it should have explains the readings."""
        if self.rate_hz is None or self.rates is None:
            return False
        return not self.rates.meets(*near(self.rate_hz))

    @functools.cached_property
    def hidden_losses(self) -> Flags:
        """Between which readings that count a tick can have been lost, without any sign of it.

        Of a clock within `RATE_TOLERANCE` of its rate, or as fast as it was seen to be where
        nobody knows its rate, (readings - 1,).
        """
        if self.consensus is None or self.rates is None or self.is_of_another_rate:
            return np.ones(max(len(self.trace) - 1, 0), np.bool_)
        ticks = self.consensus.ticks
        rates_hz = self.rates.least_hz, self.rates.most_hz
        if self.rate_hz is not None:
            rates_hz = near(self.rate_hz)
        return hidden_losses(ticks, self.windows.until(len(ticks)), *rates_hz)

    @property
    def miscounted(self) -> int | None:
        """The first reading by which the neurons count other ticks than were made one by one."""
        if self.trace.ticks is None or self.consensus is None:
            return None
        ticks = self.consensus.ticks
        wrong = (self.trace.ticks - self.trace.ticks[0])[: len(ticks)] != ticks
        return int(wrong.argmax()) if wrong.any() else None

    @property
    def room(self) -> int:
        """Ticks that one of the neurons can make before the floor, and before it may fire."""
        return max((one.room for one in self.channels if one.step), default=0)


def near(rate_hz: float, tolerance: float = RATE_TOLERANCE) -> tuple[float, float]:
    """The least and the most ticks per second that are within a tolerance of a rate."""
    return rate_hz * (1 - tolerance), rate_hz * (1 + tolerance)
