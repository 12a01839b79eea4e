"""Verification says what readings show of step, rate, lost ticks and floor, each by itself."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

import speckhal
from speckhal import Answer, DeployedLayer, LayerVerification, LeakPlan, PlannedLayer, Trace
from speckhal.contract.errors import InputError
from speckhal.leak.verification.evidence_gathering import gather
from speckhal.leak.verification.findings import _of_unclear_channels
from synthetic_leak import Fault, synthetic_run

AGREES, DISAGREES, CANNOT_TELL = Answer.AGREES, Answer.DISAGREES, Answer.CANNOT_TELL

PUBLISHED = [101, 101, 88, 88, 75, 75, 62, 62, 49, 49, 36, 36, 23, 23, 10, 10, -3, -3, -16, -16]
"""Of all four neurons, half a second apart; recorded on a Speck2f (source: sinabs documentation,
leak_neuron notebook, recorded output)."""


def published_trace() -> Trace:
    v_mem = np.array(PUBLISHED, np.int16)[:, None, None, None] + np.zeros((1, 1, 2, 2), np.int16)
    return Trace(0, (np.arange(20) * 0.5).astype(np.float64), v_mem)


def layer_of(steps: list[int], rate_hz: int | None = 10, low: int = -3000) -> DeployedLayer:
    return DeployedLayer(
        index=0,
        core=0,
        shape=(len(steps), 2, 3),
        scale=127.0,
        biases=np.array(steps, np.int16),
        wanted_biases=np.array(steps) / 127,
        threshold_high=127,
        threshold_low=low,
        leak_enable=True,
        rate_hz=rate_hz,
    )


def trace_of(
    steps: list[int], ticks: np.ndarray, time_s: np.ndarray, low: int = -3000, start: int = 126
) -> Trace:
    added = ticks[:, None, None, None] * np.array(steps)[:, None, None]
    v_mem = np.maximum(start + added + np.zeros((2, 3), np.int64), low)
    return Trace(0, time_s, v_mem.astype(np.int16))


def plan_of(biases: list[int], rate_hz: int) -> LeakPlan:
    layer = PlannedLayer(
        index=0,
        shape=(len(biases), 2, 3),
        scale=127.0,
        threshold_high=127,
        threshold_low=-3000,
        wanted="made up",
        wanted_per_s=np.full(len(biases), 1.0),
        biases=biases,
        rate_hz=rate_hz,
    )
    return LeakPlan("speck9", rate_hz, (layer,), (), 0.01, 0.1)


def clocked(rate_hz: float, every_s: float, samples: int) -> tuple[np.ndarray, np.ndarray]:
    time_s = np.arange(samples) * every_s
    return np.floor(0.3 + time_s * rate_hz).astype(np.int64), time_s


@pytest.mark.parametrize("seed", range(12))
def test_a_good_board_never_disagrees(seed: int) -> None:
    run = synthetic_run(seed)
    verification = speckhal.verify(run.trace, run.layer)
    assert verification.answer is not DISAGREES, verification.problems


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
@pytest.mark.parametrize("seed", range(10))
def test_a_fault_that_the_readings_show_is_found(fault: Fault, seed: int) -> None:
    seeds = range(1000 * seed, 1000 * seed + 100)
    run = next(run for one in seeds if (run := synthetic_run(one, fault)).is_identifiable)
    verification = speckhal.verify(run.trace, run.layer)
    assert verification.answer is not AGREES, verification.problems
    if run.span >= 100 and run.blur < 0.9:
        assert verification.answer is DISAGREES


def test_the_published_trace_has_a_step_of_13_at_1_hz() -> None:
    verification = speckhal.verify(published_trace(), jitter_s=0.0)
    (layer,) = verification.layers
    assert layer.steps == (-13,)
    assert layer.rate_hz == pytest.approx((16 / 17, 20 / 19))
    assert verification.answer is CANNOT_TELL
    assert verification.open_points == ("step", "rate")
    for name in (*verification.open_points, "clamp"):
        assert verification.finding(name).answer is CANNOT_TELL
        assert "should be: give verify the deployed layer" in verification.finding(name).said
    assert verification.finding("aliasing").answer is AGREES


def test_the_published_trace_starts_two_ticks_late_and_cannot_tell_why() -> None:
    phase = speckhal.verify(published_trace(), start=127).finding("phase")
    assert phase.answer is CANNOT_TELL
    assert "2 ticks came between 127 and the first reading" in phase.said
    assert "a clock that ran at its default rate until its own was set" in phase.said
    assert "cannot tell which" in phase.said


def test_five_milliseconds_of_jitter_widen_the_rate_of_the_published_trace() -> None:
    exact = speckhal.verify(published_trace(), jitter_s=0.0).layers[0].rate_hz
    allowed = speckhal.verify(published_trace()).layers[0].rate_hz
    assert exact is not None
    assert allowed is not None
    assert 0.94 < allowed[0] < exact[0] < 1 < exact[1] < allowed[1] < 1.06


@pytest.mark.parametrize("rate_hz", [9.7, 10.3])
def test_a_rate_off_by_3_percent_is_found_over_100_ticks(rate_hz: float) -> None:
    ticks, time_s = clocked(rate_hz, 0.37, 30)
    rate = speckhal.verify(trace_of([-13], ticks, time_s), layer_of([-13])).finding("rate")
    assert ticks[-1] >= 100
    assert rate.answer is DISAGREES


@pytest.mark.parametrize("rate_hz", [9.7, 10.0, 10.3])
def test_over_30_ticks_no_rate_can_be_told_and_the_length_that_would_do_is_said(
    rate_hz: float,
) -> None:
    ticks, time_s = clocked(rate_hz, 0.37, 9)
    rate = speckhal.verify(trace_of([-13], ticks, time_s), layer_of([-13])).finding("rate")
    assert rate.answer is CANNOT_TELL
    assert f": {int(ticks[-1])} ticks cannot tell 10 ticks/s from 3% more or less." in rate.said
    assert "Watch for 10 s, which are 100 ticks" in rate.said


def test_a_lost_tick_is_found_between_two_readings() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    ticks[ticks >= 20] -= 1
    lost = speckhal.verify(trace_of([-13], ticks, time_s), layer_of([-13])).finding("lost ticks")
    assert lost.answer is DISAGREES
    assert "One tick was lost between 1.9" in lost.said


def test_a_wrong_channel_is_named_with_its_step_and_no_other_is() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    trace = trace_of([-13, -26, -13], ticks, time_s)
    step = speckhal.verify(trace, layer_of([-13, -13, -13])).finding("step")
    assert step.answer is DISAGREES
    assert step.said == "Channel 1: a tick adds -26, and should add -13."


def test_the_step_of_a_wrong_channel_is_that_of_most_of_its_neurons() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    trace = trace_of([-13, -26, -13], ticks, time_s)
    v_mem = trace.v_mem.copy()
    v_mem[:, 1, 0, 0] = 126 - 39 * ticks
    v_mem[:, 1, 1, 2] = 126 - 17 * ticks
    verification = speckhal.verify(attrs.evolve(trace, v_mem=v_mem), layer_of([-13, -13, -13]))
    assert verification.finding("step").said.startswith("Channel 1: a tick adds -26, and should")


def test_reasons_that_are_left_out_are_counted_and_said_only_where_there_are_some() -> None:
    ticks, time_s = clocked(10.0, 0.05, 10)
    (one,) = gather(trace_of([-13], ticks, time_s), layer_of([-13]), 0.0).channels
    for reasons in range(1, 7):
        said = _of_unclear_channels(
            [attrs.evolve(one, channel=at, unclear=f"reason {at}.") for at in range(reasons)]
        )
        shown = min(reasons, 3)
        assert said.count("reason ") == shown
        assert ("more of the like" in said) == (shown < reasons)
        assert said.endswith(f"{reasons - shown} more of the like.") == (shown < reasons)


def test_channels_of_no_bias_count_nothing_and_must_stand_still() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    good = speckhal.verify(trace_of([0, -13], ticks, time_s), layer_of([0, -13]))
    assert good.finding("step").answer is AGREES
    moved = speckhal.verify(trace_of([-1, -13], ticks, time_s), layer_of([0, -13]))
    assert moved.finding("step").answer is DISAGREES


@pytest.mark.parametrize("step", [-1, 1])
def test_a_channel_of_no_bias_that_moves_is_wrong_however_near_its_threshold_it_stands(
    step: int,
) -> None:
    ticks, time_s = clocked(10.0, 0.35, 30)
    trace = trace_of([step, -13], ticks, time_s)
    verification = speckhal.verify(trace, layer_of([0, -13]))
    assert verification.finding("step").answer is DISAGREES
    assert speckhal.judge(trace, layer_of([0, -13])).answer is DISAGREES


def test_one_neuron_that_jumps_is_an_outlier_and_its_channel_is_not_wrong() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    trace = trace_of([-13], ticks, time_s)
    v_mem = trace.v_mem.copy()
    v_mem[40:, 0, 1, 2] -= 5
    verification = speckhal.verify(attrs.evolve(trace, v_mem=v_mem), layer_of([-13]))
    assert verification.finding("step").answer is AGREES
    outliers = verification.finding("outliers")
    assert outliers.answer is DISAGREES
    assert "y=1, x=2, by the reading 2.000 s" in outliers.said


def test_one_reading_that_nothing_explains_is_an_outlier_and_the_rest_still_counts() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    trace = trace_of([-13], ticks, time_s)
    v_mem = trace.v_mem.copy()
    v_mem[40] += 7
    verification = speckhal.verify(attrs.evolve(trace, v_mem=v_mem), layer_of([-13]))
    assert verification.finding("outliers").answer is DISAGREES
    assert "Reading 40" in verification.finding("outliers").said
    assert verification.finding("lost ticks").answer is AGREES


@pytest.mark.parametrize("rate_hz", [10, 9, None])
@pytest.mark.parametrize("first_s", [0.0, 3.04])
@pytest.mark.parametrize("jump", [0, -1, 1])
def test_the_phase_is_that_of_the_first_reading_whatever_tick_is_lost_later(
    rate_hz: int | None, first_s: float, jump: int
) -> None:
    time_s = first_s + np.arange(100) * 0.05
    ticks = np.floor(0.3 + time_s * 10).astype(np.int64)
    ticks -= ticks[0]
    ticks[ticks >= 25] += jump
    layer = None if rate_hz is None else layer_of([-13], rate_hz=rate_hz)
    verification = speckhal.verify(trace_of([-13], ticks, time_s), layer)
    found = verification.layers[0].phase
    if rate_hz == 9 and jump:
        assert found is None
        return
    phase = (0.3 + 10 * first_s) % 1
    assert found is not None
    assert 0 <= found[0] <= phase <= found[1] <= 1
    assert found[1] - found[0] < 0.7
    first = f"{(1 - found[1]) / 10:.2g} to "
    said = verification.finding("phase").said
    assert said.startswith(f"The first tick after the first reading came {first}")


def test_of_times_that_stand_still_no_phase_is_read() -> None:
    ticks, _ = clocked(10.0, 0.05, 30)
    verification = speckhal.verify(trace_of([-13], ticks, np.zeros(30)), layer_of([-13]))
    assert (
        verification.finding("phase").said == "The readings do not show when the first tick came."
    )


def test_readings_that_no_clock_explains_are_odd_under_their_numbers_in_the_whole_record() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    ticks[60:62] += 1
    trace = trace_of([-13], ticks, time_s)
    v_mem = trace.v_mem.copy()
    v_mem[40] += 7
    verification = speckhal.verify(attrs.evolve(trace, v_mem=v_mem), layer_of([-13]))
    assert verification.finding("outliers").said.startswith(
        "Readings 40, 60 (from 0) show values that no number of ticks of one clock explains."
    )
    assert verification.finding("lost ticks").answer is CANNOT_TELL
    assert verification.layers[0].none_lost_s is None


@pytest.mark.parametrize("samples", [4, 100])
def test_a_first_reading_that_alone_is_wrong_is_an_outlier_and_not_all_others(samples: int) -> None:
    ticks, time_s = clocked(10.0, 0.05, samples)
    trace = trace_of([-13], ticks, time_s)
    v_mem = trace.v_mem.copy()
    v_mem[0] += 7
    verification = speckhal.verify(attrs.evolve(trace, v_mem=v_mem), layer_of([-13]))
    assert verification.finding("outliers").said.startswith("Reading 0 (from 0) shows values")
    assert verification.finding("step").answer is not DISAGREES


def test_a_floor_that_is_not_where_it_was_deployed_is_found() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    good = speckhal.verify(trace_of([-13], ticks, time_s, low=-127), layer_of([-13], low=-127))
    assert good.finding("clamp").answer is AGREES
    deep = speckhal.verify(trace_of([-13], ticks, time_s, low=-140), layer_of([-13], low=-127))
    assert deep.finding("clamp").answer is DISAGREES
    high = speckhal.verify(trace_of([-13], ticks, time_s, low=-100), layer_of([-13], low=-127))
    assert high.finding("clamp").answer is DISAGREES
    assert "stopped at -100, and should stop at threshold_low -127" in high.finding("clamp").said


@pytest.mark.parametrize(
    ("step", "start"),
    [(20, -100), (-13, -87)],
    ids=["neurons that only rise", "a last tick that leads to the floor"],
)
def test_a_floor_that_no_tick_would_have_passed_does_not_show(step: int, start: int) -> None:
    ticks = np.array([0, 0, 1, 1])
    trace = trace_of([step], ticks, np.arange(4) * 0.05, start=start)
    clamp = speckhal.verify(trace, layer_of([step], low=-100)).finding("clamp")
    assert clamp.answer is CANNOT_TELL
    assert clamp.said == "No tick that shows would have carried a neuron below threshold_low -100."


def test_a_tick_that_is_cut_short_at_the_floor_or_tries_it_again_shows_it() -> None:
    time_s = np.arange(6) * 0.05
    ticks = np.array([0, 0, 1, 1, 2, 2])
    for start in (-90, -87):
        trace = trace_of([-13], ticks, time_s, low=-100, start=start)
        above = trace_of([-13], ticks, time_s, start=500)
        both = attrs.evolve(trace, v_mem=np.concatenate([trace.v_mem, above.v_mem], axis=1))
        layer = attrs.evolve(layer_of([-13, -13], low=-100), threshold_high=8000)
        clamp = speckhal.verify(both, layer).finding("clamp")
        assert clamp.answer is AGREES
        assert clamp.said.startswith("6 of 12 neurons came to")


def test_a_channel_of_another_step_does_not_show_that_a_tick_was_cut_short() -> None:
    ticks = np.arange(40)
    trace = trace_of([-3, -13, -13], ticks, ticks * 0.1, start=0)
    layer = attrs.evolve(layer_of([-7, -13, -13], low=-100), threshold_high=8000)
    high = trace.v_mem.copy()
    high[:, 1:] += 3000
    high[:, 0] = np.maximum(high[:, 0], -100)
    verified = speckhal.verify(attrs.evolve(trace, v_mem=high), layer)
    assert verified.finding("step").answer is DISAGREES
    assert verified.finding("clamp").answer is CANNOT_TELL


def test_neurons_at_the_floor_all_along_do_not_show_that_a_tick_came() -> None:
    time_s = np.arange(60) * 0.05
    trace = trace_of([-13], np.zeros(60, np.int64), time_s, start=-100)
    clamp = speckhal.verify(trace, layer_of([-13], low=-100)).finding("clamp")
    assert clamp.answer is CANNOT_TELL


def test_without_a_tick_neither_phase_nor_aliasing_shows() -> None:
    trace = trace_of([-13], np.zeros(5, np.int64), np.arange(5) * 0.1, start=50)
    layer = speckhal.verify(trace, layer_of([-13], rate_hz=1)).layers[0]
    assert layer.finding("phase").answer is CANNOT_TELL
    assert layer.finding("aliasing").answer is CANNOT_TELL
    assert layer.phase is None
    assert "in which a clock of 1 Hz makes 0.4 ticks;" in layer.finding("step").said


def test_where_step_and_rate_cannot_be_parted_only_their_product_is_reported() -> None:
    time_s = np.arange(40) * 0.1
    ticks = np.arange(40) * 10  # 100 Hz, ten ticks between two readings
    trace = trace_of([-7], ticks, time_s)
    alone = speckhal.verify(trace)
    assert alone.finding("aliasing").answer is CANNOT_TELL
    assert alone.answer is CANNOT_TELL
    known = speckhal.verify(trace, layer_of([-7], rate_hz=100), jitter_s=0.0)
    assert known.finding("step").answer is AGREES
    assert "product of step and rate" in known.finding("aliasing").said


def test_ticks_made_one_by_one_are_all_counted() -> None:
    ticks = np.arange(21)
    trace = attrs.evolve(trace_of([-13], ticks, ticks * 0.01), ticks=ticks)
    good = speckhal.verify(trace, layer_of([-13], rate_hz=None))
    assert good.answer is AGREES
    assert [one.name for one in good.findings] == ["step", "lost ticks", "clamp", "outliers"]
    lost = attrs.evolve(trace, v_mem=np.concatenate([trace.v_mem[:10], trace.v_mem[9:20]]))
    assert speckhal.verify(lost, layer_of([-13], rate_hz=None)).finding("lost ticks").said == (
        "From tick 10 on the neurons count 9 ticks, and 10 were made."
    )


@pytest.mark.parametrize(("biases", "rate_hz"), [([-12], 10), ([-13], 11)])
def test_a_deployment_that_is_not_the_plan_disagrees(biases: list[int], rate_hz: int) -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    plan = plan_of(biases, rate_hz)
    trace = trace_of([-13], ticks, time_s)
    verification = speckhal.verify(trace, layer_of([-13]), plan=plan)
    assert verification.finding("plan").answer is DISAGREES
    assert verification.finding("step").answer is AGREES


def test_a_plan_says_what_to_expect_of_a_trace_without_its_layer() -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    plan = plan_of([-12], 10)
    verification = speckhal.verify(trace_of([-13], ticks, time_s), plan=plan)
    assert verification.finding("step").answer is DISAGREES
    written = speckhal.verify(trace_of([-13], ticks, time_s), plan=plan.as_json())
    assert written == verification


def test_a_clock_that_makes_no_tick_disagrees() -> None:
    time_s = np.arange(30) * 0.1
    still = speckhal.verify(trace_of([-13], np.zeros(30, int), time_s), layer_of([-13]))
    assert still.finding("rate").answer is DISAGREES


@pytest.mark.parametrize(
    ("measured", "options", "said"),
    [
        ("a trace", {}, "a trace, and there is no such file"),
        (published_trace(), {"jitter_s": -1.0}, "jitter of -1.0 s"),
        (published_trace(), {"jitter_s": "5 ms"}, "jitter of '5 ms' s"),
        (published_trace(), {"start": "127"}, "a start of '127'"),
        (published_trace(), {"layer": 0}, "of the type int for the deployed layer"),
        (published_trace(), {"points": "speed"}, "the point 'speed'"),
        (published_trace(), {"points": []}, "no point"),
        (published_trace(), {"plan": {"leak": 1}}, "the plan has no 'rate_hz'"),
        (published_trace(), {"plan": "5 %"}, "plain data"),
        (published_trace(), {"plan": plan_of([-13], 1)}, "by a plan for a layer of"),
        (attrs.evolve(published_trace(), layer=3), {"plan": plan_of([-13], 1)}, "without it"),
        (attrs.evolve(published_trace(), layer=3), {"layer": layer_of([-13])}, "of layer 3"),
        (published_trace(), {"layer": layer_of([-13])}, "of shape"),
    ],
)
def test_what_cannot_be_verified_is_refused(
    measured: object, options: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        speckhal.verify(measured, **options)  # type: ignore[arg-type] # wrong on purpose


@pytest.mark.parametrize(("readings", "said"), [(0, "no reading"), (1, "a single reading")])
def test_a_trace_that_is_too_short_is_refused(readings: int, said: str) -> None:
    whole = published_trace()
    short = Trace(0, whole.time_s[:readings], whole.v_mem[:readings])
    with pytest.raises(InputError, match=f"a trace of {said}, and a leak shows from two "):
        speckhal.verify(short)


@pytest.mark.parametrize(
    ("ticks", "said"), [([0, 0, 2], "One tick is too many"), ([0, 1, 1], "One tick was lost")]
)
def test_a_tick_in_three_readings_is_open_between_steps_and_ticks_but_disagrees(
    ticks: list[int], said: str
) -> None:
    time_s = np.array([0.0, 0.326, 0.576]) if ticks[1] == 0 else np.array([0.0, 0.5, 1.6])
    steps = [-26, 6]
    trace = trace_of(steps, np.array(ticks), time_s, start=0)
    layer = verified_layer(trace, layer_of(steps, rate_hz=2))
    assert layer.answer is DISAGREES
    if ticks[1] == 0:
        assert layer.steps == (None, None)
        assert layer.finding("aliasing").said.startswith(said)
        for name in ("step", "rate", "lost ticks"):
            assert layer.finding(name).answer is CANNOT_TELL


def test_steps_that_are_all_twice_as_large_are_wrong_where_readings_are_many() -> None:
    ticks, time_s = clocked(10.0, 0.025, 60)
    layer = verified_layer(trace_of([-6, -2], 2 * ticks, time_s, start=100), layer_of([-6, -2]))
    assert layer.finding("step").answer is DISAGREES
    assert layer.steps == (-12, -4)


def test_a_tick_too_many_that_made_neurons_fire_is_no_wrong_step() -> None:
    fired = trace_of([-13, 70], np.array([0, 0, 2]), np.array([0.0, 0.25, 0.5]), start=0)
    v_mem = fired.v_mem.copy()
    v_mem[2, 1] = 2 * 70 - 127
    trace = attrs.evolve(fired, v_mem=v_mem, duration_s=np.full(3, 0.075))
    layer = verified_layer(trace, layer_of([-13, 70], rate_hz=2))
    assert layer.answer is DISAGREES
    assert layer.finding("step").answer is not DISAGREES, layer.findings


def verified_layer(trace: Trace, layer: DeployedLayer) -> LayerVerification:
    return speckhal.verify(trace, layer).layers[0]


def test_readings_of_no_experiment_are_refused() -> None:
    trace = attrs.evolve(published_trace(), duration_s=np.full(20, 1e16))
    with pytest.raises(InputError, match="last longer than a year"):
        speckhal.verify(trace)


@pytest.mark.parametrize("wrong", [0, 1])
def test_of_two_channels_the_clock_decides_which_one_is_wrong(wrong: int) -> None:
    ticks, time_s = clocked(10.0, 0.05, 100)
    steps = [-13, -13]
    steps[wrong] = -26
    step = speckhal.verify(trace_of(steps, ticks, time_s), layer_of([-13, -13])).finding("step")
    assert step.said == f"Channel {wrong}: a tick adds -26, and should add -13."


def test_neurons_that_answer_at_different_moments_of_a_reading_are_no_outliers() -> None:
    time_s = (np.arange(60) * 0.37).astype(np.float64)
    answers_s = np.linspace(0, 0.3, 6).reshape(1, 2, 3)
    made = np.floor(0.3 + 10 * (time_s[:, None, None, None] + answers_s))
    trace = Trace(0, time_s, (126 - 13 * made).astype(np.int16), None, np.full(60, 0.3))
    assert speckhal.verify(trace, layer_of([-13])).finding("outliers").answer is AGREES
    assert speckhal.verify(trace, layer_of([-13])).finding("rate").answer is AGREES


def test_a_moment_within_the_reading_is_as_good_as_its_start() -> None:
    time_s = (np.arange(100) * 0.11).astype(np.float64)
    ticks = np.floor(0.3 + 10 * (time_s + 0.09 * (np.arange(100) % 3 == 0))).astype(np.int64)
    trace = attrs.evolve(trace_of([-13], ticks, time_s), duration_s=np.full(100, 0.09))
    verification = speckhal.verify(trace, layer_of([-13]))
    assert verification.finding("lost ticks").answer is not DISAGREES
    assert verification.finding("rate").answer is not DISAGREES


def test_a_step_of_one_may_be_a_larger_one_at_a_slower_clock() -> None:
    trace = trace_of([-1], np.arange(40) * 10, np.arange(40) * 0.1)
    known = speckhal.verify(trace, layer_of([-1], rate_hz=100)).finding("aliasing")
    assert known.answer is CANNOT_TELL
    assert "steps of -2 at " in known.said
