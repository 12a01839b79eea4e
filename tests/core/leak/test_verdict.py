"""The verdict, on leaks that are right and on leaks that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speckhal import Trace, judge, measure_leak

if TYPE_CHECKING:
    from collections.abc import Callable

    Leaky = Callable[..., Any]  # the conftest's device, which tests cannot import


def _verdict(device: Any, **sampling: Any) -> Any:
    return judge(measure_leak(device, **sampling), device.layer_as_told)


def test_the_published_leak_agrees(leaky: Leaky) -> None:
    verdict = _verdict(leaky(), every_s=0.5, for_s=10)

    (channel,) = verdict.channels
    assert verdict.agrees
    assert channel.measured_step == -13
    assert channel.expected_leak_per_s == pytest.approx(13 / 127)
    assert channel.measured_leak_per_s == pytest.approx(13 / 127)
    assert channel.uncertainty_per_s == pytest.approx(1.3 / 127)


@pytest.mark.parametrize("step", [-12, -14, -26, 13, 0])
def test_a_wrong_step_is_measured_and_named(leaky: Leaky, step: int) -> None:
    verdict = _verdict(leaky(steps=[step]), every_s=0.5, for_s=8)

    assert verdict.channels[0].measured_step == step
    assert verdict.problems == (f"Channel 0: a tick adds {step}, and should add -13.",)


@pytest.mark.parametrize("rate_hz", [0.5, 2.0])
def test_a_wrong_clock_is_not_taken_for_a_wrong_step(leaky: Leaky, rate_hz: float) -> None:
    verdict = _verdict(leaky(rate_hz=rate_hz, threshold_low=-30000), every_s=0.1, for_s=10)

    assert verdict.channels[0].measured_step == -13
    assert "the clock made" in verdict.problems[0]


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


@settings(deadline=None)
@given(
    step=st.integers(-40, -1),
    start=st.integers(-50, 30000),
    rate_hz=st.integers(1, 1000),
    every_s=st.sampled_from([0.01, 0.1, 0.5, 1.0]),
)
def test_a_true_leak_always_agrees(step: int, start: int, rate_hz: int, every_s: float) -> None:
    time_s = np.arange(21, dtype=np.float64) * every_s
    ticks = np.floor(time_s * rate_hz + 1e-9)
    v_mem = np.maximum(start + step * ticks, -32768).astype(np.int16).reshape(-1, 1, 1, 1)
    layer = _layer(step=step, rate_hz=rate_hz)

    (channel,) = judge(Trace(0, time_s, v_mem), layer).channels

    assert channel.measured_step in {step, None}
    if channel.measured_step is not None:
        assert channel.problem is None


def _layer(*, step: int, rate_hz: int) -> Any:
    from speckhal import DeployedLayer

    return DeployedLayer(
        index=0, core=0, shape=(1, 1, 1), scale=1.0,
        biases=np.array([step], np.int16), wanted_biases=np.array([float(step)]),
        threshold_high=32767, threshold_low=-32768, leak_enable=True, rate_hz=rate_hz,
    )  # fmt: skip


def test_a_trace_of_another_layer_is_refused(leaky: Leaky) -> None:
    trace = Trace(1, np.zeros(2), np.zeros((2, 1, 2, 2), np.int16))

    with pytest.raises(ValueError, match="of layer 1"):
        judge(trace, leaky().layer_as_told)


def test_one_sample_is_no_measurement(leaky: Leaky) -> None:
    with pytest.raises(ValueError, match="two samples"):
        judge(Trace(0, np.zeros(1), np.zeros((1, 1, 2, 2), np.int16)), leaky().layer_as_told)
