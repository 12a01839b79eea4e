"""The leak experiment, on a device that leaks by arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speckhal import InputError, measure_leak
from speckhal.experiment import ClockedSampling, LeakExperiment, SteppedSampling, sampling_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Leaky = Callable[..., Any]  # the conftest's device, which tests cannot import


def test_the_published_experiment_starts_at_127_where_the_rate_is_set_first(leaky: Leaky) -> None:
    trace = measure_leak(leaky(), every_s=0.5, for_s=3)

    assert trace.time_s.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert trace.v_mem[:, 0, 0, 0].tolist() == [127, 127, 114, 114, 101, 101, 88]


def test_sampling_twice_as_often_reads_the_same_values(leaky: Leaky) -> None:
    coarse = measure_leak(leaky(), every_s=0.5, for_s=4)
    fine = measure_leak(leaky(), every_s=0.25, for_s=4)

    assert (fine.v_mem[::2] == coarse.v_mem).all()


def test_a_stepped_clock_is_read_after_every_tick(leaky: Leaky) -> None:
    trace = measure_leak(leaky(told_rate_hz=None), ticks=3)

    assert trace.ticks is not None
    assert trace.ticks.tolist() == [0, 1, 2, 3]
    assert trace.v_mem[:, 0, 0, 0].tolist() == [127, 114, 101, 88]


def test_the_clock_runs_only_between_the_first_and_the_last_reading(leaky: Leaky) -> None:
    device = leaky()
    running: list[bool] = []

    measure_leak(
        device, every_s=0.5, for_s=1, on_reading=lambda *_: running.append(device.is_running)
    )

    assert running == [False, True, False]
    assert not device.is_running


@pytest.mark.parametrize("fail_at", [0, 1, 2])
def test_after_an_interrupt_the_clock_is_off_and_the_readings_are_kept(
    leaky: Leaky, fail_at: int
) -> None:
    device = leaky(fail_at=fail_at)
    experiment = LeakExperiment(device, ClockedSampling(every_s=0.5, for_s=2))

    with pytest.raises(KeyboardInterrupt):
        experiment.run()

    assert not device.is_running
    gathered = 0 if experiment.trace is None else len(experiment.trace)
    assert gathered == fail_at


def test_every_reading_is_handed_over_as_it_comes(leaky: Leaky) -> None:
    times_s: list[float] = []

    measure_leak(leaky(), every_s=1, for_s=2, on_reading=lambda _, time_s: times_s.append(time_s))

    assert times_s == [0, 1, 2]


def test_a_time_that_is_no_multiple_of_the_sampling_ends_on_time() -> None:
    assert ClockedSampling(every_s=0.4, for_s=1).times_s() == [0.4, 0.8, 1]


def test_rounding_adds_no_sample() -> None:
    assert len(ClockedSampling(every_s=0.1, for_s=0.3).times_s()) == 3


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_duration_must_be_positive(seconds: float) -> None:
    with pytest.raises(InputError, match="no length of time"):
        ClockedSampling(every_s=seconds)
    with pytest.raises(InputError, match="no length of time"):
        ClockedSampling(for_s=seconds)


def test_a_number_of_ticks_must_be_positive() -> None:
    with pytest.raises(InputError, match="nothing to see"):
        sampling_of(ticks=0)


def test_ticks_choose_the_stepped_clock_and_times_the_running_one() -> None:
    assert sampling_of(ticks=5) == SteppedSampling(5)
    assert sampling_of(every_s=1) == ClockedSampling(every_s=1, for_s=10)
    assert sampling_of() == ClockedSampling(every_s=0.5, for_s=10)
