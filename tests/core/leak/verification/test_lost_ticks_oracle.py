"""Where a tick can have been lost, against an oracle that tries every rate, phase and moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

import speckhal
from speckhal import Answer, DeployedLayer, Trace
from speckhal.leak.verification.clock_polygon import Windows, rates_that_explain
from speckhal.leak.verification.hidden_losses import hidden_losses
from synthetic_leak import Fault, synthetic_run

Floats = npt.NDArray[np.float64]

RATE_HZ = 10
NEAR_HZ = (9.9, 10.1)


@st.composite
def counted(draw: st.DrawFn) -> tuple[np.ndarray, Windows]:
    """Ticks that a clock near 10 Hz made by a few readings, and when these were taken."""
    steps_ms = draw(st.lists(st.integers(5, 240), min_size=2, max_size=14))
    time_s = np.cumsum([0, *steps_ms]).astype(np.float64) / 1000
    jitter_s = draw(st.sampled_from([0.0, 0.005]))
    off_s = np.array([draw(st.sampled_from([-1, 0, 1])) for _ in time_s]) * jitter_s * 0.99
    rate_hz = draw(st.floats(*NEAR_HZ))
    ticks = np.floor(draw(st.floats(0, 0.999)) + rate_hz * (time_s + off_s)).astype(np.int64)
    ticks = np.maximum.accumulate(ticks - ticks[0])
    earliest_s: Floats = (time_s - jitter_s).astype(np.float64)
    latest_s: Floats = (time_s + jitter_s).astype(np.float64)
    return ticks, Windows(earliest_s, latest_s, jitter_s)


def some_clock_makes(ticks: np.ndarray, windows: Windows) -> bool:
    """By trying 41 rates and 600 phases: a clock that is found is one."""
    rates = np.linspace(*NEAR_HZ, 41)[:, None, None]
    phases = np.linspace(-1, 1.2, 600)[:, None]
    latest = np.floor(phases + rates * windows.latest_s)
    earliest = np.floor(phases + rates * windows.earliest_s)
    return bool(((earliest <= ticks) & (ticks <= latest)).all(axis=-1).any())


@given(counted())
@settings(max_examples=60, deadline=None)
def test_no_place_is_excluded_at_which_a_clock_can_have_lost_a_tick(
    made: tuple[np.ndarray, Windows],
) -> None:
    ticks, windows = made
    hidden = hidden_losses(ticks, windows, *NEAR_HZ)
    for place in np.flatnonzero(~hidden):
        one_more = ticks + (np.arange(len(ticks)) > place)
        assert not some_clock_makes(one_more, windows)


@given(counted())
@settings(max_examples=100, deadline=None)
def test_a_place_is_hidden_just_where_the_polygon_of_one_tick_more_is_not_empty(
    made: tuple[np.ndarray, Windows],
) -> None:
    ticks, windows = made
    hidden = hidden_losses(ticks, windows, *NEAR_HZ)
    for place in range(len(ticks) - 1):
        rates = rates_that_explain(ticks + (np.arange(len(ticks)) > place), windows)
        assert hidden[place] == (rates is not None and rates.meets(*NEAR_HZ))


def test_of_a_long_record_no_more_is_excluded_than_all_readings_together_exclude() -> None:
    time_s: Floats = np.arange(1300).astype(np.float64) * 0.173
    ticks = np.floor(0.3 + time_s * RATE_HZ).astype(np.int64)
    windows = Windows.of(Trace(0, time_s, np.zeros((1300, 1, 1, 1), np.int16)), 0.005)
    hidden = hidden_losses(ticks, windows, *NEAR_HZ)
    assert len(hidden) == 1299
    for place in (3, 255, 256, 511, 512, 700, 1290, 1298):
        rates = rates_that_explain(ticks + (np.arange(1300) > place), windows)
        possible = rates is not None and rates.meets(*NEAR_HZ)
        assert hidden[place] or not possible
    assert hidden.mean() < 0.01


def test_a_board_that_lost_a_tick_is_never_said_to_have_lost_none_around_it() -> None:
    answered = 0
    for seed in range(60):
        run = synthetic_run(seed, Fault.LOST_TICK)
        verification = speckhal.verify(run.trace, run.layer)
        surely_s = verification.layers[0].none_lost_s
        if verification.finding("lost ticks").answer is Answer.AGREES:
            assert surely_s is not None
            answered += 1
        (lost_s,) = run.lost_s
        assert surely_s is None or not surely_s[0] < lost_s < surely_s[1]
    assert answered


def layer_at(rate_hz: int) -> DeployedLayer:
    return DeployedLayer(
        index=0,
        core=0,
        shape=(1, 1, 1),
        scale=127.0,
        biases=np.array([-3], np.int16),
        wanted_biases=np.array([-3 / 127]),
        threshold_high=127,
        threshold_low=-32000,
        leak_enable=True,
        rate_hz=rate_hz,
    )


def watched(layer: DeployedLayer, every_s: float, for_s: float, error: float, seed: int) -> Trace:
    """Readings with 5 ms of jitter, of a clock that is off by that error."""
    rng = np.random.default_rng(seed)
    time_s = np.append(np.arange(0, for_s, every_s), for_s)
    real_s = time_s + rng.uniform(-0.005, 0.005, len(time_s))
    rate_hz = (layer.rate_hz or 0) * (1 + error)
    ticks = np.floor(rng.random() + rate_hz * (time_s[0] + real_s)).astype(np.int64)
    v_mem = np.maximum(126 - 3 * np.maximum.accumulate(ticks), -32000)
    return Trace(0, time_s, v_mem.astype(np.int16)[:, None, None, None])


@given(
    rate_hz=st.sampled_from([1, 2, 5, 10]),
    error=st.floats(-0.009, 0.009),
    ticks=st.integers(8, 60),
    rare=st.sampled_from([0.37, 0.5, 0.9, 1.7]),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=30, deadline=None)
def test_the_record_that_would_do_does(
    rate_hz: int, error: float, ticks: int, rare: float, seed: int
) -> None:
    layer = layer_at(rate_hz)
    short = watched(layer, rare / rate_hz, ticks / rate_hz, error, seed)
    wanted = speckhal.verify(short, layer).would_do
    if wanted is None:
        return
    again = watched(layer, wanted.every_s, wanted.for_s, error, seed + 1)
    verification = speckhal.verify(again, layer)
    assert verification.answer is Answer.AGREES, (wanted, verification.problems)


def test_denser_readings_show_in_ten_ticks_what_takes_a_hundred_otherwise() -> None:
    layer = layer_at(1)
    sparse = speckhal.verify(watched(layer, 0.5, 10, 0.0, 1), layer)
    assert sparse.finding("rate").answer is Answer.CANNOT_TELL
    assert sparse.would_do is not None
    assert (sparse.would_do.every_s, sparse.would_do.for_s) == (0.05, 10.0)
    dense = speckhal.verify(watched(layer, 0.05, 10, 0.0, 1), layer)
    assert dense.answer is Answer.AGREES
    for error in (-0.03, 0.03):
        off = speckhal.verify(watched(layer, 0.05, 10, error, 1), layer)
        assert off.answer is not Answer.AGREES
