"""How many neurons a core can update in a second: where it begins to lose ticks."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import attrs

from speckhal_samna.characterise import ticks
from speckhal_samna.characterise.findings import finding
from speckhal_samna.characterise.rates import rates_of
from speckhal_samna.characterise.setup import CoreSetup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.address import Shape
    from speckhal.characterise import Result
    from speckhal_samna.characterise.bench import Bench

BUSY_CORE: Final = 2
FAST_HZ: Final = 10_000
_FULL: Final[Shape] = (16, 64, 64)
_OVERLOAD: Final = Fraction(1618, 1000)
"""The golden ratio: no share of ticks is harder to mistake for another."""

_LOADS: Final = 8

_MOST_OFFERED: Final = ticks.SAFE_TICKS
"""Six seconds; bounds from two such counts can be as close as one part in 3.6e9."""


@attrs.frozen
class _Load:
    """A core of so many neurons, besides one of a single neuron that loses no tick."""

    bench: Bench
    shape: Shape
    rate_hz: int

    @property
    def updates_per_s(self) -> int:
        return math.prod(self.shape) * self.rate_hz

    def set_up(self) -> None:
        busy = CoreSetup(shape=self.shape, bias=-1, v_mem=ticks.START)
        ticks.set_up(self.bench, {BUSY_CORE: busy})

    def offer(self, count: int) -> tuple[int, int]:
        """Let about `count` ticks come; gives how many came, and how many the core took."""
        self.bench.write_first(BUSY_CORE, ticks.START)
        seen = ticks.run(self.bench, (count + 0.5) / self.rate_hz - self.bench.command_s())
        return seen.ticks, ticks.START - self.bench.first(BUSY_CORE)[0]


def measure_throughput(bench: Bench) -> Iterator[Result]:
    """What rate times neurons may be before ticks are lost."""
    rate_hz = rates_of(bench).fastest(FAST_HZ)
    full = _Load(bench, _FULL, rate_hz)
    full.set_up()
    offered, taken = full.offer(2000)
    if taken == offered:
        offered, taken = full.offer(_MOST_OFFERED)
    if taken == offered:
        yield finding(
            "max_updates_per_s",
            None,
            f"{math.prod(_FULL)} neurons leaked at {rate_hz} Hz, {full.updates_per_s:.2g} updates "
            f"a second, and none of {offered} ticks was lost; more was not tried.",
            uncertainty=f"up to {full.updates_per_s:.2g}",
        )
        return
    low, high = _bounds(full, offered, taken)
    for load in _loads(bench, rate_hz, high):
        if bench.quick or _is_settled(low, high):
            break
        load.set_up()
        low, high = _closer(load, low, high)
    exact = _is_settled(low, high)
    yield finding(
        "max_updates_per_s",
        math.floor(high) if exact else math.floor((low + high) / 2),
        f"{math.prod(_FULL)} neurons and fewer leaked at {rate_hz} Hz besides one that counted the "
        "ticks; a core that takes them evenly takes this many neurons times ticks in a second.",
        uncertainty="exact if ticks are taken evenly"
        if exact
        else f"± {float(high - low) / 2:.2g}",
    )


def _is_settled(low: Fraction, high: Fraction) -> bool:
    """Whether one whole number at most is more than `low` and not more than `high`."""
    return math.floor(high) - math.floor(low) <= 1


def _loads(bench: Bench, rate_hz: int, capacity: Fraction) -> Iterator[_Load]:
    """Loads of more than the capacity; shares that look alike under one do not under the next."""
    least = capacity / rate_hz
    most = min(Fraction(math.prod(_FULL)), _OVERLOAD * least)
    for part in range(_LOADS):
        neurons = most - (most - least) * part / _LOADS
        yield _Load(bench, _shape_of(math.ceil(neurons)), rate_hz)


def _bounds(load: _Load, offered: int, taken: int) -> tuple[Fraction, Fraction]:
    """The capacities of which that can come: more than the first, at most the second."""
    share = Fraction(load.updates_per_s, offered)
    return (taken - 1) * share, taken * share


def _closer(load: _Load, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds between which lies one whole number, if the core takes ticks evenly.

    With k ticks offered it takes ceil(k * capacity / load), so each count of k halves the gap if
    the middle of the gap is a fraction of the load with denominator k.
    """
    surplus = 0
    for _ in range(60):
        if _is_settled(low, high):
            break
        middle = Fraction((low + high) / 2, load.updates_per_s)
        step = middle.limit_denominator(_MOST_OFFERED)
        # a multiple of a small denominator says the same and is easier to hit
        count = step.denominator * max(1, 500 // step.denominator)
        offered, taken = load.offer(count - surplus)
        surplus += offered - count
        least, most = _bounds(load, offered, taken)
        closer = max(low, least), min(high, most)
        if closer[0] >= closer[1] or (offered == count and closer == (low, high)):
            break
        low, high = closer
    return low, high


def _shape_of(neurons: int) -> Shape:
    """A map with at least so many neurons, and hardly more, on one core."""
    side = min(64, max(1, math.ceil(neurons / 1024)))
    return min(1024, math.ceil(neurons / side)), 1, side
