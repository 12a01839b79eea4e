"""Where a clock can have lost a tick without a trace in the readings.

That a clock explains all readings does not say that none was lost: readings that are rare, or whose
moments are blurred, are often explained with one lost as well. What excludes it is that no rate
near the expected one makes the ticks that were counted and one more from some reading on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Flags, Floats, Integers
    from speckhal.leak.verification.clock_polygon import Windows

_ROUNDING = 1e-9
_BLOCK = 512
"""Readings that are looked at together; each place is seen by two blocks."""


def hidden_losses(
    ticks: Integers, windows: Windows, least_hz: float, most_hz: float, *, lost: int = 1
) -> Flags:
    """Between which readings a tick can have been lost, as far as they show, (readings - 1,).

    Of long records only readings near a place are asked about it, which never excludes what can
    have been.

    Args:
        ticks: by each reading, (readings,).
        windows: in which the readings were taken.
        least_hz: of the rates that the clock can have.
        most_hz: of the rates that the clock can have.
        lost: how many ticks; -1 for one that was made too many.
    """
    readings = len(ticks)
    hidden = np.ones(max(readings - 1, 0), np.bool_)
    for first in range(0, max(readings - 1, 0), _BLOCK // 2):
        block = slice(first, first + _BLOCK)
        hidden[first : first + _BLOCK - 1] &= _hidden(
            ticks[block].astype(np.float64),
            windows.earliest_s[block],
            windows.latest_s[block],
            (least_hz, most_hz),
            lost,
        )
    return hidden


def _hidden(
    ticks: Floats, earliest_s: Floats, latest_s: Floats, rates_hz: tuple[float, float], lost: int
) -> Flags:
    """The same, of readings that are all compared with each other.

    Two readings a and b bound the rate: phi + f latest[b] >= n[b] and
    phi + f earliest[a] < n[a] + 1 leave f (latest[b] - earliest[a]) > n[b] - n[a] - 1. With a tick
    lost before the reading k, all from k on have one more.
    """
    apart_s = latest_s[None, :] - earliest_s[:, None]
    made = ticks[None, :] - ticks[:, None] - 1
    alike = _bounds(apart_s, made)
    after, before = _bounds(apart_s, made + lost), _bounds(apart_s, made - lost)
    least = np.full(len(ticks) - 1, rates_hz[0])
    most = np.full(len(ticks) - 1, rates_hz[1])
    for bounds in (
        [_largest_before(each) for each in alike],
        [_largest_before(each[::-1, ::-1])[::-1] for each in alike],
        [_largest_across(each) for each in after],
        [_largest_across(each.T) for each in before],
    ):
        least, most = np.maximum(least, bounds[0]), np.minimum(most, -bounds[1])
    return np.asarray(least <= most * (1 + _ROUNDING) + _ROUNDING)


def _bounds(apart_s: Floats, made: Floats) -> tuple[Floats, Floats]:
    """What each pair leaves: the least rate, and the negative of the most, so that both grow."""
    later, earlier = apart_s > _ROUNDING, apart_s < -_ROUNDING
    never = ~later & ~earlier & (made > _ROUNDING)
    rates = np.divide(made, apart_s, out=np.zeros_like(made), where=later | earlier)
    least = np.where(later, rates, np.where(never, np.inf, -np.inf))
    return least, np.where(earlier, -rates, -np.inf)


def _largest_before(pairs: Floats) -> Floats:
    """Of all pairs of readings before each place."""
    grown = np.maximum.accumulate(np.maximum.accumulate(pairs, axis=0), axis=1)
    return np.asarray(grown.diagonal()[:-1])


def _largest_across(pairs: Floats) -> Floats:
    """Of all pairs with the first reading before each place, and the second after it."""
    grown = np.maximum.accumulate(pairs[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.maximum.accumulate(grown, axis=0).diagonal(1))
