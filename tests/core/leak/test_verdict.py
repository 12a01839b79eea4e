"""The verdict, on leaks that are right and on leaks that are wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from speckhal import Answer, Deployment, InputError, Trace, judge, measure_leak
from speckhal.leak import channel_verdict
from speckhal.leak.channel_verdict import ChannelVerdict
from speckhal.leak.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    Leaky = Callable[..., Any]  # the conftest's device, which tests cannot import


def _verdict(device: Any, **sampling: Any) -> Any:
    return judge(measure_leak(device, **sampling), device.layer_as_told)


def test_the_published_leak_agrees(leaky: Leaky) -> None:
    verdict = _verdict(leaky(), every_s=0.5, for_s=10)

    (channel,) = verdict.channels
    assert (verdict.agrees, verdict.answer, channel.answer) == (True, Answer.AGREES, Answer.AGREES)
    assert channel.measured_step == -13
    assert channel.expected_leak_per_s == pytest.approx(13 / 127)
    assert channel.measured_leak_per_s == pytest.approx(13 / 127)
    assert channel.uncertainty_per_s == pytest.approx(1.3 / 127)


@pytest.mark.parametrize("step", [-12, -14, -26, 13, 0])
def test_a_wrong_step_is_measured_and_named(leaky: Leaky, step: int) -> None:
    verdict = _verdict(leaky(steps=[step]), every_s=0.5, for_s=8)

    assert verdict.channels[0].measured_step == step
    assert verdict.problems == (f"Channel 0: a tick adds {step}, and should add -13.",)
    assert (verdict.agrees, verdict.answer) == (False, Answer.DISAGREES)


@pytest.mark.parametrize("rate_hz", [0.5, 2.0])
def test_a_wrong_clock_is_not_taken_for_a_wrong_step(leaky: Leaky, rate_hz: float) -> None:
    verdict = _verdict(leaky(rate_hz=rate_hz, threshold_low=-30000), every_s=0.1, for_s=10)

    assert verdict.channels[0].measured_step == -13
    assert "the clock made" in verdict.problems[0]


@pytest.mark.parametrize("last_s", [1e10, 1e38, 1e307, 1.7e308, np.inf])
def test_times_of_no_experiment_show_nothing_and_warn_of_nothing(
    leaky: Leaky, last_s: float
) -> None:
    device = leaky()
    trace = measure_leak(device, every_s=0.5, for_s=8)
    time_s = trace.time_s.copy()
    time_s[-1] = last_s
    for far in (time_s, np.array([-last_s, *time_s[1:]])):
        (channel,) = judge(attrs.evolve(trace, time_s=far), device.layer_as_told).channels
        assert channel.answer is Answer.CANNOT_TELL
        assert "its readings last longer than a year" in (channel.problem or "")


def test_times_may_be_counted_from_long_ago(leaky: Leaky) -> None:
    device = leaky()
    trace = measure_leak(device, every_s=0.5, for_s=8)
    later = attrs.evolve(trace, time_s=trace.time_s + 2.0**31)
    assert judge(later, device.layer_as_told).agrees


def test_the_clock_is_not_judged_where_ticks_are_counted(leaky: Leaky) -> None:
    (channel,) = _verdict(leaky(told_rate_hz=None), ticks=5).channels

    assert channel.measured_step == -13
    assert channel.expected_leak_per_s is None
    assert channel.measured_leak_per_s is None


def test_readings_at_the_floor_are_left_out(leaky: Leaky) -> None:
    device = leaky()

    verdict = _verdict(device, every_s=0.5, for_s=60)

    assert verdict.agrees
    assert verdict.channels[0].measured_step == -13


@pytest.mark.parametrize(
    ("floor", "problem"),
    [
        (-128, "went from -120 to -128 between 19.500 s and 20.000 s, and ticks of -13 that stop"),
        (-393, "went from -120 to -133 between 19.500 s and 20.000 s, and ticks of -13 that stop"),
        (-126, "leak stopped at -126, and should stop at threshold_low -127."),
        (-1, "leak stopped at -1, and should stop at threshold_low -127."),
        (-120, "leak stopped at -120, and should stop at threshold_low -127."),
    ],
)
@pytest.mark.parametrize("sampling", [{"every_s": 0.5, "for_s": 40}, {"ticks": 40}])
def test_leak_that_stops_elsewhere_is_named(
    leaky: Leaky, floor: int, problem: str, sampling: dict[str, Any]
) -> None:
    rate_hz = None if "ticks" in sampling else 1
    told = leaky(told_rate_hz=rate_hz).layer_as_told
    trace = measure_leak(leaky(told_rate_hz=rate_hz, threshold_low=floor), **sampling)

    (channel,) = judge(trace, told).channels

    expected = problem if rate_hz else problem.partition(" between")[0]
    assert channel.problem is not None
    assert expected in channel.problem
    assert channel.measured_step == -13


def test_one_neuron_below_the_floor_is_not_covered_by_others(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=40)
    v_mem = trace.v_mem.copy()
    v_mem[60:, 0, 1, 1] = -128

    (problem,) = judge(Trace(0, trace.time_s, v_mem), leaky().layer_as_told).problems

    assert "a neuron went from -127 to -128 between 29.500 s and 30.000 s" in problem


def test_a_neuron_that_leaves_the_floor_by_itself_is_named(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=40)
    v_mem = trace.v_mem.copy()
    v_mem[60:, 0, 1, 1] = -114

    (problem,) = judge(Trace(0, trace.time_s, v_mem), leaky().layer_as_told).problems

    assert "a neuron went from -127 to -114 between 29.500 s and 30.000 s" in problem


def test_a_floor_that_is_missed_at_once_is_a_problem_without_a_step(leaky: Leaky) -> None:
    start = np.full((1, 2, 2), -120, np.int16)
    trace = measure_leak(leaky(start=start, threshold_low=-400), every_s=0.5, for_s=3)

    (channel,) = judge(trace, leaky().layer_as_told).channels

    assert channel.measured_step is None
    assert channel.answer is Answer.DISAGREES
    assert "a neuron went from -120 to -133" in (channel.problem or "")


def test_nothing_is_said_of_a_neuron_that_starts_below_the_floor(leaky: Leaky) -> None:
    # nobody has published what a tick does to it
    start = np.array([[[-200, 127], [127, 127]]], np.int16)
    trace = measure_leak(leaky(start=start, threshold_low=-30000), every_s=0.5, for_s=3)

    assert judge(trace, leaky().layer_as_told).agrees


def test_a_neuron_that_drops_to_the_floor_too_early_is_named(leaky: Leaky) -> None:
    layer = leaky(told_rate_hz=None).layer_as_told
    v_mem = np.array([-74, -87, -100, -127], np.int16).repeat(4).reshape(4, 1, 2, 2)

    (problem,) = judge(Trace(0, np.arange(4.0), v_mem, np.arange(4)), layer).problems

    assert "a neuron went from -100 to -127 between 2.000 s and 3.000 s" in problem


def test_a_last_reading_that_is_off_is_not_taken_for_a_floor(leaky: Leaky) -> None:
    layer = leaky(told_rate_hz=None).layer_as_told
    v_mem = np.array([127, 114, 101, 95], np.int16).repeat(4).reshape(4, 1, 2, 2)

    (problem,) = judge(Trace(0, np.arange(4.0), v_mem, np.arange(4)), layer).problems

    assert "leak stopped" not in problem


def test_a_clock_that_stops_is_not_taken_for_a_floor(leaky: Leaky) -> None:
    layer = leaky(told_rate_hz=None).layer_as_told
    v_mem = np.array([127, 114, 101, 101, 101], np.int16).repeat(4).reshape(5, 1, 2, 2)

    (problem,) = judge(Trace(0, np.arange(5.0), v_mem, np.arange(5)), layer).problems

    assert problem == "Channel 0: it shows 2 ticks, and the clock was stepped 4 times."


@pytest.mark.parametrize(
    "times_s", [[0, 0, 0, 0], [0, 1, np.nan, 2], [0, 1, 1, 2], [0, 1, 0.5, 2], [0, -1, -2, -3]]
)
def test_time_that_does_not_pass_is_no_measurement(leaky: Leaky, times_s: list[float]) -> None:
    v_mem = np.array([127, 114, 101, 88], np.int16).repeat(4).reshape(4, 1, 2, 2)
    trace = Trace(0, np.array(times_s, np.float64), v_mem)

    (channel,) = judge(trace, leaky().layer_as_told).channels

    assert channel.measured_step is None
    assert "so the board's time did not pass. Step the clock instead" in (channel.problem or "")
    counted = Trace(0, trace.time_s, v_mem, np.arange(4))
    assert judge(counted, leaky().layer_as_told).agrees


def test_neurons_that_start_at_the_floor_measure_nothing(leaky: Leaky) -> None:
    verdict = _verdict(leaky(start=np.full((1, 2, 2), -127, np.int16)), every_s=0.5, for_s=3)

    assert not verdict.agrees
    assert verdict.channels[0].measured_step is None
    assert "no neuron could be measured" in verdict.problems[0]


def test_one_neuron_that_differs_decides(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=4)
    v_mem = trace.v_mem.copy()
    v_mem[:, 0, 1, 1] = 127  # this one does not leak

    verdict = judge(Trace(0, trace.time_s, v_mem), leaky().layer_as_told)

    assert verdict.channels[0].measured_step == 0


def test_each_channel_is_judged_for_itself(leaky: Leaky) -> None:
    device = leaky(
        start=np.full((3, 1, 2), 100, np.int16), steps=[-1, -7, 0], told_steps=[-1, -5, 0]
    )

    verdict = _verdict(device, every_s=0.5, for_s=8)

    assert [channel.problem is None for channel in verdict.channels] == [True, False, True]


def test_one_channel_that_disagrees_decides_and_then_one_that_cannot_be_told(leaky: Leaky) -> None:
    def answers(first_step: int, second_start: int) -> tuple[Answer, list[Answer]]:
        start = np.array([127, second_start, 127], np.int16).reshape(3, 1, 1)
        device = leaky(start=start, steps=[first_step, 0, -7], told_steps=[-13, 0, -7])
        verdict = _verdict(device)
        return verdict.answer, [channel.answer for channel in verdict.channels]

    agrees, disagrees, cannot_tell = Answer.AGREES, Answer.DISAGREES, Answer.CANNOT_TELL
    assert answers(-13, 64) == (agrees, [agrees, agrees, agrees])
    # at threshold_low, nothing can be said of a leak
    assert answers(-13, -127) == (cannot_tell, [agrees, cannot_tell, agrees])
    assert answers(-12, -127) == (disagrees, [disagrees, cannot_tell, agrees])


@pytest.mark.parametrize(
    ("start", "for_s", "answer"),
    [(127, 10, "agrees"), (64, 10, "agrees"), (64, 0.5, "cannot tell"), (-127, 10, "cannot tell")],
)
def test_a_bias_of_0_agrees_where_it_did_not_move_while_there_were_ticks(
    leaky: Leaky, start: int, for_s: float, answer: str
) -> None:
    still = leaky(start=np.full((1, 2, 2), start, np.int16), steps=[0], told_steps=[0])

    assert _verdict(still, every_s=0.5, for_s=for_s).answer is Answer(answer)


@pytest.mark.parametrize(
    ("changes", "sampling", "advice"),
    [
        # a start that takes 50 ticks hides what they do, however often one reads
        (
            {"told_rate_hz": 10_000, "rate_hz": 10_000, "call_s": 0.005},
            {"every_s": 0.5, "for_s": 10},
            "Hz, read every 0.05 s for 2 s (--rate-hz 10 --every 0.05 --for 2).",
        ),
        (
            {"call_s": 4},
            {"every_s": 100, "for_s": 1000},
            "Step the clock instead, for instance 20 times (--ticks 20).",
        ),
        ({}, {"every_s": 100, "for_s": 1000}, "Read every 0.5 s for 20 s (--every 0.5 --for 20)."),
        ({}, {"every_s": 0.9, "for_s": 0.9}, "(--every 0.5 --for 20)."),
        ({"told_rate_hz": 10, "rate_hz": 10}, {"for_s": 0.05}, "(--for 2)."),
        ({"steps": [-126], "told_steps": [-126]}, {"every_s": 9, "for_s": 20}, "(--ticks 20)."),
        ({"steps": [-300], "told_steps": [-300]}, {}, "Use a bias closer to 0, or a lower thresh"),
        # how long a reading takes at a slower clock, a start and an end do not show
        (
            {"told_rate_hz": 1000, "rate_hz": 1000, "call_s": 0.0025},
            {"every_s": 0.05, "for_s": 0.05},
            "Step the clock instead, for instance 20 times (--ticks 20).",
        ),
        # whoever watched these for longer would only learn that it was in vain
        (
            {"steps": [-300], "told_steps": [-300]},
            {"for_s": 0.5},
            "come to threshold_low -127 with the first tick, which adds -300. Use a bias closer to",
        ),
        ({"start": np.full((1, 2, 2), -120, np.int16)}, {"for_s": 0.5}, "higher (--start high)."),
        # room for too few ticks to see them at a running clock
        ({"steps": [-100], "told_steps": [-100]}, {"for_s": 0.5}, "(--ticks 20)."),
        # what a lower start would not mend
        (
            {"start": np.full((1, 2, 2), 500, np.int16), "steps": [-300], "told_steps": [-300]},
            {},
            "Use a bias closer to 0, or a lower thresh",
        ),
        ({"start": np.full((1, 2, 2), -120, np.int16)}, {}, "start higher (--start high)."),
        ({"start": np.full((1, 2, 2), 150, np.int16)}, {}, "such as 126 (--start 126)."),
        ({"steps": [5], "told_steps": [5]}, {}, "Use a lower start, such as 108 (--start 108)."),
        (
            {"start": np.full((1, 2, 2), 120, np.int16), "steps": [9], "told_steps": [9]},
            {},
            "Use a lower start, such as 96 (--start 96), or a smaller bias.",
        ),
        ({"steps": [200], "told_steps": [200]}, {}, "Use a bias that is smaller than the thresh"),
        (
            {"start": np.full((1, 2, 2), 120, np.int16), "told_rate_hz": None, "steps": [200]}
            | {"told_steps": [200]},
            {"ticks": 3},
            "Use a bias that is smaller than the threshold by far.",
        ),
    ],
)  # fmt: skip
def test_what_is_advised_would_help(
    leaky: Leaky, changes: dict[str, Any], sampling: dict[str, Any], advice: str
) -> None:
    verdict = _verdict(leaky(**changes), **sampling)

    assert verdict.answer is Answer.CANNOT_TELL
    assert advice in verdict.problems[0]


def test_a_neuron_without_bias_that_fired_at_the_first_tick_cannot_be_told(leaky: Leaky) -> None:
    layer = leaky(told_steps=[0]).layer_as_told
    v_mem = np.array([127, 0, 0, 0, 0], np.int16).repeat(4).reshape(5, 1, 2, 2)

    verdict = judge(Trace(0, np.arange(5.0), v_mem), layer)

    assert verdict.answer is Answer.CANNOT_TELL
    assert verdict.problems[0].endswith(
        "the threshold is 127. Use a lower start, such as 123 (--start 123)."
    )


def test_a_stepped_clock_is_not_advised_to_run(leaky: Leaky) -> None:
    layer = leaky(told_rate_hz=None).layer_as_told
    v_mem = np.array([127, -127], np.int16).repeat(4).reshape(2, 1, 2, 2)

    (problem,) = judge(Trace(0, np.arange(2.0), v_mem, np.array([0, 40])), layer).problems

    assert problem.endswith("before the second reading. Read after each tick.")


def test_a_neuron_that_stands_still_is_not_covered_by_others_that_leak(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=1)
    v_mem = trace.v_mem.copy()
    v_mem[:, 0, 1, 1] = 127

    assert judge(trace, leaky().layer_as_told).agrees
    (problem,) = judge(Trace(0, trace.time_s, v_mem), leaky().layer_as_told).problems
    assert problem == (
        "Channel 0: 1 of 4 neurons did not move while others did. They were watched for 1 s, in "
        "which a clock of 1 Hz makes 1 tick; it takes two or more. Watch for 20 s (--for 20)."
    )


def test_a_spike_does_not_pass_for_leak(leaky: Leaky) -> None:
    # a bias of 0 instead of -1 fires once and stays at 0, where 127 ticks would have led as well
    layer = leaky(told_steps=[-1], told_rate_hz=127).layer_as_told
    v_mem = np.array([127, 0], np.int16).repeat(4).reshape(2, 1, 2, 2)

    verdict = judge(Trace(0, np.array([0.0, 1.0]), v_mem), layer)

    assert not verdict.agrees
    assert "may have fired" in verdict.problems[0]


def test_a_neuron_that_rises_is_judged_up_to_its_first_spike(leaky: Leaky) -> None:
    layer = leaky(told_steps=[10], told_rate_hz=None).layer_as_told
    rising = np.array([0, 10, 20, 90, 100, 110, 120, 3, 13], np.int16)
    ticks = np.array([0, 1, 2, 9, 10, 11, 12, 13, 14])
    v_mem = rising.repeat(4).reshape(-1, 1, 2, 2)

    assert judge(Trace(0, ticks / 1.0, v_mem, ticks), layer).agrees


def test_ticks_within_a_reading_are_allowed_for(leaky: Leaky) -> None:
    # a full core at 1000 Hz: the neurons that answer last are 60 ticks ahead of the first
    layer = leaky(told_steps=[-3], told_rate_hz=1000, threshold_low=-32768).layer_as_told
    time_s = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    late_s = np.array([0.0, 0.06, 0.06, 0.06, 0.06])
    ticks = np.stack([time_s, time_s + late_s, time_s, time_s + late_s], axis=1) * 1000
    ticks[2] = ticks[2][::-1]  # answers may come in another order each time
    v_mem = (100 - 3 * ticks).round().astype(np.int16).reshape(5, 1, 2, 2)

    allowed = judge(Trace(0, time_s, v_mem, duration_s=late_s), layer)

    assert allowed.agrees
    assert allowed.channels[0].uncertainty_per_s == pytest.approx(3 * 61 / 127 / 2)
    assert not judge(Trace(0, time_s, v_mem), layer).agrees


def test_so_many_ticks_that_two_steps_explain_them_are_no_agreement(leaky: Leaky) -> None:
    # 61 ticks of -60, or 60 ticks of -61: a clock may be off by as much
    layer = leaky(told_steps=[-60], told_rate_hz=60, threshold_low=-32768).layer_as_told
    v_mem = (60 - 3660 * np.arange(3)).astype(np.int16).repeat(4).reshape(3, 1, 2, 2)

    verdict = judge(Trace(0, np.arange(3.0), v_mem), layer)

    assert verdict.channels[0].measured_step is None
    assert "may have added -61 or -60" in verdict.problems[0]


def test_neurons_of_a_channel_tell_together_what_one_cannot(leaky: Leaky) -> None:
    # the first reaches the floor after one tick of -12, or two of -6, and the second goes on
    start = np.array([[[-110, 127]]], np.int16)
    layer = {"steps": [-12], "told_steps": [-12]}

    assert _verdict(leaky(start=start, **layer), every_s=1, for_s=10).agrees
    alone = _verdict(leaky(start=start[:, :, :1], **layer), every_s=1, for_s=10)
    assert "may have added -12 or -6" in alone.problems[0]


@pytest.mark.parametrize("ticks", [[4, 1, 3, 3], [2, 5, 3, 3]])
def test_ticks_that_come_too_early_or_too_late_are_no_agreement(
    leaky: Leaky, ticks: list[int]
) -> None:
    # three in each interval, give or take one; all together there are as many as there should be
    layer = leaky(told_rate_hz=3, threshold_low=-32768).layer_as_told
    v_mem = np.array([127, *(127 - 13 * np.cumsum(ticks))], np.int16)

    (problem,) = judge(
        Trace(0, np.arange(5.0), v_mem.repeat(4).reshape(5, 1, 2, 2)), layer
    ).problems

    assert "between 1.000 s and 2.000 s, and ticks of -13 do not explain that" in problem


def test_a_jump_is_named_with_its_place(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=4)
    v_mem = trace.v_mem.copy()
    v_mem[5:] += 20

    (problem,) = judge(Trace(0, trace.time_s, v_mem), leaky().layer_as_told).problems

    assert problem == (
        "Channel 0: a neuron went from 101 to 121 between 2.000 s and 2.500 s, and ticks of -13 "
        "do not explain that."
    )


def test_a_tick_that_was_lost_is_named(leaky: Leaky) -> None:
    trace = measure_leak(leaky(told_rate_hz=None), ticks=5)
    assert trace.ticks is not None
    more = Trace(0, trace.time_s, trace.v_mem, trace.ticks + np.array([0, 0, 0, 1, 1, 1]))

    (problem,) = judge(more, leaky(told_rate_hz=None).layer_as_told).problems

    assert problem == "Channel 0: it shows 5 ticks, and the clock was stepped 6 times."


@pytest.mark.parametrize(
    ("changes", "sampling", "reason"),
    [
        ({}, {"every_s": 0.25, "for_s": 0.5}, "it takes two or more. Watch for 20 s (--for 20)."),
        ({"told_rate_hz": 100, "rate_hz": 100}, {"every_s": 0.005, "for_s": 0.005}, "(--for 0.2)."),
        ({"start": np.full((1, 2, 2), -127, np.int16)}, {}, "stood at threshold_low -127 from"),
        ({"start": np.full((1, 2, 2), -120, np.int16)}, {}, "reached threshold_low -127 within"),
        ({}, {"every_s": 30, "for_s": 60}, "reached threshold_low -127 within"),
        ({"start": np.full((1, 2, 2), 150, np.int16)}, {}, "may have fired before"),
        ({"steps": [5], "told_steps": [5]}, {}, "a tick adds 5, and the threshold is 127. Use a"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_says_why_and_what_would_help(
    leaky: Leaky, changes: dict[str, Any], sampling: dict[str, Any], reason: str
) -> None:
    verdict = _verdict(leaky(**changes), **sampling)

    assert verdict.channels[0].measured_step is None
    assert (verdict.agrees, verdict.answer) == (False, Answer.CANNOT_TELL)
    assert verdict.problems[0].startswith("Channel 0: no neuron could be measured: they ")
    assert reason in verdict.problems[0]


def test_several_reasons_say_how_many_neurons_they_are_about(leaky: Leaky) -> None:
    start = np.array([[[-127, -127], [-127, 150]]], np.int16)

    (problem,) = _verdict(leaky(start=start)).problems

    assert "3 of 4 stood at threshold_low -127" in problem
    assert "1 of 4 may have fired" in problem


def test_a_clock_of_no_known_rate_is_not_judged(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=4)

    verdict = judge(trace, leaky(told_rate_hz=None).layer_as_told)

    assert verdict.channels[0].measured_step is None
    assert "nothing fixed the clock's rate" in verdict.problems[0]


def test_a_trace_of_another_layer_is_refused(leaky: Leaky) -> None:
    trace = Trace(1, np.zeros(2), np.zeros((2, 1, 2, 2), np.int16))

    with pytest.raises(InputError, match=r"of layer 1, of shape \(1, 2, 2\), by layer 0"):
        judge(trace, leaky().layer_as_told)


def test_one_sample_is_no_measurement(leaky: Leaky) -> None:
    with pytest.raises(InputError, match="a single reading"):
        judge(Trace(0, np.zeros(1), np.zeros((1, 1, 2, 2), np.int16)), leaky().layer_as_told)


def test_what_is_no_trace_and_what_is_no_layer_are_refused(leaky: Leaky) -> None:
    layer = leaky().layer_as_told
    trace = Trace(0, np.zeros(2), np.zeros((2, 1, 2, 2), np.int16))
    any_judge: Any = judge

    with pytest.raises(InputError, match=r"a Deployment for the deployed layer.*\.layer\(0\)"):
        any_judge(trace, Deployment((layer,)))
    with pytest.raises(InputError, match=r"a DeployedLayer for the trace.*measure_leak"):
        any_judge(layer, trace)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"time_s": np.arange(3.0)}, "a trace of 2 samples whose time_s has 3."),
        ({"time_s": [0.0, 1.0]}, "a trace whose time_s is a list, and not an array of numpy."),
        ({"v_mem": np.zeros((2, 1, 2, 2))}, "a trace whose v_mem is float64 in 4 dimensions."),
        ({"v_mem": np.zeros((2, 4), np.int16)}, "whose v_mem is int16 in 2 dimensions."),
        ({"v_mem": np.ma.zeros((2, 1, 2, 2), np.int16)}, "whose v_mem is a MaskedArray, and not"),
        ({"duration_s": np.array([0, np.nan])}, "whose duration_s is no length of time."),
        ({"duration_s": np.array([0.0, -1])}, "whose duration_s is no length of time."),
        ({"ticks": np.arange(3)}, "a trace of 2 samples whose ticks has 3."),
        ({"ticks": np.arange(2.0)}, "whose ticks is float64 in 1 dimensions."),
        ({"ticks": np.array([1, 0])}, "a trace whose ticks run backwards."),
    ],
)
def test_a_trace_that_contradicts_itself_is_refused(
    leaky: Leaky, changes: dict[str, Any], said: str
) -> None:
    trace = Trace(0, np.arange(2.0), np.zeros((2, 1, 2, 2), np.int16))

    with pytest.raises(InputError, match=re.escape(said)):
        judge(attrs.evolve(trace, **changes), leaky().layer_as_told)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (-13, "were given no tick. Step the clock, for instance 20 times (--ticks 20)."),
        (0, "were given no tick. Step the clock, for instance 20 times (--ticks 20)."),
        (-300, "come to threshold_low -127 with the first tick, which adds -300. Use a bias c"),
        (200, "may fire with the first tick, which adds 200: the threshold is 127. Use a bias"),
    ],
)
def test_ticks_are_advised_where_there_is_room_for_one(leaky: Leaky, step: int, said: str) -> None:
    layer = leaky(steps=[step], told_steps=[step], told_rate_hz=None).layer_as_told
    never = np.array([0, 0])
    v_mem = np.full((2, *layer.shape), 100, np.int16)

    verdict = judge(Trace(0, never.astype(np.float64), v_mem, never), layer)

    assert verdict.answer is Answer.CANNOT_TELL
    assert said in verdict.problems[0]


def test_a_threshold_of_0_has_no_leak_in_thresholds(leaky: Leaky) -> None:
    start = np.full((1, 2, 2), -20, np.int16)

    (channel,) = _verdict(leaky(start=start, threshold_high=0)).channels

    assert (channel.measured_step, channel.expected_leak_per_s) == (-13, None)


@pytest.mark.parametrize(
    ("step", "problem", "answer"),
    [
        (-13, None, Answer.AGREES),
        (-12, "A tick adds -12.", Answer.DISAGREES),
        (None, "Too short.", Answer.CANNOT_TELL),
    ],
)
def test_a_channel_verdict_that_is_made_without_an_answer_has_one(
    step: int | None, problem: str | None, answer: Answer
) -> None:
    verdict = Verdict((ChannelVerdict(0, -13, step, problem=problem),))

    assert verdict.answer is answer
    assert verdict.agrees == (problem is None)


def test_the_ticks_that_are_enough_are_where_they_were() -> None:
    assert channel_verdict.ENOUGH_TICKS == 20
