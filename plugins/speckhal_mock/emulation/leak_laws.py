"""What any number of slow-clock ticks does to each kind of neuron: the sums in closed form.

They rely on one tick having been done literally before: after that no neuron is where only a write
could have put it. What has no closed form is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from speckhal_mock.emulation.leak_rule import (
    V_MAX,
    V_MIN,
    VALUES,
    Flags,
    Integers,
    LeakRule,
    tick,
)

CALL_COST: Final = 1000
"""Calling numpy costs about as much as working on this many numbers."""

Outcome: TypeAlias = tuple[Integers, Integers]
"""Membrane potentials after some ticks, and how often each neuron fired."""

Law: TypeAlias = Callable[[Integers, Integers, int, LeakRule], Outcome]
"""What ticks make of membrane potentials, of the bias of each, by the rule."""


def laws(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> tuple[tuple[Flags, Law], ...]:
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


def _closed_forms(bias: Integers, rule: LeakRule) -> tuple[tuple[Flags, Law], ...]:
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


def ticks_to_reach(level: int, v: Integers, bias: Integers) -> Integers:
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
    first = ticks_to_reach(rule.threshold_high, v, bias)
    period = ticks_to_reach(rule.threshold_high, np.zeros_like(v), bias)
    since = ticks - first
    spikes = np.where(since >= 0, since // period + 1, 0)
    return np.where(since >= 0, since % period * bias, v + ticks * bias), spikes


def _rise_and_fire_always(v: Integers, bias: Integers, ticks: int, rule: LeakRule) -> Outcome:
    """Soft reset by no more than the bias: after the first spike, one at every tick."""
    first = ticks_to_reach(rule.threshold_high, v, bias)
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
