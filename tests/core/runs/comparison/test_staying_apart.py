"""Laws of readings that ticks fell into: what they excuse, and what they leave open."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runs_made import layer, run_of
from speckhal import Answer, Run, Trace, compare
from speckhal.runs.comparison.differing_values import ValuePairs, differing_values
from speckhal.runs.comparison.tick_pairs import TickPairs
from speckhal.runs.comparison.tolerance import Tolerance

if TYPE_CHECKING:
    from speckhal import DeployedLayer
    from speckhal.runs.comparison.differing_values import DifferingValues

STEP = -10
ROOM = {"threshold_high": 32000, "threshold_low": -32000}
Reading = tuple[int, int, int]
"""Tick, slack, and by how many steps the second run is behind."""


def of_one_neuron(
    a: list[int], b: list[int], ticks: list[int], slack: list[int], leaking: DeployedLayer
) -> DifferingValues:
    numbers = np.arange(len(ticks))
    pairs = TickPairs(np.array(ticks), numbers, numbers, np.array(slack))
    v_mem = [np.array(each, np.int16).reshape(-1, 1, 1, 1) for each in (a, b)]
    steps = leaking.biases.astype(np.int64)
    return differing_values(
        ValuePairs.of((v_mem[0], v_mem[1]), pairs, (steps, steps), (leaking, leaking), Tolerance())
    )


def far_from_all(readings: list[Reading]) -> DifferingValues:
    leaking = layer(0, (1, 1, 1), biases=np.array([STEP], np.int16), **ROOM)
    a = [1000 + STEP * tick for tick, _, _ in readings]
    b = [value - STEP * behind for value, (_, _, behind) in zip(a, readings, strict=True)]
    return of_one_neuron(
        a, b, [tick for tick, _, _ in readings], [slack for _, slack, _ in readings], leaking
    )


def coincidences(readings: list[Reading], since: int, behind: int) -> int | None:
    """Ticks that must have come into readings if the neuron is behind since a tick.

    None where no ticks within the slack explain that.
    """
    of_ticks = set()
    for tick, slack, found in readings:
        expected = behind if tick >= since else 0
        if abs(found - expected) > slack:
            return None
        if found != expected:
            of_ticks.add(tick)
    return len(of_ticks)


READINGS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(-2, 2)), min_size=1, max_size=10
).map(lambda found: sorted([(0, 0, 0), *found]))


@settings(max_examples=120)
@given(READINGS)
def test_values_differ_exactly_where_no_assignment_of_ticks_makes_them_alike(
    readings: list[Reading],
) -> None:
    found = far_from_all(readings)
    impossible = [abs(behind) > slack for _, slack, behind in readings]

    assert found.counts[0] == sum(impossible)
    assert (found.first is not None) == any(impossible)
    if found.first is not None:
        assert found.first[0] == impossible.index(True)


@settings(max_examples=120)
@given(READINGS)
def test_a_neuron_is_open_where_staying_apart_explains_more_than_being_alike(
    readings: list[Reading],
) -> None:
    found = far_from_all(readings)
    if found.first is not None:
        return
    alike = coincidences(readings, 0, 0)
    assert alike is not None
    for since, behind in itertools.product(range(6), (-2, -1, 1, 2)):
        apart = coincidences(readings, since, behind)
        if apart is not None and apart + 1 <= alike:
            assert found.open_neurons[0]
            assert found.open_from is not None


@settings(max_examples=120)
@given(READINGS)
def test_what_reads_alike_without_slack_afterwards_is_not_open(readings: list[Reading]) -> None:
    found = far_from_all([*readings, (6, 0, 0)])

    assert not found.open_neurons.any()
    if found.first is None:
        assert found.open_from is None


@settings(max_examples=400)
@given(READINGS)
def test_the_first_divergence_is_never_after_an_undecided_one_that_is_not_said(
    readings: list[Reading],
) -> None:
    found = far_from_all(readings)
    if found.first is None:
        return
    tick = readings[found.first[0]][0]
    sure = max((t for t, slack, off in readings if t < tick and not slack and not off), default=-1)
    before = [t for t, _, _ in readings if sure < t < tick]
    undecided = [t for t in before if all(off for at, _, off in readings if at == t)]

    assert found.open_from == (min(undecided) if undecided else None)


@pytest.mark.parametrize("floor", [-130, -124, -147, -107])
def test_floors_that_differ_disagree_whatever_ticks_may_have_come(floor: int) -> None:
    leaking = layer(0, (1, 1, 1), biases=np.array([STEP], np.int16), threshold_low=-127)
    ticks = list(range(20))
    a, b = ([max(-27 - 10 * tick, low) for tick in ticks] for low in (-127, floor))

    found = of_one_neuron(a, b, ticks, [0] + [3] * 19, leaking)

    assert found.first is not None or (found.open_neurons.all() and floor > -127)
    if floor < -127:
        assert found.first is not None


def test_a_spike_excuses_only_neurons_that_were_near_the_threshold() -> None:
    leaking = layer(0, (1, 1, 1), biases=np.array([10], np.int16), threshold_high=127)

    near = of_one_neuron(
        [110, 120, 0, 10], [110, 120, 120, 10], [0, 1, 2, 3], [0, 1, 1, 0], leaking
    )
    far = of_one_neuron([10, 20, 30, 0], [10, 20, 30, 40], [0, 1, 2, 3], [0, 1, 1, 1], leaking)

    assert near.first is None
    assert not near.open_neurons.any()
    assert far.first == (3, 0)


def test_what_is_within_the_tolerance_of_a_torn_value_is_excused_as_that_is() -> None:
    leaking = layer(0, (1, 1, 4), biases=np.array([-10], np.int16), rate_hz=10, **ROOM)
    good = of_a_clock(leaking, range(50))
    v_mem = good.traces[0].v_mem.copy()
    v_mem[9, 0, 0, 3] += 11

    off = attrs.evolve(good, traces=(attrs.evolve(good.traces[0], v_mem=v_mem),))

    assert compare(good, off).answer is Answer.DISAGREES
    assert compare(good, off, tolerance={"v_mem": 1}).divergence is None


def of_a_clock(leaking: DeployedLayer, ticks: range, duration_s: float = 0.096) -> Run:
    """A reading at each tick of a clock of 10 Hz, which takes nearly all of its period."""
    v_mem = np.full((len(ticks), *leaking.shape), 1000) + STEP * np.arange(len(ticks)).reshape(
        -1, 1, 1, 1
    )
    time_s = np.arange(len(ticks), dtype=np.float64) * 0.1
    trace = Trace(0, time_s, v_mem.astype(np.int16), None, np.full(len(ticks), duration_s))
    return attrs.evolve(run_of(leaking), traces=(trace,))


@pytest.mark.parametrize(("reading", "by"), [(None, 0), (2, 10), (19, -10), (12, -10)])
def test_a_neuron_that_stays_apart_never_agrees_whatever_one_reading_shows(
    reading: int | None, by: int
) -> None:
    leaking = layer(0, (1, 2, 2), biases=np.array([STEP], np.int16), rate_hz=10, **ROOM)
    good = of_a_clock(leaking, range(20))
    v_mem = good.traces[0].v_mem.copy()
    v_mem[5:, 0, 1, 1] += 10
    if reading is not None:
        v_mem[reading, 0, 1, 1] += by
    behind = attrs.evolve(good, traces=(attrs.evolve(good.traces[0], v_mem=v_mem),))

    comparison = compare(good, behind)

    assert comparison.answer is Answer.CANNOT_TELL
    assert "may have stayed apart" in comparison.problems[0]


def test_a_first_divergence_after_open_readings_is_said_to_be_at_the_latest() -> None:
    leaking = layer(0, (1, 2, 2), biases=np.array([STEP], np.int16), rate_hz=10, **ROOM)
    good = of_a_clock(leaking, range(20))
    v_mem = good.traces[0].v_mem.copy()
    v_mem[5:, 0, 1, 1] += 10
    v_mem[8:, 0, 1, 1] += 3
    wrong = attrs.evolve(good, traces=(attrs.evolve(good.traces[0], v_mem=v_mem),))

    comparison = compare(good, wrong)
    parted = comparison.divergence

    assert parted is not None
    assert (parted.tick, parted.open_from) == (8, 5)
    assert "(0.800 s and 0.800 s) at the latest the neuron" in comparison.problems[0]
    assert [one.is_open for one in parted.history[:5]] == [False, True, True, True, False]
    assert comparison.as_json()["divergence"]["open_from"] == 5  # type: ignore[index]  # plain data


@pytest.mark.parametrize("start", [5, 20, 64])
def test_a_start_that_explains_nothing_is_not_taken_although_fewer_values_are_compared(
    start: int,
) -> None:
    leaking = layer(0, (1, 2, 2), biases=np.array([STEP], np.int16), **ROOM)
    run = run_of(leaking, samples=20)
    v_mem = run.traces[0].v_mem + np.arange(20).reshape(-1, 1, 1, 1).astype(np.int16)
    other = attrs.evolve(run, traces=(attrs.evolve(run.traces[0], v_mem=v_mem),))

    comparison = compare(run, other, tolerance={"start": start})

    assert comparison.ahead == 0
    assert comparison.divergence is not None
    assert comparison.divergence.tick == 1


def test_a_start_is_taken_where_it_explains_all_but_one_wrong_neuron() -> None:
    leaking = layer(0, (1, 2, 2), biases=np.array([STEP], np.int16), **ROOM)
    run = run_of(leaking, samples=20)
    trace = run.traces[0]
    v_mem = trace.v_mem[2:].copy()
    v_mem[9:, 0, 1, 0] += 1
    assert trace.ticks is not None
    later = attrs.evolve(
        run,
        traces=(
            attrs.evolve(
                trace,
                v_mem=v_mem,
                time_s=trace.time_s[:-2],
                ticks=trace.ticks[:-2],
                duration_s=trace.duration_s[2:],
            ),
        ),
    )

    comparison = compare(run, later, tolerance={"start": 5})

    assert comparison.ahead == 2
    assert comparison.divergence is not None
    assert comparison.divergence.tick == 11


def test_a_tick_that_was_lost_some_time_before_it_shows_is_said_to_be_lost_at_the_latest() -> None:
    leaking = layer(0, (1, 2, 2), biases=np.array([STEP], np.int16), rate_hz=10, **ROOM)
    often = np.arange(0, 3, 0.04)
    made = np.floor(often * 10 + 1e-9).astype(np.int64)
    seldom = (often < 0.9) | (often > 1.75)
    runs = []
    for lost, kept in ((0, np.ones(len(often), np.bool_)), (1, seldom)):
        ticks = made - lost * (made >= 11)
        v_mem = np.full((len(often), *leaking.shape), 1000) + STEP * ticks.reshape(-1, 1, 1, 1)
        trace = Trace(0, often[kept], v_mem[kept].astype(np.int16), None, np.zeros(int(kept.sum())))
        runs.append(attrs.evolve(run_of(leaking), traces=(trace,)))

    comparison = compare(*runs, jitter_s=0.0)
    parted = comparison.divergence

    assert comparison.clocks[0].startswith("The clock of b lost a tick between ")
    assert parted is not None
    assert parted.open_from is not None
    assert parted.open_from <= 11 < parted.tick
