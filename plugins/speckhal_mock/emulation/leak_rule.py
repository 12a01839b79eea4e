"""What one slow-clock tick does to neurons, literally as the chip does it.

A tick adds the bias, holds the sum to 16 bits and to the lower threshold, and compares with the
upper one; a neuron fires at most once and is reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from speckhal_mock.emulation.options import BelowThresholdLow, Overflow

V_MIN: Final = -(1 << 15)
V_MAX: Final = (1 << 15) - 1
VALUES: Final = 1 << 16

Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@attrs.frozen
class LeakRule:
    """What a tick does besides adding the bias; the options are those of `EmulationOptions`.

    Attributes:
        threshold_high: a neuron fires at or above this; 0 or more.
        threshold_low: a tick leaves no neuron below this; negative.
        return_to_zero: a neuron that fires becomes 0; otherwise it loses `threshold_high`.
    """

    threshold_high: int
    threshold_low: int
    return_to_zero: bool
    overflow: Overflow = "saturate"
    below_threshold_low: BelowThresholdLow = "raised"
    spike_on_tick: bool = True
    spike_on_negative_tick: bool = True

    def compares(self, bias: Integers) -> Flags:
        """Which neurons are compared with the upper threshold after a tick."""
        return self.spike_on_tick & (self.spike_on_negative_tick | (bias > 0))

    def held(self, total: Integers, before: Integers) -> Integers:
        """Sums that do not wrap around, held to 16 bits and to the lower threshold.

        Args:
            total: what ticks added up to, without any limit.
            before: membrane potentials that they were added to.
        """
        kept = self.below_threshold_low == "kept"
        floor = np.minimum(before, self.threshold_low) if kept else self.threshold_low
        held: Integers = np.maximum(total, floor)  # for few neurons np.clip takes thrice as long
        return np.minimum(held, V_MAX, out=held)


def tick(v: npt.ArrayLike, bias: npt.ArrayLike, rule: LeakRule) -> tuple[Integers, Flags]:
    """Membrane potentials after one tick, and which neurons fired.

    Args:
        v: membrane potentials before, within 16 bits.
        bias: what the tick adds to each.
        rule: thresholds and resets.
    """
    before = np.asarray(v, dtype=np.int64)
    added = np.asarray(bias, dtype=np.int64)
    total = before + added
    if rule.overflow == "wrap":
        total = (total - V_MIN) % VALUES + V_MIN
    total = rule.held(total, before)
    fired = rule.compares(added) & (total >= rule.threshold_high)
    reset = 0 if rule.return_to_zero else total - rule.threshold_high
    return np.where(fired, reset, total), fired
