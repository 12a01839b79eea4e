"""What holds for the verdict on any board: laws, on neurons that tick one tick at a time."""

from __future__ import annotations

import attrs
import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from speckhal import Answer, DeployedLayer, Trace, judge
from speckhal.leak.step_inference import CLOCK_TOLERANCE


@attrs.frozen
class Run:
    """An experiment on one neuron; what it was asked for, and how the board does it.

    Attributes:
        step: what a tick should add.
        start: membrane potential before the first tick.
        threshold_high: fires at or above.
        threshold_low: never falls below.
        return_to_zero: what a spike does; otherwise it takes `threshold_high` away.
        ticks_per_sample: rate times time between samples.
        samples: readings after the first.
        clock_error: relative, of the board's clock.
        reading: how long one takes, as part of the time between samples.
        delay: of the neuron's answer, as part of that.
    """

    step: int
    start: int
    threshold_high: int
    threshold_low: int
    return_to_zero: bool
    ticks_per_sample: float
    samples: int
    clock_error: float = 0.0
    reading: float = 0.0
    delay: tuple[float, ...] = ()

    rate_hz = 100

    def trace(self, step: int, *, stepped: bool = False, low_by: int = 0) -> Trace:
        """What a board reads whose tick really adds `step`, and whose floor is off by `low_by`."""
        time_s = np.arange(self.samples + 1) * self.ticks_per_sample / self.rate_hz
        reading_s = self.reading * self.ticks_per_sample / self.rate_hz
        delay_s = np.resize(self.delay or (0.0,), len(time_s)) * reading_s
        delay_s[0] = 0  # the clock is off at the first reading
        rate_hz = self.rate_hz * (1 + self.clock_error)
        ticks = np.floor((time_s + delay_s) * rate_hz + 1e-6).astype(np.int64)
        after = [self.start]
        for _ in range(int(ticks.max())):
            after.append(self._tick(after[-1], step, self.threshold_low + low_by))
        v_mem = np.array(after, np.int16)[ticks].reshape(-1, 1, 1, 1)
        duration_s = np.full(len(time_s), reading_s)
        return Trace(0, time_s, v_mem, ticks if stepped else None, duration_s)

    def _tick(self, v: int, step: int, threshold_low: int) -> int:
        total = min(max(v + step, threshold_low), 32767)
        if total < self.threshold_high:
            return total
        return 0 if self.return_to_zero else total - self.threshold_high

    @property
    def layer(self) -> DeployedLayer:
        return DeployedLayer(
            index=0,
            core=0,
            shape=(1, 1, 1),
            scale=1.0,
            biases=np.array([self.step], np.int16),
            wanted_biases=np.array([float(self.step)]),
            threshold_high=self.threshold_high,
            threshold_low=self.threshold_low,
            leak_enable=True,
            rate_hz=self.rate_hz,
        )


EXACT = st.builds(
    Run,
    step=st.integers(-40, 40),
    start=st.integers(-320, 320),
    threshold_high=st.one_of(st.integers(1, 300), st.just(32767)),
    threshold_low=st.one_of(st.integers(-300, -1), st.just(-32768)),
    return_to_zero=st.booleans(),
    ticks_per_sample=st.one_of(
        st.sampled_from([0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 40.0, 127.0]), st.floats(0.05, 40.0)
    ),
    samples=st.integers(1, 30),
)
ROUGH = st.builds(
    attrs.evolve,
    EXACT,
    clock_error=st.floats(-CLOCK_TOLERANCE, CLOCK_TOLERANCE),
    reading=st.floats(0, 1),
    delay=st.lists(st.floats(0, 1), min_size=1, max_size=9).map(tuple),
)
SLOW = st.builds(
    lambda run, sampling: attrs.evolve(run, ticks_per_sample=sampling[0], samples=sampling[1]),
    st.builds(
        attrs.evolve,
        EXACT,
        threshold_high=st.one_of(st.integers(400, 2000), st.just(32767)),
        threshold_low=st.one_of(st.integers(-2000, -400), st.just(-32768)),
    ),
    st.floats(0.1, 0.9).flatmap(
        lambda per_sample: st.tuples(st.just(per_sample), st.integers(int(3 / per_sample) + 1, 40))
    ),
)
"""With more than 3 ticks in all and at most one between samples, and thresholds out of reach."""


@settings(max_examples=120)
@given(run=st.one_of(EXACT, ROUGH), stepped=st.booleans())
def test_a_board_that_does_what_it_was_told_is_never_called_wrong(
    *, run: Run, stepped: bool
) -> None:
    (channel,) = judge(run.trace(run.step, stepped=stepped), run.layer).channels

    assert channel.answer is not Answer.DISAGREES
    assert channel.measured_step in {run.step, None}
    assert (channel.problem is None) == (channel.measured_step is not None)
    assert (channel.problem is None) == (channel.answer is Answer.AGREES)


@given(run=EXACT, per_sample=st.floats(0.1, 10), start=st.floats(0, 1, exclude_max=True))
def test_a_bias_of_0_agrees_where_nothing_moved_and_there_were_ticks(
    run: Run, per_sample: float, start: float
) -> None:
    # between the thresholds: at the upper one it fires, and the lower one would hide a leak
    between = run.threshold_low + 1 + int(start * (run.threshold_high - 1 - run.threshold_low))
    run = attrs.evolve(run, step=0, start=between, ticks_per_sample=per_sample)
    assume(run.threshold_high > 12)
    assume(run.samples * per_sample >= 3)

    (channel,) = judge(run.trace(0), run.layer).channels

    assert (channel.answer, channel.measured_step) == (Answer.AGREES, 0)


@settings(max_examples=120)
@given(run=st.one_of(EXACT, ROUGH), off_by=st.sampled_from([-1, 1]), stepped=st.booleans())
def test_a_board_that_is_off_by_one_never_agrees(*, run: Run, off_by: int, stepped: bool) -> None:
    assert not judge(run.trace(run.step + off_by, stepped=stepped), run.layer).agrees


@settings(max_examples=120)
@given(
    run=st.one_of(EXACT, ROUGH),
    step=st.integers(-40, -1),
    above=st.integers(0, 100),
    low_by=st.integers(-30, -1),
    stepped=st.booleans(),
)
def test_a_neuron_that_falls_below_the_floor_never_agrees(
    *, run: Run, step: int, above: int, low_by: int, stepped: bool
) -> None:
    threshold_low = max(run.threshold_low, -30_000)
    run = attrs.evolve(run, step=step, threshold_low=threshold_low, start=threshold_low + above)
    trace = run.trace(run.step, stepped=stepped, low_by=low_by)
    assume(trace.v_mem.min() < run.threshold_low)

    assert not judge(trace, run.layer).agrees


@settings(max_examples=120)
@given(run=SLOW, off_by=st.sampled_from([-1, 1]))
def test_with_at_most_a_tick_between_samples_every_step_is_measured(run: Run, off_by: int) -> None:
    right = judge(run.trace(run.step), run.layer).channels[0]
    trace = run.trace(run.step + off_by)
    moved = trace.v_mem.astype(np.int64).ravel()
    # what is measured: no floor, no spike, and ticks enough to show that there were some
    assume(right.measured_step is not None)
    assume(moved.min() > run.threshold_low)
    # where no tick should move it, one that is within reach of the threshold may have fired
    assume(run.step != 0 or run.start + run.samples + 2 < run.threshold_high)
    assume(set(np.diff(moved).tolist()) <= {0, run.step + off_by})

    (channel,) = judge(trace, run.layer).channels

    assert channel.measured_step == run.step + off_by
    assert channel.problem == (
        f"Channel 0: a tick adds {run.step + off_by}, and should add {run.step}."
    )


@given(run=EXACT, at=st.integers(1, 30), by=st.integers(6, 100))
def test_a_jump_that_no_tick_makes_is_seen(run: Run, at: int, by: int) -> None:
    run = attrs.evolve(run, start=0, step=-5, threshold_low=-20_000, threshold_high=32_000)
    run = attrs.evolve(run, ticks_per_sample=1.0, samples=30)
    trace = run.trace(run.step)
    v_mem = trace.v_mem.copy()
    v_mem[at:] += by

    assert not judge(attrs.evolve(trace, v_mem=v_mem), run.layer).agrees
