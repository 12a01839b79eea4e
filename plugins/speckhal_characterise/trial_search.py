"""Which load on a core, for how many ticks, shows the soonest which of two capacities it has."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from speckhal.contract.address import Shape

_CHANNELS, _WIDTH = 1024, 64
FULL: Final = _CHANNELS * _WIDTH
"""Neurons on a core that has room for no more."""

_CHANGE_S: Final = 2.4
"""What it costs to configure another number of neurons, about."""

LONGEST_S: Final = 6.0
"""No trial takes longer than that."""

_OVERLOAD: Final = Fraction(1618, 1000)
"""The golden ratio: no share of ticks is harder to mistake for another."""

_LOADS: Final = 8
_COUNTS: Final = 100
"""How many loads, and how many numbers of ticks, are looked at."""


@attrs.frozen
class Trial:
    """A number of neurons that are to get a number of ticks."""

    neurons: int
    ticks: int

    def cost_s(self, rate_hz: int, present: int) -> float:
        """How long it takes, in s, where `present` neurons are configured now."""
        return self.ticks / rate_hz + _CHANGE_S * (self.neurons != present)


def best_trial(rate_hz: int, low: int, high: int, *, fewest: int, present: int) -> Trial | None:
    """The trial that excludes the lower or the higher capacities the soonest, if any does.

    A load of n neurons takes more than j of k ticks if the capacity, in updates per second, is
    more than j * n * rate / k. That is to be in the middle of what is possible.

    Args:
        rate_hz: of the ticks.
        low: the lowest capacity that is possible.
        high: the highest one, and another one.
        fewest: no fewer ticks than that, since commands take their time.
        present: how many neurons are configured now.
    """
    middle, slack = (low + high) // 2, (high - low) // 8
    if high > 4 * low:
        middle, slack = math.isqrt(low * high), 0
    window = Fraction(middle - slack), Fraction(middle + slack + 1)
    trials = [
        *_with_given_neurons(rate_hz, window, fewest, present),
        *_with_few_ticks(rate_hz, middle, slack, fewest),
    ]
    affordable = [
        trial for trial in trials if trial.ticks <= max(LONGEST_S * rate_hz, 3 * fewest, 3)
    ]
    return min(affordable, key=lambda trial: trial.cost_s(rate_hz, present), default=None)


def shape_of(neurons: int) -> Shape:
    """A map of that many neurons on one core, if there is one."""
    width = next(
        width
        for width in range(1, _WIDTH + 1)
        if neurons % width == 0 and neurons // width <= _CHANNELS
    )
    return neurons // width, 1, width


def _with_given_neurons(
    rate_hz: int, window: tuple[Fraction, Fraction], fewest: int, present: int
) -> Iterator[Trial]:
    """Trials with a load of hardly more than the capacity, or with that of now."""
    least = min(window[1] / rate_hz, Fraction(FULL))
    most = min(Fraction(FULL), _OVERLOAD * least)
    loads = [math.ceil(most - (most - least) * part / _LOADS) for part in range(_LOADS)]
    for neurons in (present, *(int(_AT_LEAST[load]) for load in loads)):
        load = neurons * rate_hz
        if window[1] <= load:
            share = _simplest(window[0] / load, window[1] / load)
            # a multiple says the same, and takes longer
            yield Trial(neurons, share.denominator * -(-fewest // share.denominator))


def _with_few_ticks(rate_hz: int, middle: int, slack: int, fewest: int) -> Iterator[Trial]:
    """The trial with the fewest ticks, whatever the number of neurons."""
    for count in range(max(2, fewest), max(2, fewest) + _COUNTS):
        taken = np.arange(1, count, dtype=np.int64)
        wanted = -(-(middle - slack) * count // (taken * rate_hz))
        neurons = _AT_LEAST[np.minimum(wanted, FULL)]
        scaled = taken * neurons * rate_hz
        fits = (scaled >= (middle - slack) * count) & (scaled < (middle + slack + 1) * count)
        if fits.any():
            yield Trial(int(neurons[fits][0]), count)
            return


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the least denominator between two others."""
    whole = math.floor(low)
    if whole + 1 < high:
        return Fraction(whole + 1)
    if low == whole:
        return whole + Fraction(1, math.floor(1 / (high - whole)) + 1)
    return whole + 1 / _simplest(1 / (high - whole), 1 / (low - whole))


def _sizes() -> npt.NDArray[np.int64]:
    """By a number of neurons, the least size of a map that has at least that many."""
    sizes = np.unique(np.outer(np.arange(1, _CHANNELS + 1), np.arange(1, _WIDTH + 1)))
    return sizes[np.searchsorted(sizes, np.arange(FULL + 1))].astype(np.int64)


_AT_LEAST: Final = _sizes()
