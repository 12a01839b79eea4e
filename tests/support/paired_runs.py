"""Two boards with one network, each under a clock of its own: nothing of the comparison is in here.

Rates, phases, moments of readings, gaps, jitter and the time that readings take are random, and so
are biases, thresholds and starts; a tick does what the facts say, as in `synthetic_leak`.
"""

from __future__ import annotations

import enum

import attrs
import numpy as np
import numpy.typing as npt

from runs_made import run_of
from speckhal import DeployedLayer, Run, Trace
from synthetic_leak import JITTER_S, _states

Integers = npt.NDArray[np.int64]


class Wrong(enum.Enum):
    """What is wrong with a board."""

    STEP = "a tick adds one more or less to a channel"
    CLOCK = "the clock loses a tick"
    NEURON = "a neuron misses a tick"


@attrs.frozen(eq=False)
class RandomLayer:
    """A layer, with the states that its neurons start from.

    Attributes:
        biases: what a tick adds, for each channel.
        start: of all neurons, (channels, height, width).
        high: a neuron fires at or above this.
        low: where leak stops.
    """

    biases: Integers
    start: Integers
    high: int
    low: int

    @classmethod
    def of(cls, rng: np.random.Generator) -> RandomLayer:
        """Any layer: some channels rise, some stand still, and some neurons start about to fire."""
        shape = int(rng.integers(1, 6)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
        high = int(rng.integers(60, 400) if rng.random() < 0.5 else rng.integers(2000, 32767))
        low = -int(rng.integers(60, 400) if rng.random() < 0.5 else rng.integers(2000, 32768))
        largest = max(2, min(-low, high) // int(rng.choice([4, 12, 60])))
        biases = -rng.integers(1, largest, shape[0])
        kinds = rng.random(shape[0])
        biases[kinds < 0.15] = 0
        biases[(kinds > 0.8) & (rng.random() < 0.5)] *= -1
        if not (biases < 0).any() and rng.random() < 0.9:
            biases[0] = -1
        start = rng.integers(low // 2, high, shape)
        if rng.random() < 0.5:
            start[:] = high - 1
        return cls(biases, start, high, low)

    @classmethod
    def with_room(cls, rng: np.random.Generator) -> RandomLayer:
        """One of which no neuron comes to a threshold, and each channel moves."""
        shape = int(rng.integers(3, 7)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
        start = rng.integers(-2000, 2000, shape)
        return cls(-rng.integers(2, 21, shape[0]), start, 32_767, -32_768)

    def run(self, rng: np.random.Generator, rate_hz: int, *, wrong: Wrong | None = None) -> Run:
        """An experiment on a board with that layer.

        Args:
            rng: decides phase, sampling and jitter.
            rate_hz: of its clock, which is up to 0.5 % off.
            wrong: what is wrong with the board.
        """
        every_s = max(float(rng.choice([0.3, 0.5, 0.77, 1.0, 1.5, 2.0, 7.3])) / rate_hz, 0.016)
        samples = int(rng.integers(3, 130))
        time_s = np.arange(samples, dtype=np.float64) * every_s
        if rng.random() < 0.5:  # gaps: readings are missing
            kept = np.flatnonzero(rng.random(samples) > rng.choice([0.05, 0.3]))
            time_s = time_s[np.union1d([0, 1, samples - 1], kept)]
        lasts_s = float(rng.choice([0.0, 0.0, 0.2, 0.7])) * min(every_s - 0.011, 0.05)
        moments_s = time_s + rng.uniform(-JITTER_S, JITTER_S, len(time_s)) * rng.choice([0, 0.2, 1])
        moments_s[0] = 0
        answers_s = max(lasts_s, 0.0) * rng.random(self.start.shape)
        error = float(rng.uniform(-0.005, 0.005)) * float(rng.choice([0, 1]))
        phase = float(rng.random()) * float(rng.choice([0, 1]))
        at_s = moments_s[:, None, None, None] + answers_s
        made = np.floor(phase + rate_hz * (1 + error) * at_s + 1e-9).astype(np.int64)
        made[0] = 0  # the clock is off
        made = np.maximum.accumulate(made, axis=0)
        biases = self.biases.copy()
        if wrong is Wrong.STEP:
            biases[int(rng.integers(0, len(biases)))] += int(rng.choice([-1, 1]))
        if wrong in (Wrong.CLOCK, Wrong.NEURON):
            late = int(rng.integers(2, max(3, int(made.max()) * 3 // 4)))
            which = np.ones(made.shape, np.bool_)
            if wrong is Wrong.NEURON:
                which[:, 1:] = which[:, :, 1:] = which[..., 1:] = False
            made = made - (which & (made >= late))
        states, _ = _states(self.start, biases, int(made.max()), self.low, self.high)
        v_mem = np.take_along_axis(states, made, axis=0).astype(np.int16)
        channels, height, width = self.start.shape
        layer = DeployedLayer(
            index=0,
            core=0,
            shape=(channels, height, width),
            scale=float(self.high),
            biases=self.biases.astype(np.int16),
            wanted_biases=self.biases / self.high,
            threshold_high=self.high,
            threshold_low=self.low,
            leak_enable=True,
            rate_hz=rate_hz,
        )
        trace = Trace(0, time_s, v_mem, None, np.full(len(time_s), max(lasts_s, 0.0)))
        return attrs.evolve(run_of(layer), traces=(trace,))


def pair_of_runs(seed: int, wrong: Wrong | None = None) -> tuple[Run, Run]:
    """Two boards with one network, of which the second may be wrong."""
    rng = np.random.default_rng([seed, wrong is not None])
    made = RandomLayer.of(rng) if wrong is None else RandomLayer.with_room(rng)
    rates = [int(rate) for rate in rng.choice([1, 2, 5, 10, 20, 32, 50, 80], 2)]
    if rng.random() < 0.5:
        rates[1] = rates[0]
    return made.run(rng, rates[0]), made.run(rng, rates[1], wrong=wrong)
