"""What slow-clock ticks do to neurons: one tick as the chip does it, any number at one price.

A tick adds the bias, holds the sum to 16 bits and to the lower threshold, and compares with the
upper one; a neuron fires at most once and is reset. For each kind of neuron the sum of many ticks
has a closed form. These rely on one tick having been done literally before: after that no neuron
is where only a write could have put it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from speckhal_mock.emulation.options import BelowThresholdLow, Overflow

V_MIN: Final = -(1 << 15)
V_MAX: Final = (1 << 15) - 1
VALUES: Final = 1 << 16

CALL_COST: Final = 1000
"""Calling numpy costs about as much as working on this many numbers."""

Integers: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Outcome: TypeAlias = tuple[Integers, Integers]


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


def advance(
    v: npt.ArrayLike, bias: npt.ArrayLike, ticks: int, rule: LeakRule
) -> tuple[npt.NDArray[np.int16], Integers]:
    """Membrane potentials after `ticks` ticks, and how often each neuron fired.

    The cost does not depend on the number of ticks, with one exception: neurons that these take
    out of the 16-bit range, to wrap around or, with a soft reset, to a threshold within one bias of
    the top, cost its logarithm.

    Args:
        v: membrane potentials before, within 16 bits, of any shape.
        bias: what each tick adds to each neuron, of the same shape.
        ticks: how many ticks; 0 or more.
        rule: thresholds and resets.
    """
    before, added = np.asarray(v, dtype=np.int64), np.asarray(bias, dtype=np.int64)
    if ticks == 0:
        return before.astype(np.int16), np.zeros_like(before)
    after, fired = tick(before, added, rule)
    spikes = fired.astype(np.int64)
    if ticks > 1:
        for chosen, law in _laws(after, added, ticks - 1, rule):
            if chosen.any():
                after[chosen], more = law(after[chosen], added[chosen], ticks - 1, rule)
                spikes[chosen] += more
    return after.astype(np.int16), spikes


def quiet_ticks(v: npt.ArrayLike, bias: npt.ArrayLike, rule: LeakRule) -> int | None:
    """How many ticks surely pass before one in which a neuron fires; None: none ever does.

    It is exact, except that neurons which may wrap around count as about to fire.
    """
    before, added = np.asarray(v, dtype=np.int64), np.asarray(bias, dtype=np.int64)
    compared = rule.compares(added)
    if not compared.any():
        return None
    if rule.overflow == "wrap":
        lowest = np.minimum(before, rule.threshold_low) + added
        if (compared & ((added > 0) | (lowest < V_MIN))).any():
            return 0
    after, fired = tick(before, added, rule)
    if fired.any():
        return 0
    rising = compared & (added > 0)
    if not rising.any():
        return None
    return int(_ticks_to_reach(rule.threshold_high, after[rising], added[rising]).min())


_Law: TypeAlias = Callable[[Integers, Integers, int, LeakRule], Outcome]


def _laws(
    v: Integers, bias: Integers, ticks: int, rule: LeakRule
) -> tuple[tuple[Flags, _Law], ...]:
    """Which neurons follow which closed form, or are to be repeated; each follows one."""
    if rule.overflow == "saturate":
        return _closed_forms(bias, rule)
    wraps = _may_wrap(v, bias, ticks, rule)
    unlike = ((chosen & ~wraps, law) for chosen, law in _closed_forms(bias, rule))
    return ((wraps, _repeat), *unlike)


def _may_wrap(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Flags:
    """Which neurons a sum of these ticks may take out of 16 bits; never too few of them."""
    highest, lowest = v + ticks * bias, np.minimum(v, 0) + ticks * bias
    # a neuron that each spike takes below the threshold, or no higher than it was, stops there
    stops = rule.compares(bias) & (rule.return_to_zero | (bias < rule.threshold_high))
    top = np.maximum(v, max(rule.threshold_high - 1, 0)) + bias
    highest = np.where(stops, np.minimum(highest, top), highest)
    lowest = np.maximum(lowest, np.minimum(v, rule.threshold_low) + bias)
    return (highest > V_MAX) | (lowest < V_MIN)


def _closed_forms(bias: Integers, rule: LeakRule) -> tuple[tuple[Flags, _Law], ...]:
    """Which neurons follow which closed form where none wraps around; each neuron follows one."""
    compared = rule.compares(bias)
    rising = compared & (bias > 0)
    falling = compared & ~rising
    if rule.return_to_zero:
        return (
            (~compared, _drift),
            (falling, _fall_and_return),
            (rising, _rise_and_return),
        )
    steep = bias >= rule.threshold_high
    fits = bias + rule.threshold_high - 1 <= V_MAX
    return (
        (~compared, _drift),
        (falling, _fall_and_subtract),
        (rising & steep, _rise_and_fire_always),
        (rising & ~steep & fits, _rise_and_subtract),
        (rising & ~steep & ~fits, _repeat),
    )


def _ticks_to_reach(level: int, v: Integers, bias: Integers) -> Integers:
    """Ticks of positive bias until v is at or above the level; at least one."""
    ticks: Integers = np.maximum(-((v - level) // bias), 1)
    return ticks


def _drift(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """Neurons that are never compared."""
    return rule.held(v + ticks * bias, v), np.zeros_like(v)


def _fall_and_return(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """No or negative bias, reset to zero: one spike if above threshold, then down to the floor."""
    firing = v + bias >= rule.threshold_high
    rest = np.where(firing, 0, v)
    # only threshold 0 and bias 0 make a neuron fire again from zero, and then at every tick
    again = ticks if rule.threshold_high == 0 else 1
    spikes = np.where(firing, np.where(bias == 0, again, 1), 0)
    return rule.held(rest + (ticks - spikes) * bias, rest), spikes


def _fall_and_subtract(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """No or negative bias, soft reset: a backlog of spikes, then down to the floor."""
    surplus = v + bias - rule.threshold_high
    loss = rule.threshold_high - bias
    # without loss (threshold 0 and bias 0) the backlog never ends
    backlog = np.where(loss == 0, ticks, surplus // np.maximum(loss, 1) + 1)
    spikes: Integers = np.where(surplus >= 0, np.minimum(backlog, ticks), 0)
    rest = v - spikes * loss
    return rule.held(rest + (ticks - spikes) * bias, rest), spikes


def _rise_and_return(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """Positive bias, reset to zero: a first spike, then one in each equal period."""
    first = _ticks_to_reach(rule.threshold_high, v, bias)
    period = _ticks_to_reach(rule.threshold_high, np.zeros_like(v), bias)
    since = ticks - first
    spikes = np.where(since >= 0, since // period + 1, 0)
    return np.where(since >= 0, since % period * bias, v + ticks * bias), spikes


def _rise_and_fire_always(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """Soft reset by no more than the bias: after the first spike, one at every tick."""
    first = _ticks_to_reach(rule.threshold_high, v, bias)
    since = ticks - first
    spikes = np.maximum(since + 1, 0)
    total = v + ticks * bias - spikes * rule.threshold_high
    # a sum that was held leaves the same after the spike as any later one
    fired = rule.held(total + rule.threshold_high, v) - rule.threshold_high
    return np.where(spikes > 0, fired, total), spikes


def _rise_and_subtract(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """Soft reset by more than the bias: a backlog of spikes, then one for each threshold gained."""
    surplus = v + bias - rule.threshold_high
    loss = rule.threshold_high - bias
    backlog = np.where(surplus >= 0, np.minimum(surplus // loss + 1, ticks), 0)
    total = v - backlog * loss + (ticks - backlog) * bias
    crossings = np.where(backlog < ticks, np.maximum(total // rule.threshold_high, 0), 0)
    return total - crossings * rule.threshold_high, backlog + crossings


def _repeat(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """The literal tick, repeated; for many ticks as a power of the function that a tick is."""
    biases = np.unique(bias)
    if ticks * (v.size + CALL_COST) <= biases.size * VALUES * ticks.bit_length():
        spikes = np.zeros_like(v)
        for _ in range(ticks):
            v, fired = tick(v, bias, rule)
            spikes += fired
        return v, spikes
    after, spikes = np.empty_like(v), np.empty_like(v)
    for one in biases:
        chosen = bias == one
        after[chosen], spikes[chosen] = _power(v[chosen], int(one), ticks, rule)
    return after, spikes


def _power(v: Integers, bias: int, ticks: int, rule: LeakRule) -> Outcome:
    """A tick maps 16 bits to 16 bits: compose the map with itself by repeated squaring."""
    values = np.arange(V_MIN, V_MAX + 1, dtype=np.int64)
    after, fired = tick(values, np.full_like(values, bias), rule)
    leap, count = after - V_MIN, fired.astype(np.int64)
    index, spikes = v - V_MIN, np.zeros_like(v)
    while ticks:
        if ticks & 1:
            spikes += count[index]
            index = leap[index]
        count = count + count[leap]
        leap = leap[leap]
        ticks >>= 1
    return index + V_MIN, spikes
