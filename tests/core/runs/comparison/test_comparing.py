"""Laws of comparing two runs: what differs is found where it is, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from paired_runs import Wrong, pair_of_runs
from runs_made import layer, run_of
from speckhal import Answer, DeployedLayer, InputError, Run, Trace, compare
from speckhal.runs.comparison.compared_layer import HISTORY
from speckhal.runs.comparison.tolerance import Tolerance

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal.runs.comparison.tick_pairs import TickPairs

JITTER_S = 0.005
FEW = settings(max_examples=40)
ROOM = {"threshold_high": 32000, "threshold_low": -32000}


def free_running(
    leaking: DeployedLayer,
    *,
    rate_hz: float,
    every_s: float,
    samples: int,
    phase: float = 0.0,
    start: int = 10_000,
    lost: int | None = None,
    duration_s: float = 0.0,
) -> Run:
    """A run under a clock that ran by itself; the tick of number `lost` did nothing."""
    time_s = np.arange(samples, dtype=np.float64) * every_s
    ticks = np.floor(phase + time_s * rate_hz + 1e-9).astype(np.int64)
    ticks[0] = 0
    if lost is not None:
        ticks[ticks >= lost] -= 1
    steps = leaking.biases.astype(np.int64)[:, None, None]
    v_mem = start + steps * ticks[:, None, None, None] + np.zeros(leaking.shape, np.int64)
    v_mem = np.maximum(v_mem, leaking.threshold_low).astype(np.int16)
    trace = Trace(leaking.index, time_s, v_mem, None, np.full(samples, duration_s))
    return attrs.evolve(run_of(leaking), traces=(trace,))


def with_value(run: Run, at: tuple[int, int, int, int, int], value: int) -> Run:
    """The run with another value at (number of the trace, reading, channel, y, x)."""
    number, *where = at
    traces = list(run.traces)
    v_mem = traces[number].v_mem.copy()
    v_mem[tuple(where)] = value
    traces[number] = attrs.evolve(traces[number], v_mem=v_mem)
    return attrs.evolve(run, traces=tuple(traces))


SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))


@st.composite
def stepped_runs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Run:
    """Runs of one to three layers under a stepped clock, which leak in any way."""
    count = draw(st.integers(1, 3))
    layers = [
        layer(
            index,
            draw(SHAPES),
            threshold_low=draw(st.integers(-300, -1)),
        )
        for index in range(count)
    ]
    return run_of(*layers, samples=draw(st.integers(2, 8)))


@st.composite
def places(
    draw: Callable[[st.SearchStrategy[Any]], Any], run: Run
) -> tuple[int, int, int, int, int]:
    """A reading of a neuron of the run: number of the trace, reading, channel, y, x."""
    number = draw(st.integers(0, len(run.traces) - 1))
    sizes = run.traces[number].v_mem.shape
    return (number, *(draw(st.integers(0, size - 1)) for size in sizes))


@given(stepped_runs())
def test_a_run_agrees_with_itself(run: Run) -> None:
    comparison = compare(run, run)

    assert comparison.answer is Answer.AGREES
    assert comparison.divergence is None
    assert [one.layer for one in comparison.layers] == [trace.layer for trace in run.traces]
    assert all(one.compared == one.readings for one in comparison.layers)
    assert not comparison.notes + comparison.problems + comparison.deployed_differently


@given(st.data())
def test_one_changed_value_is_found_exactly_where_it_is(data: st.DataObject) -> None:
    run = data.draw(stepped_runs())
    at = data.draw(places(run))
    old = int(run.traces[at[0]].v_mem[at[1:]])
    new = data.draw(st.integers(-(2**15), 2**15 - 1).filter(lambda value: value != old))
    other = with_value(run, at, new)

    comparison = compare(run, other)
    parted = comparison.divergence

    assert comparison.answer is Answer.DISAGREES
    assert parted is not None
    assert (parted.layer, parted.tick) == (run.traces[at[0]].layer, at[1])
    assert (parted.channel, parted.y, parted.x) == at[2:]
    assert parted.values == (old, new)
    assert parted.difference == old - new  # of 16 bits each: no overflow
    assert int(comparison.layers[at[0]].differing.sum()) == 1
    assert comparison.layers[at[0]].largest.max() == abs(old - new)
    assert parted.history[min(at[1], HISTORY)].values == parted.values


@FEW
@given(st.data())
def test_swapped_runs_give_swapped_values(data: st.DataObject) -> None:
    run = data.draw(stepped_runs())
    other = with_value(run, data.draw(places(run)), data.draw(st.integers(-500, 500)))

    there, back = compare(run, other), compare(other, run)

    assert there.answer is back.answer
    if there.divergence is not None:
        assert back.divergence is not None
        assert back.divergence == attrs.evolve(
            there.divergence,
            values=there.divergence.values[::-1],
            time_s=there.divergence.time_s[::-1],
            cores=there.divergence.cores[::-1],
            history=tuple(
                attrs.evolve(one, values=one.values[::-1], time_s=one.time_s[::-1])
                for one in there.divergence.history
            ),
        )


@FEW
@given(st.data())
def test_of_several_changed_values_the_first_tick_then_layer_then_neuron_is_found(
    data: st.DataObject,
) -> None:
    run = data.draw(stepped_runs())
    places_ = data.draw(st.lists(places(run), min_size=1, max_size=5, unique=True))
    other = run
    for at in places_:
        other = with_value(other, at, int(run.traces[at[0]].v_mem[at[1:]]) + 1)
    number, reading, *neuron = min(places_, key=lambda at: (at[1], at[0], at[2:]))

    parted = compare(run, other).divergence

    assert parted is not None
    assert (parted.tick, parted.layer) == (reading, run.traces[number].layer)
    assert [parted.channel, parted.y, parted.x] == neuron
    assert sum(int(one.differing.sum()) for one in compare(run, other).layers) == len(places_)


@FEW
@given(st.data())
def test_a_tolerance_of_the_difference_agrees_and_less_does_not(data: st.DataObject) -> None:
    run = data.draw(stepped_runs())
    at = data.draw(places(run))
    off = data.draw(st.integers(1, 1000))
    other = with_value(run, at, int(run.traces[at[0]].v_mem[at[1:]]) - off)

    assert compare(run, other, tolerance={"v_mem": off}).agrees
    assert compare(run, other, tolerance={"thresholds": off / 127}).agrees
    assert not compare(run, other, tolerance={"v_mem": off - 0.5}).agrees
    assert not compare(run, other, tolerance={"thresholds": (off - 0.5) / 127}).agrees
    ticks = at[1]
    by_step = compare(run, other, tolerance={"step": off / ticks if ticks else off})
    assert by_step.agrees == (ticks > 0)


@FEW
@given(st.data())
def test_the_order_of_readings_does_not_matter_where_ticks_were_counted(
    data: st.DataObject,
) -> None:
    run = data.draw(stepped_runs())
    other = with_value(run, data.draw(places(run)), data.draw(st.integers(-500, 500)))
    shuffled = attrs.evolve(
        other,
        traces=tuple(
            attrs.evolve(
                trace,
                time_s=trace.time_s[order],
                v_mem=trace.v_mem[order],
                duration_s=trace.duration_s[order],
                ticks=None if trace.ticks is None else trace.ticks[order],
            )
            for trace in data.draw(st.permutations(other.traces))
            for order in [data.draw(st.permutations(range(len(trace))))]
        ),
    )

    one, two = compare(run, other), compare(run, shuffled)

    assert one.divergence == two.divergence
    assert one.answer is two.answer


@FEW
@given(st.data())
def test_what_only_one_was_read_at_is_left_out_and_counted(data: st.DataObject) -> None:
    run = data.draw(stepped_runs())
    end = data.draw(st.integers(1, len(run.traces[0])))
    partial = attrs.evolve(run, traces=tuple(until(trace, end) for trace in run.traces))

    comparison = compare(run, partial)

    for one in comparison.layers:
        assert one.compared == (end, end)
        assert one.readings == (len(run.traces[0]), end)
    # before the first tick there is nothing to agree on
    assert comparison.answer is (Answer.AGREES if end > 1 else Answer.CANNOT_TELL)
    assert bool(comparison.notes) == (end < len(run.traces[0]))


def until(trace: Trace, end: int) -> Trace:
    ticks = None if trace.ticks is None else trace.ticks[:end]
    return attrs.evolve(
        trace,
        time_s=trace.time_s[:end],
        v_mem=trace.v_mem[:end],
        duration_s=trace.duration_s[:end],
        ticks=ticks,
    )


CLOCKS = st.tuples(
    st.sampled_from([1, 5, 10]),
    st.sampled_from([0.3, 0.5, 0.77, 1.0, 1.6]),  # readings in periods
    st.floats(0, 0.99),
)


@FEW
@given(CLOCKS, st.integers(0, 59), st.integers(0, 2), st.integers(-500, 500))
def test_one_changed_value_is_found_although_a_tick_was_read_several_times(
    clock: tuple[int, float, float], reading: int, x: int, off: int
) -> None:
    assume(off)
    rate, every, phase = clock
    run = free_running(
        layer(0, (2, 1, 3), rate_hz=rate, **ROOM),
        rate_hz=rate,
        every_s=every / rate,
        samples=60,
        phase=phase,
    )
    old = int(run.traces[0].v_mem[reading, 1, 0, x])

    comparison = compare(run, with_value(run, (0, reading, 1, 0, x), old + off))
    parted = comparison.divergence

    assert parted is not None
    assert (parted.channel, parted.x, parted.values) == (1, x, (old, old + off))
    assert parted.time_s[0] == run.traces[0].time_s[reading]
    assert int(comparison.layers[0].differing.sum()) == 1


@FEW
@given(CLOCKS, CLOCKS, st.sampled_from([-32_000, 9_890, 9_935]))
def test_equal_boards_agree_whatever_the_clocks_and_although_they_came_to_the_floor(
    one: tuple[int, float, float], other: tuple[int, float, float], floor: int
) -> None:
    a, b = (
        free_running(
            layer(0, (2, 1, 2), rate_hz=rate, threshold_high=32_000, threshold_low=floor),
            rate_hz=rate,
            every_s=every / rate,
            samples=60,
            phase=phase,
        )
        for rate, every, phase in (one, other)
    )

    comparison = compare(a, b, jitter_s=0.0005)

    assert comparison.answer is not Answer.DISAGREES
    if max(one[1], other[1]) < 0.6:  # of rarer readings a lost tick may not show
        assert comparison.answer is Answer.AGREES
    assert bool(comparison.deployed_differently) == (one[0] != other[0])


@FEW
@given(CLOCKS, CLOCKS, st.integers(5, 15), st.integers(0, 1))
def test_a_wrong_step_of_one_channel_is_found_at_its_first_tick_that_both_read(
    one: tuple[int, float, float], other: tuple[int, float, float], by: int, channel: int
) -> None:
    a, b = (
        free_running(
            layer(0, (4, 1, 2), rate_hz=rate, **ROOM),
            rate_hz=rate,
            every_s=every / rate,
            samples=60,
            phase=phase,
        )
        for rate, every, phase in (one, other)
    )
    ticks = (10_000 - b.traces[0].v_mem[:, 0, 0, 0].astype(np.int64)) // 13
    v_mem = b.traces[0].v_mem.copy()
    v_mem[:, channel] += (ticks * by)[:, None, None].astype(np.int16)
    wrong = attrs.evolve(b, traces=(attrs.evolve(b.traces[0], v_mem=v_mem),))
    of_a = {int(tick) for tick in (10_000 - a.traces[0].v_mem[:, 3, 0, 0].astype(np.int64)) // 13}

    parted = compare(a, wrong).divergence

    assert parted is not None
    assert parted.tick == min(int(tick) for tick in ticks if tick and int(tick) in of_a)
    assert (parted.channel, parted.y, parted.x) == (channel, 0, 0)


@FEW
@given(CLOCKS, CLOCKS, st.integers(20, 40), st.sampled_from([-32_000, 10_000 - 44 * 13]))
def test_a_tick_that_a_clock_lost_still_counts(
    one: tuple[int, float, float], other: tuple[int, float, float], lost: int, floor: int
) -> None:
    assume(one[1] < 1 and other[1] < 1)  # else a lost tick may not show
    a, b = (
        free_running(
            layer(0, (2, 1, 2), rate_hz=rate, threshold_high=32_000, threshold_low=floor),
            rate_hz=rate,
            every_s=every / rate,
            samples=int(60 / every),
            phase=phase,
            lost=missing,
        )
        for (rate, every, phase), missing in zip((one, other), (None, lost), strict=True)
    )

    comparison = compare(a, b, jitter_s=0.0)
    parted = comparison.divergence

    assert comparison.answer is Answer.DISAGREES
    assert parted is not None
    assert parted.difference == -13
    # where its phase leaves room the tick may have been lost a little earlier or later
    assert lost - 1 <= parted.tick <= lost + 2
    assert comparison.clocks[0].startswith("The clock of b lost a tick between ")


def ticks_in_time(pairs: TickPairs) -> bool:
    """Whether no reading of either run is of an earlier tick than one that came before it."""
    in_time = [pairs.ticks[np.argsort(each, kind="stable")] for each in (pairs.a, pairs.b)]
    return not any((np.diff(ticks) < 0).any() for ticks in in_time)


FAST = st.tuples(
    st.sampled_from([20, 100, 285]),
    st.sampled_from([0.3, 0.6, 0.86, 1.2, 2.0]),  # readings in periods
    st.floats(0, 0.99),
)


@settings(max_examples=25)
@given(FAST, FAST, st.sampled_from([(0, 0), (0, 4), (3, 0)]), st.sampled_from([0.0, 0.1]))
def test_ticks_never_fall_with_time_and_floors_agree_or_differ_whatever_clocks_and_jitter(
    one: tuple[int, float, float],
    other: tuple[int, float, float],
    higher: tuple[int, int],
    duration: float,
) -> None:
    floor = 10_000 - 20 * 13 - 7  # the last of 21 ticks is cut short
    a, b = (
        free_running(
            layer(0, (1, 2, 2), rate_hz=rate, threshold_high=32_000, threshold_low=floor + more),
            rate_hz=rate,
            every_s=every / rate,
            samples=int(45 / every),
            phase=phase,
            duration_s=duration * every / rate,
        )
        for (rate, every, phase), more in zip((one, other), higher, strict=True)
    )

    comparison = compare(a, b)
    parted = comparison.divergence

    assert ticks_in_time(comparison.layers[0].pairs)
    assert not any("may have stayed apart" in said for said in comparison.problems)
    if not any(higher):
        assert parted is None
        return
    assert parted is not None
    assert parted.values == (floor + higher[0], floor + higher[1])
    assert 21 <= parted.tick <= 25
    assert all(one.values[0] == one.values[1] for one in parted.history if one.tick < 21)


@pytest.mark.parametrize("lost", [2, 3, None])
def test_a_lost_tick_that_may_pass_for_another_phase_cannot_tell_and_says_what_would_show_it(
    lost: int | None,
) -> None:
    leaking = layer(0, (2, 1, 2), rate_hz=10, **ROOM)
    often = free_running(leaking, rate_hz=10, every_s=0.03, samples=200)
    seldom = free_running(leaking, rate_hz=10, every_s=0.2, samples=30, phase=0.6, lost=lost)

    for a, b, name in ((often, seldom, "b"), (seldom, often, "a")):
        comparison = compare(a, b)
        assert comparison.answer is Answer.CANNOT_TELL
        assert comparison.problems == (
            (
                f"The readings of layer 0 of {name} do not show whether its clock lost a tick "
                "between 0.000 s and 0.200 s: a clock of another phase would give the same "
                "readings. Read every 0.02 s for 5.8 s (--every 0.02 --for 5.8), or step the "
                "clock (--ticks N, or run_leak(device, ticks=N))."
            ),
        )


@pytest.mark.parametrize(
    ("rate_hz", "every_s", "samples"),
    [(1, 0.5, 43), (1, 0.5, 61), (1, 0.1, 206), (20, 0.02, 100), (10, 0.05, 80)],
)
def test_neurons_that_came_to_the_floor_show_the_tick_that_took_them_there(
    rate_hz: int, every_s: float, samples: int
) -> None:
    # the last of 20 ticks is cut short
    leaking = layer(0, (1, 2, 2), rate_hz=rate_hz, threshold_low=9_747, threshold_high=32_000)
    good, also, lost = (
        free_running(
            leaking, rate_hz=rate_hz, every_s=every_s, samples=samples, phase=phase, lost=at
        )
        for phase, at in ((0.0, None), (0.6, None), (0.0, 19))
    )
    assert good.traces[0].v_mem.min() == 9_747

    assert compare(good, also).agrees
    assert compare(good, lost).answer is Answer.DISAGREES
    assert compare(lost, good).answer is Answer.DISAGREES


def test_neurons_that_move_on_after_the_last_tick_that_shows_are_no_agreement() -> None:
    # they fire from the sixth tick on, and five ticks do not say for long how fast the clock is
    rising = layer(0, (1, 1, 1), rate_hz=20, threshold_high=304, threshold_low=-133)
    rising = attrs.evolve(rising, biases=np.array([50], np.int16))
    time_s = np.arange(300, dtype=np.float64) * 0.016
    runs = []
    for phase in (0.0, 0.4):
        ticks = np.floor(phase + 20 * time_s + 1e-9).astype(np.int64)
        states = [40]
        for _ in range(int(ticks[-1])):
            states.append((states[-1] + 50) % 304)
        v_mem = np.array(states, np.int16)[ticks][:, None, None, None]
        trace = Trace(0, time_s, v_mem, None, np.zeros(300))
        runs.append(attrs.evolve(run_of(rising), traces=(trace,)))

    comparison = compare(*runs)

    assert comparison.answer is Answer.CANNOT_TELL
    assert comparison.problems[0] == (
        "Neurons of layer 0 move on after tick 12, the last that the readings show, so nothing "
        "shows whether a clock lost one after it. Step the clock instead (--ticks N, or "
        "run_leak(device, ticks=N))."
    )


def test_a_tick_that_may_be_lost_in_a_gap_is_to_be_read_without_one() -> None:
    leaking = layer(0, (2, 1, 2), rate_hz=10, **ROOM)
    often, lost = (
        free_running(leaking, rate_hz=10, every_s=0.03, samples=300, phase=0.3, lost=at)
        for at in (None, 35)
    )
    trace, kept = lost.traces[0], np.r_[:20, 250:300]
    rest = Trace(0, trace.time_s[kept], trace.v_mem[kept], None, trace.duration_s[kept])
    comparison = compare(often, attrs.evolve(lost, traces=(rest,)))

    assert comparison.answer is Answer.CANNOT_TELL
    assert "lost a tick between 0.570 s and 7.500 s" in comparison.problems[0]
    assert "Read without gaps, or step the clock" in comparison.problems[0]


def test_a_tick_that_one_clock_lost_and_the_other_may_have_lost_is_no_divergence() -> None:
    leaking = layer(0, (2, 1, 2), rate_hz=10, **ROOM)
    often, seldom = (
        free_running(leaking, rate_hz=10, every_s=every_s, samples=samples, lost=3)
        for every_s, samples in ((0.03, 100), (0.1, 12))
    )
    for a, b, name in ((often, seldom, "a"), (seldom, often, "b")):
        comparison = compare(a, b, jitter_s=0.0)
        assert comparison.answer is Answer.CANNOT_TELL
        assert comparison.problems[0].startswith(f"The clock of {name} lost a tick between ")
        assert "do not show whether its clock did. Read every 0.02 s" in comparison.problems[0]


def test_a_clock_of_no_fixed_rate_has_no_tick_to_lose_and_readings_that_took_time_agree() -> None:
    leaking = layer(0, (1, 1, 4), rate_hz=10, **ROOM)
    runs = []
    for phase in (0.0, 0.5):
        run = free_running(
            leaking, rate_hz=10, every_s=0.03, samples=99, phase=phase, duration_s=0.01
        )
        layers = (attrs.evolve(leaking, rate_hz=None),)
        runs.append(attrs.evolve(run, deployment=attrs.evolve(run.deployment, layers=layers)))

    assert compare(*runs).agrees


@FEW
@given(st.integers(0, 1_000_000))
def test_two_good_boards_are_never_called_different_whatever_clocks_jitter_and_gaps(
    seed: int,
) -> None:
    comparison = compare(*pair_of_runs(seed), jitter_s=JITTER_S)

    assert ticks_in_time(comparison.layers[0].pairs)
    assert comparison.divergence is None
    assert comparison.answer is not Answer.DISAGREES


def ticks_made(run: Run) -> int:
    """By the neuron that is never wrong, of a layer with room."""
    v_mem = run.traces[0].v_mem[:, -1, -1, -1].astype(np.int64)
    return int((v_mem[-1] - v_mem[0]) // run.deployment.layers[0].biases[-1])


@FEW
@given(st.integers(0, 1_000_000), st.sampled_from(Wrong))
def test_a_board_that_is_wrong_never_agrees_whatever_clocks_jitter_and_gaps(
    seed: int, wrong: Wrong
) -> None:
    a, b = pair_of_runs(seed, wrong)
    comparison = compare(a, b, jitter_s=JITTER_S)

    pairs = comparison.layers[0].pairs
    assert ticks_in_time(pairs)
    # what only one of them was watched for is not compared
    if wrong is Wrong.STEP or ticks_made(a) >= ticks_made(b) > 3:
        assert comparison.answer is not Answer.AGREES
    # a tick that came while neurons were read may hide it, where no reading is without
    if wrong is Wrong.STEP and ((pairs.ticks > 0) & (pairs.slack == 0)).any():
        assert comparison.divergence is not None


@pytest.mark.parametrize("phase", [0.0, 0.4, 0.7])
def test_readings_that_a_tick_fell_into_are_no_divergence(phase: float) -> None:
    leaking = layer(0, (1, 1, 4), rate_hz=10, **ROOM)
    good = free_running(leaking, rate_hz=10, every_s=0.07, samples=100, duration_s=0.02)
    late = free_running(
        leaking, rate_hz=10, every_s=0.07, samples=100, phase=phase, duration_s=0.02
    )
    # the last neuron answers 15 ms after the first
    ticks = np.floor(phase + (late.traces[0].time_s + 0.015) * 10 + 1e-9).astype(np.int64)
    ticks[0] = 0
    v_mem = late.traces[0].v_mem.copy()
    v_mem[:, 0, 0, 3] = 10_000 - 13 * ticks
    torn = attrs.evolve(late, traces=(attrs.evolve(late.traces[0], v_mem=v_mem),))

    assert (v_mem[:, 0, 0, 3] != v_mem[:, 0, 0, 0]).any()
    assert compare(good, torn).agrees
    assert compare(torn, good).agrees


def test_a_neuron_that_is_a_tick_behind_in_every_reading_cannot_tell_if_all_may_be_torn() -> None:
    leaking = layer(0, (1, 1, 4), rate_hz=10, **ROOM)
    good = free_running(leaking, rate_hz=10, every_s=0.1, samples=50, duration_s=0.09)
    v_mem = good.traces[0].v_mem.copy()
    v_mem[5:, 0, 0, 3] += 13
    behind = attrs.evolve(good, traces=(attrs.evolve(good.traces[0], v_mem=v_mem),))

    comparison = compare(good, behind)

    assert comparison.answer is Answer.CANNOT_TELL
    assert (
        "1 neuron of layer 0 may have stayed apart: a tick that came while it was read"
        in comparison.problems[0]
    )
    exact = [
        attrs.evolve(one, traces=(attrs.evolve(one.traces[0], duration_s=np.zeros(50)),))
        for one in (good, behind)
    ]
    parted = compare(*exact).divergence
    assert parted is not None
    assert (parted.tick, parted.x) == (5, 3)


def test_what_is_no_whole_number_of_steps_diverges_although_ticks_may_fall_into_readings() -> None:
    leaking = layer(0, (1, 1, 4), rate_hz=10, **ROOM)
    good = free_running(leaking, rate_hz=10, every_s=0.1, samples=50, duration_s=0.09)
    wrong = with_value(good, (0, 7, 0, 0, 2), int(good.traces[0].v_mem[7, 0, 0, 2]) + 5)

    parted = compare(good, wrong).divergence

    assert parted is not None
    assert (parted.tick, parted.x, parted.difference) == (7, 2, -5)


def test_a_board_that_stands_still_diverges_although_its_neurons_count_nothing() -> None:
    leaking = layer(0, (1, 1, 2), rate_hz=10, **ROOM)
    good = free_running(leaking, rate_hz=10, every_s=0.07, samples=50)
    still = free_running(leaking, rate_hz=0, every_s=0.07, samples=50)

    comparison = compare(good, still)

    assert comparison.answer is Answer.DISAGREES
    assert any("No neuron of b counts its ticks" in said for said in comparison.explanation)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"biases": np.zeros(2, np.int16)}, "no channel has a bias other than 0. Step the clock"),
        ({"threshold_low": 10_000}, "no neuron shows a tick: start away from the floor"),
        ({"rate_hz": None, "biases": np.zeros(2, np.int16)}, "no channel has a bias other than 0"),
    ],
)
def test_ticks_that_no_neuron_shows_cannot_tell_and_say_what_would_do(
    changes: dict[str, Any], said: str
) -> None:
    still = free_running(
        layer(0, (2, 1, 2), **{"rate_hz": 10, **ROOM, **changes}),
        rate_hz=10,
        every_s=0.07,
        samples=50,
    )
    comparison = compare(still, still)

    assert comparison.answer is Answer.CANNOT_TELL
    assert said in comparison.problems[0]


def test_values_that_passed_the_floor_diverge_after_all_neurons_came_to_it() -> None:
    leaking = layer(0, (1, 1, 2), rate_hz=10, threshold_low=9_700, threshold_high=32_000)
    good = free_running(leaking, rate_hz=10, every_s=0.07, samples=60)
    deep = free_running(
        attrs.evolve(leaking, threshold_low=-32_000), rate_hz=10, every_s=0.07, samples=60
    )
    deep = attrs.evolve(deep, deployment=good.deployment)

    parted = compare(good, deep).divergence

    assert parted is not None
    assert parted.values == (9_700, 10_000 - 24 * 13)


def test_clocks_that_surely_differ_disagree_although_all_values_agree() -> None:
    leaking = layer(0, (1, 1, 2), rate_hz=10, **ROOM)
    good, fast = (
        free_running(leaking, rate_hz=rate, every_s=0.03, samples=300) for rate in (10, 11)
    )

    comparison = compare(good, fast)

    assert comparison.divergence is None
    assert comparison.answer is Answer.DISAGREES
    assert comparison.problems[0].startswith("The clock of a makes 9.9")
    assert compare(good, fast, tolerance={"rate": 0.11}).agrees


def test_a_clock_that_loses_ticks_again_and_again_disagrees_with_one_that_does_not() -> None:
    leaking = layer(0, (1, 1, 2), rate_hz=10, **ROOM)
    good = free_running(leaking, rate_hz=10, every_s=0.03, samples=400)
    ticks = (10_000 - good.traces[0].v_mem.astype(np.int64)) // 13
    losing = 10_000 - 13 * (ticks - ticks // 40)
    bad = attrs.evolve(good, traces=(attrs.evolve(good.traces[0], v_mem=losing.astype(np.int16)),))

    comparison = compare(good, bad)

    assert comparison.answer is Answer.DISAGREES
    assert "no clock of a fixed rate explains the ticks of b" in comparison.problems[0]
    assert not compare(bad, bad).clocks


def test_a_start_some_ticks_ahead_is_reported_as_such_and_aligned_where_it_is_allowed() -> None:
    run = run_of(samples=8)
    later = attrs.evolve(
        run,
        traces=tuple(
            attrs.evolve(
                trace,
                v_mem=trace.v_mem[2:],
                time_s=trace.time_s[:-2],
                ticks=None if trace.ticks is None else trace.ticks[:-2],
                duration_s=trace.duration_s[2:],
            )
            for trace in run.traces
        ),
        provenance=attrs.evolve(run.provenance, states="leaked"),
    )

    comparison = compare(run, later)

    assert comparison.answer is Answer.DISAGREES
    assert comparison.explanation[0] == (
        "They start from different values, before any tick: b is 2 ticks ahead of a."
    )
    assert "The states of b had leaked before the run" in comparison.explanation[1]
    aligned = compare(run, later, tolerance={"start": 2})
    assert (aligned.answer, aligned.ahead) == (Answer.AGREES, 2)
    assert compare(later, run, tolerance={"start": 3}).ahead == -2


def test_what_was_deployed_differently_is_named_before_what_leaked_differently() -> None:
    one = layer(0, (3, 1, 1))
    other = attrs.evolve(
        one, biases=np.array([-13, -14, -14], np.int16), threshold_high=130, scale=433.0, core=7
    )
    comparison = compare(run_of(one), run_of(other))

    assert comparison.deployed_differently == (
        "Layer 0: a tick should add -13 in a and -14 in b to channel 1 (channels 1-2 differ).",
        "Layer 0: the spike threshold is 127 in a and 130 in b.",
        "Layer 0: the scale is 423.333 in a and 433 in b.",
    )
    parted = comparison.divergence
    assert parted is not None
    assert (parted.cores, parted.tick, parted.channel) == ((2, 7), 1, 1)
    assert comparison.explanation == (
        "Layer 0 of a leaks as it was deployed.",
        "Layer 0 of b leaks as it was deployed.",
    )
    assert compare(run_of(one), run_of(other), tolerance={"step": 1}).agrees


def test_layers_that_only_one_read_are_named_and_left_out() -> None:
    both = run_of(layer(0), layer(1))
    one = attrs.evolve(both, traces=both.traces[:1])
    less = compare(both, one)

    assert less.agrees
    assert less.notes == ("Layer 1 was read in a only.",)
    assert not less.uncompared
    nothing = compare(run_of(), attrs.evolve(run_of(), traces=()))
    assert nothing.answer is Answer.CANNOT_TELL


def test_networks_with_other_layers_or_shapes_never_agree() -> None:
    for others in ((layer(0), layer(2)), (layer(0), layer(1, (1, 2, 2)))):
        comparison = compare(run_of(layer(0), layer(1)), run_of(*others))

        assert comparison.layers[0].answer is Answer.AGREES
        assert comparison.answer is Answer.CANNOT_TELL
        assert comparison.problems == comparison.uncompared
        assert not comparison.notes
    two = compare(run_of(layer(0), layer(1)), run_of(layer(0), layer(2)))
    assert two.uncompared == (
        (
            "The network of b has no layer 1, which was read in a: not compared. Deploy the same "
            "network in both."
        ),
        (
            "The network of a has no layer 2, which was read in b: not compared. Deploy the same "
            "network in both."
        ),
    )
    other = compare(run_of(layer(0)), run_of(layer(0, (1, 2, 2))))
    assert other.answer is Answer.CANNOT_TELL
    assert other.problems == (
        (
            "Layer 0 has 2 x 1 x 3 neurons in a and 1 x 2 x 2 in b: not compared. Deploy the same "
            "network in both."
        ),
    )


def test_a_trace_alone_is_compared_where_its_steps_show() -> None:
    leaking = layer(0, (1, 1, 2), rate_hz=10, **ROOM)
    run = free_running(leaking, rate_hz=10, every_s=0.07, samples=50)
    often = free_running(leaking, rate_hz=10, every_s=0.03, samples=50)
    seldom = free_running(leaking, rate_hz=10, every_s=0.2, samples=50)

    assert compare(run.traces[0], often.traces[0]).agrees
    assert compare(run.traces[0], often).agrees
    unclear = compare(run.traces[0], seldom.traces[0])
    assert unclear.answer is Answer.CANNOT_TELL
    assert "Compare the runs that run_leak(device) returns." in unclear.problems[0]


def test_a_comparison_is_plain_data_and_one_line() -> None:
    run = run_of(samples=12)
    other = with_value(run, (0, 6, 1, 0, 2), 5)
    comparison = compare(run, other)
    plain = json.loads(json.dumps(comparison.as_json()))

    assert plain["answer"] == "disagrees"
    assert plain["divergence"]["tick"] == 6
    assert plain["layers"][0]["differing_neurons"] == 1
    assert plain["tolerance"]["v_mem"] == 0
    assert repr(comparison) == (
        "<Comparison of 12 ticks of layers 0: disagrees. At tick 6 (0.600 s and 0.600 s) the "
        "neuron at channel 1, y 0, x 2 of layer 0 on core 2 is at 22 in a and at 5 in b.>"
    )
    assert [one.tick for one in comparison.divergence.history] == list(range(2, 11))  # type: ignore[union-attr]  # it is one


def test_runs_that_are_compared_piece_by_piece_differ_as_those_compared_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = run_of(samples=20)
    other = run
    for reading, off in ((4, 2), (5, 9), (17, 1)):
        old = int(run.traces[0].v_mem[reading, 1, 0, 2])
        other = with_value(other, (0, reading, 1, 0, 2), old + off)
    at_once = compare(run, other)
    monkeypatch.setattr("speckhal.runs.comparison.differing_values._AT_ONCE", 7)
    in_pieces = compare(run, other)

    assert at_once.divergence == in_pieces.divergence
    assert in_pieces.divergence is not None
    assert in_pieces.divergence.tick == 4
    for one in (at_once, in_pieces):
        assert one.layers[0].differing.sum() == 3
        assert one.layers[0].largest.max() == 9


def test_values_at_both_ends_of_16_bits_are_as_far_apart_as_they_are() -> None:
    run = run_of()
    low, high = (with_value(run, (0, 2, 0, 0, 0), value) for value in (-(2**15), 2**15 - 1))

    parted = compare(low, high).divergence

    assert parted is not None
    assert parted.difference == -(2**16) + 1
    assert compare(low, high, tolerance={"v_mem": 2**16 - 1}).agrees
    assert not compare(low, high, tolerance={"v_mem": 2**16 - 2}).agrees


@pytest.mark.parametrize("name", ["v_mem", "step", "thresholds", "rate", "start"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), True, "1"])
def test_a_tolerance_refuses_what_is_no_distance_however_it_is_made(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"for {name}, which is no distance"):
        Tolerance(**{name: value})
    with pytest.raises(InputError, match=f"for {name}, which is no distance"):
        Tolerance.of({name: value})


def test_a_tolerance_refuses_starts_that_are_far_and_two_units_at_once() -> None:
    for start in (10**9, 0.5, 65):
        with pytest.raises(InputError, match="ticks ahead at the start"):
            Tolerance(start=start)  # type: ignore[arg-type]  # the case
    with pytest.raises(InputError, match="both in chip units and in thresholds"):
        Tolerance(v_mem=1, thresholds=0.1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"a": 3}, "Asked to compare a int."),
        ({"tolerance": 1}, "Asked to compare with the tolerance 1."),
        ({"tolerance": {"volts": 1}}, "The quantities are v_mem, step, thresholds, rate, start."),
        ({"tolerance": {"v_mem": -1}}, "Asked for a tolerance of -1 for v_mem"),
        ({"tolerance": {"v_mem": float("nan")}}, "Asked for a tolerance of nan for v_mem"),
        ({"tolerance": {"v_mem": True}}, "Asked for a tolerance of True for v_mem"),
        ({"tolerance": {"start": 0.5}}, "Asked to let one run be 0.5 ticks ahead"),
        ({"tolerance": {"thresholds": 1, "step": 1}}, "Give thresholds alone"),
        ({"jitter_s": -1}, "Asked to allow a jitter of -1 s."),
    ],
)
def test_what_is_no_comparison_is_refused_in_a_sentence(
    arguments: dict[str, Any], said: str
) -> None:
    given_ = {"a": run_of(), "b": run_of(), **arguments}
    with pytest.raises(InputError) as refused:
        compare(given_.pop("a"), given_.pop("b"), **given_)
    assert said in f"{refused.value} {refused.value.hint}"
