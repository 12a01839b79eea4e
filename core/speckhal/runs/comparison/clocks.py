"""Whether the clocks of two runs differ, each against the rate that it was set to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.verification.clock_polygon import RateInterval
from speckhal.leak.verification.said_of_clocks import interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tolerance import Tolerance


def clock_differences(
    sides: tuple[Side, Side],
    counts: tuple[Mapping[int, TickCounts], Mapping[int, TickCounts]],
    layers: Sequence[int],
    tolerance: Tolerance,
) -> Iterator[str]:
    """What surely differs, as sentences, of the first layer that shows it.

    Rates that the readings do not separate are no difference: ten ticks show a rate within 10 %.
    """
    yield from _lost_ticks(sides, counts, layers, tolerance)
    for index in layers:
        both = counts[0][index], counts[1][index]
        set_hz = sides[0].rate_hz(index), sides[1].rate_hz(index)
        if (set_hz[0] is None) != (set_hz[1] is None):
            continue
        rates = [one.rates or one.average for one in both]
        if rates[0] is None or rates[1] is None:
            continue
        relative = [
            _over(rate, hz or 1) for rate, hz in zip((rates[0], rates[1]), set_hz, strict=True)
        ]
        if _apart(relative[0], relative[1]) > 1 + tolerance.rate:
            yield _sentence(index, (rates[0], rates[1]), set_hz)
            return
        irregular = [one.irregular_s for one in both]
        if set_hz[0] is not None and (irregular[0] is None) != (irregular[1] is None):
            name, other = ("b", "a") if irregular[0] is None else ("a", "b")
            at_s = irregular[1] if irregular[0] is None else irregular[0]
            yield (
                f"From {at_s:.3f} s on no clock of a fixed rate explains the ticks of {name}, "
                f"which may have lost some; one explains all ticks of {other}."
            )
            return


def _lost_ticks(
    sides: tuple[Side, Side],
    counts: tuple[Mapping[int, TickCounts], Mapping[int, TickCounts]],
    layers: Sequence[int],
    tolerance: Tolerance,
) -> Iterator[str]:
    """A tick that one clock lost while the other, which was watched as long, did not.

    Where values may differ by a whole step, a tick may be lost.
    """
    for index in layers:
        both = counts[0][index], counts[1][index]
        for one, other in ((0, 1), (1, 0)):
            lost, rest = both[one].lost, both[other]
            if lost is None or rest.lost is not None or not rest.known.any():
                continue
            largest = int(np.abs(both[one].steps).max(initial=0))
            deployed = sides[one].layers.get(index)
            high = 0 if deployed is None else deployed.threshold_high
            if tolerance.allowed(lost.ticks[1], high) >= largest:
                continue
            if int(rest.ticks[rest.known].max()) >= lost.ticks[1]:
                yield (
                    f"The clock of {sides[one].name} {lost}, and that of {sides[other].name} did "
                    "not."
                )
                return


def _over(rate: RateInterval, hz: float) -> RateInterval:
    return RateInterval(rate.least_hz / hz, rate.most_hz / hz)


def _apart(one: RateInterval, other: RateInterval) -> float:
    """By which factor the two are apart at least; below 1 where they meet."""
    low, high = sorted((one, other), key=lambda each: each.least_hz)
    return high.least_hz / low.most_hz if low.most_hz > 0 else math.inf


def _sentence(
    layer: int, rates: tuple[RateInterval, RateInterval], set_hz: tuple[int | None, int | None]
) -> str:
    said = (
        f"The clock of a makes {interval(rates[0])}, that of b {interval(rates[1])}, as layer "
        f"{layer} shows"
    )
    if set_hz[0] is None or set_hz[1] is None:
        return f"{said}."
    was_set = f"{set_hz[0]} Hz" if set_hz[0] == set_hz[1] else f"{set_hz[0]} and {set_hz[1]} Hz"
    return (
        f"{said}; {was_set} was set. If both clocks run as they were set, a tick does not add what "
        "was deployed."
    )
