"""The leak experiment, on a device that leaks by arithmetic."""

from __future__ import annotations

import pickle
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal import InputError, ProbeIncomplete, measure_leak
from speckhal.leak.experiment import LeakExperiment
from speckhal.leak.sampling import ClockedSampling, SteppedSampling, sampling_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from speckhal import Reading, Trace

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


@attrs.frozen
class _FrozenError(Exception):
    trace_of_what: str = "nothing"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("lost"),
        KeyboardInterrupt(),
        SystemExit(143),
        _FrozenError(),
        ProbeIncomplete("Lost.", requested=4, answered=3),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("at", [0, 1, 3])
def test_whatever_ends_it_carries_what_was_read(
    leaky: Leaky, error: BaseException, at: int
) -> None:
    def fail(_: Reading, time_s: float) -> None:
        if time_s == at * 0.5:
            raise error

    with pytest.raises(type(error)) as ended:
        measure_leak(leaky(), every_s=0.5, for_s=2, on_reading=fail)

    trace: Trace = ended.value.trace  # type: ignore[attr-defined] # it is given to all errors
    assert trace.time_s.tolist() == [0.5 * number for number in range(at + 1)]
    assert trace.v_mem[:, 0, 0, 0].tolist() == [127, 127, 114, 114][: at + 1]


def test_what_ends_it_before_the_first_reading_carries_none(leaky: Leaky) -> None:
    with pytest.raises(KeyboardInterrupt) as ended:
        measure_leak(leaky(fail_at=0))

    assert ended.value.trace is None  # type: ignore[attr-defined] # it is given to all errors
    assert InputError("Asked for nothing.").trace is None


class _TracedError(Exception):
    def trace(self) -> str:
        return "its own"


@pytest.mark.parametrize("own", [True, "", ["a", "b"]])
def test_a_trace_that_an_error_of_strangers_has_stays(leaky: Leaky, own: object) -> None:
    error = ValueError("lost")
    error.trace = own  # type: ignore[attr-defined]  # as strangers do

    def fail(*_: object) -> None:
        raise error

    with pytest.raises(ValueError, match="lost"):
        measure_leak(leaky(), on_reading=fail)
    assert error.trace is own  # type: ignore[attr-defined]  # as above


def test_a_method_of_strangers_stays_callable(leaky: Leaky) -> None:
    def fail(*_: object) -> None:
        raise _TracedError

    with pytest.raises(_TracedError) as ended:
        measure_leak(leaky(), on_reading=fail)
    assert ended.value.trace() == "its own"


def test_each_measurement_hands_over_its_own_readings(leaky: Leaky) -> None:
    inner: list[int] = []

    def fail(_: Reading, time_s: float) -> None:
        if time_s == 0.5:
            raise ValueError("lost")

    def measure_another(_: Reading, time_s: float) -> None:
        if time_s == 1:
            try:
                measure_leak(leaky(), every_s=0.5, for_s=2, on_reading=fail)
            except ValueError as error:
                inner.append(len(error.trace))  # type: ignore[attr-defined] # given to all errors
                raise

    with pytest.raises(ValueError, match="lost") as ended:
        measure_leak(leaky(), every_s=0.5, for_s=2, on_reading=measure_another)
    assert inner == [2]
    assert len(ended.value.trace) == 3  # type: ignore[attr-defined] # it is given to all errors


def test_a_trace_travels_between_processes_with_its_error(leaky: Leaky) -> None:
    error = ProbeIncomplete("Lost.", requested=4, answered=3, hint="Read again.")
    error.trace = measure_leak(leaky(), every_s=0.5, for_s=1)

    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # of this test's own

    assert (str(again), again.requested) == ("Lost. Read again.", 4)
    assert again.trace.time_s.tolist() == [0, 0.5, 1]


def test_every_reading_is_handed_over_as_it_comes(leaky: Leaky) -> None:
    times_s: list[float] = []

    measure_leak(leaky(), every_s=1, for_s=2, on_reading=lambda _, time_s: times_s.append(time_s))

    assert times_s == [0, 1, 2]


def test_a_time_that_is_no_multiple_of_the_sampling_ends_on_time() -> None:
    sampling = ClockedSampling(every_s=0.4, for_s=1)

    assert list(sampling.running_s()) == [0.4, 0.8]
    assert len(sampling) == 4


def test_rounding_adds_no_sample() -> None:
    assert len(ClockedSampling(every_s=0.1, for_s=0.3)) == 4


@given(every_s=st.floats(1e-3, 1e3), for_s=st.floats(1e-3, 1e2))
def test_as_many_readings_are_taken_as_were_announced(every_s: float, for_s: float) -> None:
    sampling = ClockedSampling(every_s, for_s)
    running_s = list(sampling.running_s())

    assert len(sampling) == 2 + len(running_s)
    assert all(time_s < for_s for time_s in running_s)


def test_a_trace_says_how_long_start_readings_and_stop_took(leaky: Leaky) -> None:
    trace = measure_leak(leaky(call_s=0.25, reading_s=0.125), every_s=1, for_s=3)

    # no tick can fall into the readings with the clock off, but some into starting and stopping
    assert trace.duration_s.tolist() == [0.25, 0.125, 0.125, 0.25]


def test_a_clock_that_takes_long_to_start_is_read_as_often_and_as_regularly(leaky: Leaky) -> None:
    trace = measure_leak(leaky(call_s=1.25), every_s=0.5, for_s=2)

    assert trace.time_s.tolist() == [0, 1.5, 2, 2.5, 3]


def test_stepping_leaves_nothing_unsure(leaky: Leaky) -> None:
    trace = measure_leak(leaky(call_s=0.25, told_rate_hz=None), ticks=2)

    assert trace.duration_s.tolist() == [0, 0, 0]


NO_NUMBERS = [True, False, np.True_, "", "1", [1], {}, 1j, Decimal(1), np.array([1, 2]), object()]


@pytest.mark.parametrize(
    "seconds", [0, -1, float("nan"), float("inf"), 10**400, -(10**400), "x", None, *NO_NUMBERS]
)
def test_a_duration_must_be_positive(seconds: Any) -> None:
    with pytest.raises(
        InputError, match=r"for a reading every .* s, and that is no length of time"
    ):
        ClockedSampling(every_s=seconds)
    with pytest.raises(InputError, match=r"to watch for .* s, and that is no length of time"):
        ClockedSampling(for_s=seconds)


def test_nobody_watches_for_thirty_years() -> None:
    with pytest.raises(InputError, match=r"to watch for 1e\+300 s, and that is more than thirty"):
        ClockedSampling(every_s=1, for_s=1e300)


@pytest.mark.parametrize("every_s", [1e-12, 5e-324])
def test_more_readings_than_anyone_wants_are_refused(leaky: Leaky, every_s: float) -> None:
    with pytest.raises(InputError, match=r"which makes .* readings, and at most 1,000,000"):
        measure_leak(leaky(), every_s=every_s, for_s=10)


def test_the_refusal_says_how_many_and_what_would_do() -> None:
    with pytest.raises(InputError) as refused:
        ClockedSampling(every_s=1e-12)

    assert "1e+13 readings" in refused.value.message
    assert refused.value.hint == "One every 1e-05 s would do, or a shorter time."
    ClockedSampling(every_s=1e-5)


@pytest.mark.parametrize(
    ("ticks", "said"),
    [
        (0, "nothing to see"),
        (-1, "nothing to see"),
        (2.5, "2.5 times, and that is no whole number"),
        ("x", "no whole number"),
        (10**9, "each of 1,000,000,000 ticks, and at most 1,000,000"),
        (10**5000, r"each of 10\^5000 ticks"),
        (-(10**5000), r"sample -10\^5000 ticks, and there is nothing to see"),
        *((value, "no whole number") for value in NO_NUMBERS),
    ],
    ids=lambda value: "" if isinstance(value, int) else None,
)
def test_a_number_of_ticks_must_be_one(leaky: Leaky, ticks: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        measure_leak(leaky(told_rate_hz=None), ticks=ticks)


def test_a_sampling_that_is_none_is_refused_before_anything_happens(leaky: Leaky) -> None:
    any_experiment: Any = LeakExperiment

    with pytest.raises(InputError, match="Asked to sample by 5, which does not say when"):
        any_experiment(leaky(), 5)


def test_numbers_of_numpy_are_numbers() -> None:
    assert sampling_of(ticks=np.int64(5)) == SteppedSampling(5)
    assert sampling_of(every_s=np.float32(0.25), for_s=np.int16(3)) == ClockedSampling(0.25, 3.0)


@pytest.mark.parametrize(
    ("times", "named"),
    [
        ({"every_s": 1}, "every_s"),
        ({"for_s": 1}, "for_s"),
        ({"every_s": 1, "for_s": 1}, "every_s and for_s"),
    ],
)
def test_ticks_and_times_exclude_each_other(
    leaky: Leaky, times: dict[str, Any], named: str
) -> None:
    with pytest.raises(InputError, match=f"ticks together with {named}, and a stepped clock"):
        measure_leak(leaky(), ticks=3, **times)


def test_ticks_choose_the_stepped_clock_and_times_the_running_one() -> None:
    assert sampling_of(ticks=5) == SteppedSampling(5)
    assert sampling_of(every_s=1) == ClockedSampling(every_s=1, for_s=10)
    assert sampling_of() == ClockedSampling(every_s=0.5, for_s=10)


def test_what_is_no_device_and_what_cannot_be_called_are_refused_at_once(leaky: Leaky) -> None:
    any_measure: Any = measure_leak
    device = leaky()

    with pytest.raises(InputError, match=r"the leak of 'mock', and that is no device\..*open_dev"):
        any_measure("mock")
    with pytest.raises(InputError, match="pass each reading to 5"):
        any_measure(device, on_reading=5)
    assert device.clock.now_s() == 0
