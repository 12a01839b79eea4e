"""What most neurons count are the ticks, though each answers at a moment of its own."""

from __future__ import annotations

import collections

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal import Trace
from speckhal.leak.verification.clock_polygon import RateInterval, Windows
from speckhal.leak.verification.tick_consensus import Consensus, consensus_of

READINGS = 12
EVERY_S, READING_S = 0.25, 0.08

Floats = npt.NDArray[np.float64]


def counts_of_a_neuron(answers_s: Floats) -> tuple[int, ...]:
    """Ticks of a clock of 10 Hz by the moments at which a neuron answered, since the first."""
    ticks = np.floor(0.31 + 10 * (np.arange(READINGS) * EVERY_S + answers_s)).astype(np.int64)
    return tuple((ticks - ticks[0]).tolist())


def agreed(
    neurons: list[tuple[int, ...]], *, reading_s: float, rate_hz: int | None = None
) -> Consensus:
    duration_s: Floats = np.full(READINGS, reading_s)
    times_s = np.arange(READINGS).astype(np.float64) * EVERY_S
    trace = Trace(0, times_s, np.zeros((READINGS, 1, 1, 1), np.int16), None, duration_s)
    windows = Windows.of(trace, 0.005)
    found = consensus_of(collections.Counter(neurons), windows, duration_s, rate_hz)
    assert found is not None
    return found


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_neurons_that_differ_by_the_ticks_within_a_reading_outvote_fewer_that_count_alike(
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    spread = [counts_of_a_neuron(rng.uniform(0, READING_S, READINGS)) for _ in range(5)]
    twice = tuple(2 * one for one in counts_of_a_neuron(np.zeros(READINGS)))
    found = agreed([*spread, *[twice] * 4], reading_s=READING_S)
    assert found.neurons == 5
    assert (np.min(spread, axis=0) <= found.ticks).all()
    assert (found.ticks <= np.max(spread, axis=0)).all()


@given(st.integers(0, 10_000), st.integers(3, 12))
@settings(max_examples=60, deadline=None)
def test_a_channel_that_does_not_leak_never_stops_the_clock_of_a_short_record(
    seed: int, readings: int
) -> None:
    rng = np.random.default_rng(seed)
    times_s = np.arange(readings).astype(np.float64) * 0.03
    moments_s = times_s[:, None] + 0.01 * rng.random((readings, 8))
    ticks = np.maximum.accumulate(np.floor(rng.random() + 10 * moments_s).astype(np.int64))
    counts = [tuple((one - one[0]).tolist()) for one in ticks.T]
    windows = Windows(times_s - 0.005, times_s + 0.015, 0.005)
    counted = collections.Counter([*[(0,) * readings] * 4, *counts])
    found = consensus_of(counted, windows, np.full(readings, 0.01), 10)
    assert found is not None
    assert found.rates is not None
    assert found.rates.meets(10.0, 10.0), (found.ticks, found.rates)


def test_a_count_that_ends_sooner_hides_no_lost_tick_that_one_alike_goes_on_to_show() -> None:
    exact = counts_of_a_neuron(np.zeros(READINGS))
    lost = (*exact[:8], *(one - 1 for one in exact[8:]))
    found = agreed([*[lost] * 3, *[exact[:6]] * 3], reading_s=0.0, rate_hz=10)
    assert tuple(found.ticks.tolist()) == lost
    assert found.rates is None
    assert found.neurons == 6


def test_after_the_readings_that_count_the_rate_bounds_the_ticks() -> None:
    time_s = np.array([0.0, 1.0, 2.0, 3.0, 3.5])
    windows = Windows(time_s - 0.1, time_s + 0.3, 0.1)
    counted = Consensus(np.array([0, 10, 20]), 1, None)
    bounds = counted.bounds(windows, np.full(5, 0.2), RateInterval(9.0, 11.0))
    # 3 ticks within a reading, so 6 between neurons of two; 2.3 s is the last moment that counts
    assert bounds.least.tolist() == [0, 4, 14, 20 + 5 - 6, 20 + 9 - 6]
    assert bounds.most.tolist() == [0, 16, 26, 20 + 15 + 1 + 6, 20 + 20 + 1 + 6]
    assert bounds.least_between.tolist() == [4, 4, 0, 0]
    assert bounds.most_between.tolist() == [16, 16, 15 + 1, 9 + 1]


def test_neurons_of_readings_that_took_no_time_must_count_the_same() -> None:
    exact = counts_of_a_neuron(np.zeros(READINGS))
    late = (*exact[:6], exact[6] + 1, *exact[7:])
    found = agreed([exact, exact, late], reading_s=0.0)
    assert found.neurons == 2
    assert tuple(found.ticks.tolist()) == exact


def test_neurons_that_count_for_longer_are_taken_where_as_many_agree() -> None:
    exact = counts_of_a_neuron(np.zeros(READINGS))
    found = agreed([exact[:5], exact[:5], exact], reading_s=0.0)
    assert found.neurons == 3
    assert tuple(found.ticks.tolist()) == exact
