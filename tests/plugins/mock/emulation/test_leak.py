"""The leak in closed form, against a tick written down literally."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from speckhal_mock.emulation import leak_laws
from speckhal_mock.emulation.leak import advance, quiet_ticks
from speckhal_mock.emulation.leak_rule import LeakRule

Neurons: TypeAlias = list[tuple[int, int]]


def reference_tick(v: int, bias: int, rule: LeakRule) -> tuple[int, bool]:
    """One tick on one neuron, step by step."""
    floor = rule.threshold_low
    if rule.below_threshold_low == "kept" and v < floor:
        floor = v
    total = v + bias
    if rule.overflow == "saturate":
        total = min(max(total, -32768), 32767)
    elif total > 32767:
        total -= 65536
    elif total < -32768:
        total += 65536
    total = max(total, floor)
    compared = rule.spike_on_tick and (bias > 0 or rule.spike_on_negative_tick)
    if compared and total >= rule.threshold_high:
        return (0 if rule.return_to_zero else total - rule.threshold_high), True
    return total, False


def reference(v: int, bias: int, ticks: int, rule: LeakRule) -> tuple[int, int]:
    """Many ticks on one neuron: where it ends, and how often it fired."""
    spikes = 0
    for _ in range(ticks):
        v, fired = reference_tick(v, bias, rule)
        spikes += fired
    return v, spikes


unhurried = settings(deadline=None)
int16 = st.one_of(
    st.integers(-32768, 32767),
    st.integers(-300, 300),
    st.sampled_from([-32768, -32767, -1, 0, 1, 32766, 32767]),
)
neurons = st.lists(st.tuples(int16, int16), min_size=1, max_size=6)
rules = st.builds(
    LeakRule,
    threshold_high=int16.filter(lambda v: v >= 0),
    threshold_low=int16.filter(lambda v: v < 0),
    return_to_zero=st.booleans(),
    overflow=st.sampled_from(["saturate", "wrap"]),
    below_threshold_low=st.sampled_from(["raised", "kept"]),
    spike_on_tick=st.booleans(),
    spike_on_negative_tick=st.booleans(),
)

SOFT = LeakRule(threshold_high=127, threshold_low=-127, return_to_zero=False)
TOP = LeakRule(threshold_high=32767, threshold_low=-32768, return_to_zero=False)
ZERO = LeakRule(threshold_high=0, threshold_low=-1, return_to_zero=False)
ZERO_TO_ZERO = LeakRule(threshold_high=0, threshold_low=-1, return_to_zero=True)


def columns(pairs: Neurons) -> tuple[list[int], list[int]]:
    return [v for v, _ in pairs], [bias for _, bias in pairs]


@unhurried
@given(pairs=neurons, ticks=st.integers(0, 300), rule=rules)
@example(pairs=[(127, -13)], ticks=19, rule=SOFT)
@example(pairs=[(127, -13)], ticks=21, rule=SOFT)
@example(pairs=[(1000, -1), (1000, 126), (1000, 127), (1000, 128)], ticks=9, rule=SOFT)
@example(pairs=[(32700, 100), (0, 20000), (32764, 2)], ticks=3, rule=TOP)
@example(pairs=[(0, 0), (5, 0), (5, -1), (-1, 1)], ticks=5, rule=ZERO)
@example(pairs=[(0, 0), (5, 0), (5, -1), (-1, 1)], ticks=5, rule=ZERO_TO_ZERO)
def test_many_ticks_at_once_are_many_single_ticks(
    pairs: Neurons, ticks: int, rule: LeakRule
) -> None:
    after, spikes = advance(*columns(pairs), ticks, rule)
    expected = [reference(v, bias, ticks, rule) for v, bias in pairs]
    assert list(zip(after.tolist(), spikes.tolist(), strict=True)) == expected


@unhurried
@given(
    pairs=neurons,
    first=st.integers(0, 1_000_000),
    second=st.integers(0, 1_000_000),
    rule=rules,
)
def test_ticks_add_up(pairs: Neurons, first: int, second: int, rule: LeakRule) -> None:
    v, bias = columns(pairs)
    at_once, all_spikes = advance(v, bias, first + second, rule)
    between, first_spikes = advance(v, bias, first, rule)
    after, second_spikes = advance(between, bias, second, rule)
    assert after.tolist() == at_once.tolist()
    assert (first_spikes + second_spikes).tolist() == all_spikes.tolist()


@unhurried
@given(v=int16, bias=int16, ticks=st.integers(1, 200), rule=rules)
def test_squaring_the_tick_is_repeating_it(v: int, bias: int, ticks: int, rule: LeakRule) -> None:
    after, spikes = leak_laws._power(np.array([v]), bias, ticks, rule)
    assert (after[0], spikes[0]) == reference(v, bias, ticks, rule)


@unhurried
@given(pairs=neurons, rule=rules)
def test_no_neuron_fires_in_the_quiet_ticks(pairs: Neurons, rule: LeakRule) -> None:
    v, bias = columns(pairs)
    quiet = quiet_ticks(v, bias, rule)
    _, spikes = advance(v, bias, 1_000_000 if quiet is None else quiet, rule)
    assert not spikes.any()


@unhurried
@given(pairs=neurons, rule=rules.filter(lambda rule: rule.overflow == "saturate"))
def test_a_neuron_fires_in_the_tick_after_the_quiet_ones(pairs: Neurons, rule: LeakRule) -> None:
    v, bias = columns(pairs)
    quiet = quiet_ticks(v, bias, rule)
    if quiet is not None:
        _, spikes = advance(v, bias, quiet + 1, rule)
        assert spikes.any()


@unhurried
@given(bias=st.integers(-32768, 0), rule=rules)
def test_falling_neurons_are_quiet_for_ever_where_they_cannot_wrap(
    bias: int, rule: LeakRule
) -> None:
    assume(rule.threshold_low + bias >= -32768)
    assert quiet_ticks([-1], [bias], rule) is None


@unhurried
@given(pairs=neurons, ticks=st.integers(1, 300), rule=rules)
def test_leak_stops_at_the_lower_threshold(pairs: Neurons, ticks: int, rule: LeakRule) -> None:
    after, _ = advance(*columns(pairs), ticks, rule)
    for (before, _), v in zip(pairs, after.tolist(), strict=True):
        kept = rule.below_threshold_low == "kept"
        assert v >= (min(before, rule.threshold_low) if kept else rule.threshold_low)


@unhurried
@given(pairs=neurons, rule=rules)
def test_no_tick_changes_nothing(pairs: Neurons, rule: LeakRule) -> None:
    v, bias = columns(pairs)
    after, spikes = advance(v, bias, 0, rule)
    assert after.tolist() == v
    assert not spikes.any()


def test_the_seed_falls_in_steps_of_13_and_the_last_one_is_short() -> None:
    trace = [advance([127], [-13], ticks, SOFT)[0][0] for ticks in range(22)]
    assert trace == [127 - 13 * k for k in range(20)] + [-127, -127]


@pytest.mark.parametrize(("return_to_zero", "left"), [(False, 127), (True, 0)])
def test_a_bias_of_one_threshold_fires_once_at_every_tick(
    *, return_to_zero: bool, left: int
) -> None:
    rule = LeakRule(threshold_high=127, threshold_low=-127, return_to_zero=return_to_zero)
    for ticks in range(1, 20):
        after, spikes = advance([127], [127], ticks, rule)
        assert (after[0], spikes[0]) == (left, ticks)


def test_a_neuron_below_the_lower_threshold_is_raised_or_kept() -> None:
    raised = LeakRule(threshold_high=127, threshold_low=-127, return_to_zero=False)
    kept = LeakRule(
        threshold_high=127, threshold_low=-127, return_to_zero=False, below_threshold_low="kept"
    )
    v, bias = [-500, -500, -500], [-1, 0, 10]
    assert advance(v, bias, 1, raised)[0].tolist() == [-127, -127, -127]
    assert advance(v, bias, 1, kept)[0].tolist() == [-500, -500, -490]


def test_arrays_keep_their_shape() -> None:
    v = np.zeros((2, 3), dtype=np.int16)
    after, spikes = advance(v, np.full((2, 3), -1), 5, SOFT)
    assert after.dtype == np.int16
    assert after.shape == spikes.shape == (2, 3)
