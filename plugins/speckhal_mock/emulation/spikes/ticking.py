"""Ticks of one core, compiled and in place: `speckhal_mock.emulation.leak_rule`, fast.

Among events each tick has to be done by itself, on all neurons. So this takes one pass for each
tick, and one for the next spike, through neurons that are neighbours in memory: all loops are such
that the compiler makes vectors of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from speckhal_mock.emulation.spikes.jit import IS_COMPILED, SOURCES, inlined, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from speckhal_mock.emulation.leak_rule import LeakRule
    from speckhal_mock.emulation.population import Population

    Words = npt.NDArray[np.int16]
    Integers = npt.NDArray[np.int64]
    DoTicks = Callable[[Words, Integers, Words, Integers, int], None]
    NextSpike = Callable[[Words, Integers, Words, Integers], int]
    WriteFiring = Callable[[Words, Integers, Words, Integers, Integers], int]

V_MIN: Final = -(1 << 15)
V_MAX: Final = (1 << 15) - 1
LOWEST: Final = np.int32(-(1 << 31))
NEVER: Final = 1 << 16
"""More ticks than any bias takes from one end of 16 bits to the other."""

# what a rule is made of
HIGH, LOW, TO_ZERO, FLOOR_KEPT, COMPARES, COMPARES_FALLING, WRAPS = 0, 1, 2, 3, 4, 5, 6
# rows of the table of neighbours
FIRST, COUNT = 0, 1

_TOGETHER: Final = 1 << 8
"""Neurons that are looked at one by one, where one of them fires."""


@inlined
def _added(before: np.int16, bias: np.int16, low: np.int16, keeps: bool, wraps: bool) -> np.int16:  # noqa: FBT001
    """A membrane potential with the bias, held to 16 bits and to the lower threshold."""
    v = np.int16(before + bias)
    if (before ^ v) & (bias ^ v) < 0 and not wraps:  # both had the other sign
        v = np.int16(before >> 15 ^ V_MAX)  # the end with the sign of before
    return max(v, min(low, before) if keeps else low)


def _made_do_ticks(sources: int) -> DoTicks:
    @kept
    def do_ticks(words: Words, runs: Integers, biases: Words, rule: Integers, ticks: int) -> None:
        if not sources:
            return
        high, low = np.int16(rule[HIGH]), np.int16(rule[LOW])
        to_zero, keeps, wraps = rule[TO_ZERO] != 0, rule[FLOOR_KEPT] != 0, rule[WRAPS] != 0
        compares, falling = rule[COMPARES] != 0, rule[COMPARES_FALLING] != 0
        done = 0
        for run in range(runs.shape[1]):
            first, count = runs[FIRST, run], runs[COUNT, run]
            for _ in range(ticks):
                for i in range(count):
                    bias = biases[np.uint64(done + i)]
                    v = _added(words[np.uint64(first + i)], bias, low, keeps, wraps)
                    fires = (v >= high) & compares & (falling | (bias > 0))
                    reset = np.int16(0 if to_zero else v - high)
                    words[np.uint64(first + i)] = reset if fires else v
            done += count

    return do_ticks


def _made_next_spike(sources: int) -> NextSpike:
    @kept
    def next_spike(words: Words, runs: Integers, biases: Words, rule: Integers) -> int:
        high, low = np.int32(rule[HIGH]), np.int16(rule[LOW])
        keeps, wraps = rule[FLOOR_KEPT] != 0, rule[WRAPS] != 0
        compares, falling = rule[COMPARES] != 0, rule[COMPARES_FALLING] != 0
        quiet = NEVER
        if not sources or not compares:
            return quiet
        done = 0
        for run in range(runs.shape[1]):
            first, count = runs[FIRST, run], runs[COUNT, run]
            more = np.int32(quiet - 1)  # ticks after the next one: does any fire in these?
            highest = LOWEST
            for i in range(count):
                bias = biases[np.uint64(done + i)]
                before = words[np.uint64(first + i)]
                v = _added(before, bias, low, keeps, wraps)
                rise = np.int32(np.int32(max(bias, np.int16(0))) * more)
                reached = np.int32(np.int32(v) + rise)
                if wraps and (bias > 0 or np.int32(np.int32(min(before, low)) + bias) < V_MIN):
                    reached = high
                highest = max(highest, reached if falling or bias > 0 else LOWEST)
            if highest >= high and wraps:  # no sum in closed form: any tick may be the one
                return 0
            if highest >= high:
                for i in range(count):
                    bias = biases[done + i]
                    v = _added(words[first + i], bias, low, keeps, wraps)
                    if v >= high and (falling or bias > 0):
                        return 0
                    if bias > 0:
                        quiet = min(quiet, -((v - high) // bias))
            done += count
        return quiet

    return next_spike


def _made_write_firing(sources: int) -> WriteFiring:
    @kept
    def write_firing(
        words: Words, runs: Integers, biases: Words, rule: Integers, fired: Integers
    ) -> int:
        high, low = np.int16(rule[HIGH]), np.int16(rule[LOW])
        keeps, wraps = rule[FLOOR_KEPT] != 0, rule[WRAPS] != 0
        compares, falling = rule[COMPARES] != 0, rule[COMPARES_FALLING] != 0
        number, done = 0, 0
        if not sources or not compares:
            return number
        for run in range(runs.shape[1]):
            first, count = runs[FIRST, run], runs[COUNT, run]
            highest = np.int16(V_MIN)
            for i in range(count):
                bias = biases[np.uint64(done + i)]
                v = _added(words[np.uint64(first + i)], bias, low, keeps, wraps)
                highest = max(highest, v if falling or bias > 0 else np.int16(V_MIN))
            if highest >= high:
                for i in range(count):
                    bias = biases[done + i]
                    v = _added(words[first + i], bias, low, keeps, wraps)
                    if v >= high and (falling or bias > 0):
                        fired[number] = done + i
                        number += 1
            done += count
        return number

    return write_firing


DO_TICKS: Final = _made_do_ticks(SOURCES)
NEXT_SPIKE: Final = _made_next_spike(SOURCES)
WRITE_FIRING: Final = _made_write_firing(SOURCES)


class CompiledTicks:
    """Ticks in compiled code.

    Args:
        words: the memory that they are in.
        addresses: (n,), where in it, rising.
        rule: what a tick does.
    """

    MOST_AT_ONCE: Final = 64

    def __init__(self, words: Words, addresses: Integers, rule: LeakRule) -> None:
        self._words = words
        self._runs = _neighbours(addresses)
        self._fired = np.zeros(addresses.size, dtype=np.int64)
        self._rule = np.array(
            [
                rule.threshold_high,
                rule.threshold_low,
                rule.return_to_zero,
                rule.below_threshold_low == "kept",
                rule.spike_on_tick,
                rule.spike_on_negative_tick,
                rule.overflow == "wrap",
            ],
            dtype=np.int64,
        )

    def advance(self, biases: Words, ticks: int) -> None:
        """Do ticks, at a price that rises with their number."""
        DO_TICKS(self._words, self._runs, biases, self._rule, ticks)

    def quiet_ticks(self, biases: Words) -> int | None:
        """How many ticks pass before one in which a neuron fires; None: none ever does."""
        quiet = NEXT_SPIKE(self._words, self._runs, biases, self._rule)
        return None if quiet == NEVER else quiet

    def tick(self, biases: Words) -> npt.NDArray[np.intp]:
        """Do one tick; gives which of the neurons fired, in the order of their addresses."""
        count = WRITE_FIRING(self._words, self._runs, biases, self._rule, self._fired)
        self.advance(biases, 1)
        return self._fired[:count].astype(np.intp)


def quicken(population: Population, words: Words) -> None:
    """Let neurons tick in compiled code, where there is any."""
    if IS_COMPILED and population.in_place is None:
        population.in_place = CompiledTicks(words, population.addresses, population.rule)


def _neighbours(addresses: Integers) -> Integers:
    """(2, runs), the first of addresses without a gap, and how many they are, each not too many."""
    begins = np.flatnonzero(np.diff(addresses, prepend=addresses[:1] - 2) != 1)
    ends = np.append(begins[1:], addresses.size)
    parts = [
        (int(addresses[part]), min(_TOGETHER, end - part))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
        for part in range(begin, end, _TOGETHER)
    ]
    runs: Integers = np.array(parts, dtype=np.int64).reshape(-1, 2).T.copy()
    return runs
