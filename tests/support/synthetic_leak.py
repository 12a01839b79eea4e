"""Leak experiments made up tick by tick, from the facts alone: nothing of the verifier is in here.

A tick adds the bias of its channel to every neuron and stops at `threshold_low`, or at the ends of
16 bits; at or above `threshold_high` a neuron fires once. What is not established of that differs
from run to run: the spike takes the threshold away, or leaves 0, or a tick makes none. Readings are
taken up to 5 ms from the moment that is noted, may take time, may be missing, and each neuron
answers at a moment of its own within its reading.
"""

from __future__ import annotations

import enum

import attrs
import numpy as np
import numpy.typing as npt

from speckhal import DeployedLayer, Trace

JITTER_S = 0.005
RATE_TOLERANCE = 0.01

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class Fault(enum.Enum):
    """What is wrong with the board of an experiment."""

    NONE = "good"
    LOST_TICK = "one lost tick"
    LOST_SEVERAL = "three lost ticks"
    TWO_AT_ONCE = "one tick too many"
    WRONG_CHANNEL = "one wrong channel"
    WRONG_RATE = "rate off by 3 %"


_SEEDS = {
    Fault.NONE: 0,
    Fault.LOST_TICK: 1,
    Fault.WRONG_CHANNEL: 2,
    Fault.WRONG_RATE: 3,
    Fault.LOST_SEVERAL: 4,
    Fault.TWO_AT_ONCE: 5,
}


class Spike(enum.Enum):
    """What a tick that brings a neuron to its threshold leaves of it."""

    SUBTRACTS = "the threshold is taken away"
    RESETS = "0 is left"
    SILENT = "nothing happens, until an input comes"


@attrs.frozen(eq=False)
class SyntheticRun:
    """An experiment, and what can be known of it.

    Attributes:
        fault: of the board.
        trace: what was read.
        layer: as deployed.
        is_identifiable: whether the readings leave nothing but the fault.
        span: ticks between the first reading and the last that shows one.
        blur: ticks of the clock in twice the jitter and a reading.
        lost_s: when ticks that were lost should have come.
    """

    fault: Fault
    trace: Trace
    layer: DeployedLayer
    is_identifiable: bool
    span: int
    blur: float
    lost_s: tuple[float, ...] = ()


def synthetic_run(  # noqa: PLR0915 - one draw after another
    seed: int, fault: Fault = Fault.NONE
) -> SyntheticRun:
    """A random experiment of that seed, on a board with that fault."""
    rng = np.random.default_rng([seed, _SEEDS[fault]])
    spike = list(Spike)[int(np.random.default_rng(seed).choice(3, p=[0.6, 0.2, 0.2]))]
    rate_hz = int(rng.choice([1, 2, 5, 10, 20, 32, 50, 80, 200]))
    channels = int(rng.integers(1, 6)) + (fault is Fault.WRONG_CHANNEL)
    height, width = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    high = int(rng.integers(60, 400)) if rng.random() < 0.5 else int(rng.integers(2000, 32767))
    low = -int(rng.integers(60, 400)) if rng.random() < 0.5 else -int(rng.integers(2000, 32768))
    largest = max(2, min(-low, high) // int(rng.choice([4, 12, 60])))
    biases = -rng.integers(1, largest, channels)
    kinds = rng.random(channels)
    biases[kinds < 0.15] = 0
    biases[(kinds > 0.8) & (rng.random() < 0.5)] *= -1
    if rng.random() < 0.1:
        biases[-1] = high  # which fires at every tick
    if not (biases < 0).any() and rng.random() < 0.9:
        biases[0] = -1
    ticks_per_reading = float(rng.choice([0.3, 0.5, 0.77, 1.0, 1.5, 2.0, 7.3, 10.0]))
    every_s = max(ticks_per_reading / rate_hz, 0.016)
    samples = int(rng.integers(3, 130))
    time_s = np.arange(samples, dtype=np.float64) * every_s
    if rng.random() < 0.5:  # gaps: readings are missing
        kept = np.flatnonzero(rng.random(samples) > rng.choice([0.05, 0.3]))
        time_s = time_s[np.union1d([0, 1, samples - 1], kept)]
    lasts_s = float(rng.choice([0.0, 0.0, 0.2, 0.7])) * min(every_s - 0.011, 0.05)
    duration_s = np.full(len(time_s), max(lasts_s, 0.0))
    moments_s = time_s + rng.uniform(-JITTER_S, JITTER_S, len(time_s)) * rng.choice([0.0, 0.2, 1.0])
    answers_s = rng.random((channels, height, width))
    at_s = moments_s[:, None, None, None] + duration_s[:, None, None, None] * answers_s
    error = float(rng.uniform(-0.005, 0.005)) * float(rng.choice([0, 1]))
    if fault is Fault.WRONG_RATE:
        error = float(rng.choice([-0.03, 0.03]))
    phase = float(rng.random())
    made = np.floor(phase + rate_hz * (1 + error) * at_s + 1e-9).astype(np.int64)
    made -= made.min()
    lost_s: tuple[float, ...] = ()
    lose = {Fault.LOST_TICK: 1, Fault.LOST_SEVERAL: 3}.get(fault, 0)
    if lose:
        first = int(np.floor(phase + rate_hz * at_s + 1e-9).min())
        lost = rng.integers(1, max(int(made.max()), 2), lose)
        lost_s = tuple((first + one - phase) / rate_hz for one in lost.tolist())
        made = made - sum(made >= one for one in np.unique(lost))
    if fault is Fault.TWO_AT_ONCE:
        made = made + (made >= int(rng.integers(1, max(int(made.max()), 2))))
    start = rng.integers(low // 2, high, (channels, height, width))
    if rng.random() < 0.5:
        start[:] = high - 1
    real = biases.copy()
    wrong = None
    if fault is Fault.WRONG_CHANNEL:
        wrong = int(rng.choice(np.flatnonzero(biases <= 0))) if (biases <= 0).any() else 0
        others = [0, biases[wrong] - 1, biases[wrong] + 1, biases[wrong] * 2, biases[wrong] // 2]
        real[wrong] = int(rng.choice([one for one in others if one != biases[wrong]]))
    real = np.clip(real, -32768, 32767)
    states, trusted = _states(start, real, int(made.max()), low, high, spike)
    v_mem = np.take_along_axis(states, made, axis=0)
    layer = DeployedLayer(
        index=0,
        core=0,
        shape=(channels, height, width),
        scale=float(high),
        biases=biases.astype(np.int16),
        wanted_biases=biases / high,
        threshold_high=high,
        threshold_low=low,
        leak_enable=True,
        rate_hz=rate_hz,
    )
    trace = Trace(0, time_s.astype(np.float64), v_mem.astype(np.int16), None, duration_s)
    counts = made.reshape(len(time_s), -1)
    shows = np.take_along_axis(trusted, made, axis=0).reshape(len(time_s), -1)
    shows = shows & np.repeat(biases != 0, height * width)
    shows = np.logical_and.accumulate(shows, axis=0)
    span = int((counts.max(axis=1) * shows.any(axis=1)).max())
    blur = rate_hz * (2 * JITTER_S + float(duration_s[0]))
    if fault is Fault.NONE:
        identifiable = True
    elif wrong is not None:
        expected, _ = _states(start, biases, int(made.max()), low, high, spike)
        differ = (np.take_along_axis(expected, made, axis=0) != v_mem)[:, wrong].any(axis=0)
        witnesses = shows.reshape(v_mem.shape)
        right = [one for one in range(channels) if one != wrong and biases[one] < 0]
        moved = made * witnesses
        identifiable = bool(
            differ.all()
            and not duration_s.any()
            and len(right) > 1
            and all((moved[:, one].max(axis=0) > 3).all() for one in right)
            and (moved[:, right].max() >= moved.max())
        )
    else:
        identifiable = _only_a_fault_explains(trace, counts, shows, rate_hz)
    return SyntheticRun(fault, trace, layer, identifiable, span, blur, lost_s)


def _states(
    start: Integers,
    biases: Integers,
    ticks: int,
    low: int,
    high: int,
    spike: Spike = Spike.SUBTRACTS,
) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """Membrane potentials after each number of ticks, and whether ticks alone show in them."""
    states, trusted = [start], [np.ones(start.shape, bool)]
    bias = biases[:, None, None]
    for _ in range(ticks):
        after = np.clip(states[-1] + bias, low, 32767)
        fires = (after >= high) & (bias != 0)
        left = {Spike.SUBTRACTS: after - high, Spike.RESETS: 0 * after, Spike.SILENT: after}
        states.append(np.where(fires, left[spike], after))
        trusted.append(trusted[-1] & ~fires & (after > low))
    return np.array(states), np.array(trusted)


def _only_a_fault_explains(
    trace: Trace, counts: Integers, shows: npt.NDArray[np.bool_], rate_hz: int
) -> bool:
    """Whether no clock near the rate explains the neurons that show ticks for longest.

    At a rate f the phases from max(n - f t_latest) to min(n + 1 - f t_earliest) explain a neuron.
    How many these are is a concave function of f, so thirds of an interval close in on its top.
    """
    shown = shows.sum(axis=0)
    if shown.max() < 2:
        return False
    # neurons that count alike are one question
    longest = np.flatnonzero(shown == shown.max())
    end = int(shown.max())
    first_s = trace.time_s[:end] - JITTER_S
    last_s = trace.time_s[:end] + trace.duration_s[:end] + JITTER_S
    for one in np.unique(counts[:end, longest], axis=1).T:

        def room(f: float, one: Integers = one) -> float:
            return float((one + 1 - f * first_s).min() - (one - f * last_s).max())

        low, high = rate_hz * (1 - RATE_TOLERANCE), rate_hz * (1 + RATE_TOLERANCE)
        for _ in range(80):
            third = (high - low) / 3
            if room(low + third) < room(high - third):
                low += third
            else:
                high -= third
        if room(low) > -1e-6:
            return False
    return True
