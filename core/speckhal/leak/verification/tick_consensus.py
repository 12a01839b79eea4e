"""How many ticks the neurons of a layer agree on, whatever the clock was to do.

All neurons of a layer share one clock. A channel whose bias is known counts its ticks; what most
neurons count is what the clock made, and a neuron or a channel that counts something else is wrong.
"""

from __future__ import annotations

import collections
import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.step_inference import Ticks
from speckhal.leak.verification.clock_polygon import rates_that_explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from speckhal.leak.channel_trace import Trajectory
    from speckhal.leak.step_inference import Flags, Floats, Integers
    from speckhal.leak.verification.clock_polygon import RateInterval, Windows

_NEARLY_ALL = 0.8
_MOST_CANDIDATES = 48

Count = tuple[int, ...]


@attrs.frozen(eq=False)
class Consensus:
    """What most neurons count.

    Attributes:
        ticks: since the first reading, (readings that count,): the readings before these neurons
            came to the floor, or may have fired.
        neurons: how many count this.
        rates: of a clock that makes these ticks; None if there is no such fixed rate.
    """

    ticks: Integers
    neurons: int
    rates: RateInterval | None

    def bounds(self, windows: Windows, duration_s: Floats, rates: RateInterval) -> Ticks:
        """How many ticks each neuron can have made by each reading, (samples,).

        Neurons of one reading differ by the ticks that passed within it. After the last reading
        that counts, the rate says how many there can have been.
        """
        end = len(self.ticks)
        within = ticks_within(duration_s, rates)
        slack = within + within[0]
        slack[0] = 0
        passed_s = windows.latest_s[end:] - windows.earliest_s[end - 1]
        at_least_s = windows.earliest_s[end:] - windows.latest_s[end - 1]
        last = int(self.ticks[-1])
        least = last + np.clip(np.ceil(_made(at_least_s, rates.least_hz, 0.0)) - 1, 0, 1e9)
        most = last + np.floor(_made(passed_s, rates.most_hz, 1e9)) + 1
        least = np.concatenate([self.ticks - slack[:end], least - slack[end:]])
        most = np.concatenate([self.ticks + slack[:end], most + slack[end:]])
        least = np.maximum(least, 0)
        later_s = windows.latest_s[end:] - windows.earliest_s[end - 1 : -1]
        made, spread = np.diff(self.ticks), within[: end - 1] + within[1:end]
        least_between = np.concatenate([made - spread, np.zeros(len(within) - end)])
        most_between = np.concatenate(
            [made + spread, np.floor(_made(later_s, rates.most_hz, 1e9)) + 1]
        )
        whole = (least, most, np.maximum(least_between, 0), most_between)
        return Ticks((least + most) / 2, *(each.astype(np.int64) for each in whole))


def _made(passed_s: Floats, rate_hz: float, unknown: float) -> Floats:
    """Ticks in that time, 1e9 at most; `unknown` where a file keeps impossible times."""
    with np.errstate(all="ignore"):
        made = np.minimum(passed_s * rate_hz, 1e9)
    return np.where(np.isnan(made), unknown, np.maximum(made, -1e9))


def ticks_within(duration_s: Floats, rates: RateInterval) -> Integers:
    """How many ticks can have passed within each reading, (samples,)."""
    most_hz = min(rates.most_hz, 1e6)
    return np.ceil(duration_s * most_hz - 1e-9).astype(np.int64)


def counts_of(
    trajectories: Mapping[int, Sequence[Trajectory]], steps: Sequence[int]
) -> collections.Counter[Count]:
    """How many neurons count which ticks, by the readings that can be trusted.

    Args:
        trajectories: of the neurons of each channel.
        steps: what a tick adds, for each channel.
    """
    counted: collections.Counter[Count] = collections.Counter()
    for channel, several in trajectories.items():
        step = steps[channel]
        for each in several:
            if not step or each.end < 2:
                continue
            count, rest = np.divmod(each.trusted - each.trusted[0], step)
            if not rest.any() and (np.diff(count) >= 0).all():
                counted[tuple(count.tolist())] += each.neurons
    return counted


def consensus_of(
    counted: collections.Counter[Count],
    windows: Windows,
    duration_s: Floats,
    rate_hz: float | None,
    made: Integers | None = None,
) -> Consensus | None:
    """What most of them agree on, over as many readings as possible.

    Args:
        counted: how many neurons count which ticks.
        windows: in which the readings were taken.
        duration_s: of each reading, (samples,).
        rate_hz: that the clock should have; between counts of as many neurons it decides.
        made: ticks that were made one by one, (samples,); these decide as well.

    Returns:
        None where no neuron counts.
    """
    if not counted:
        return None
    counts = list(counted)
    neurons = np.array([counted[each] for each in counts])
    ends = np.array([len(each) for each in counts])
    table = np.zeros((len(counts), len(windows)), np.int64)
    for row, each in zip(table, counts, strict=True):
        row[: len(each)] = each
    best = np.argsort(-neurons * ends, kind="stable")[:_MOST_CANDIDATES]
    longest = np.argsort(-ends, kind="stable")[: _MOST_CANDIDATES // 3]
    candidates = sorted({*best.tolist(), *longest.tolist()})
    fits: dict[int, RateInterval | None] = {}
    alike: dict[int, Flags] = {}
    agreeing: dict[int, int] = {}
    for one in candidates:
        end = int(ends[one])
        rates = fits[one] = rates_that_explain(table[one, :end], windows.until(end))
        slack = np.zeros(len(windows), np.int64)
        if duration_s.any():
            within = ticks_within(duration_s, rates) if rates is not None else np.ones_like(slack)
            slack += within + within[0]
        both = np.arange(len(windows)) < np.minimum(ends, end)[:, None]
        alike[one] = ~((np.abs(table - table[one]) > slack) & both).any(axis=1)
        agreeing[one] = int(neurons[alike[one]].sum())

    def worth(one: int) -> tuple[int, int]:
        return int(ends[one]), agreeing[one]

    def is_as_expected(one: int) -> bool:
        rates = fits[one]
        if made is not None:
            return np.array_equal(table[one, : ends[one]], made[: ends[one]])
        return rate_hz is None or (
            rates is not None and rates.meets(0.98 * rate_hz, 1.02 * rate_hz)
        )

    enough = max(agreeing.values()) * _NEARLY_ALL
    rivals = [one for one in candidates if agreeing[one] >= enough]
    chosen = max(rivals, key=worth)
    # what fits the clock is preferred to what contradicts it, but not to what merely says more
    others = [one for one in rivals if not alike[chosen][one] and is_as_expected(one)]
    if others and not is_as_expected(chosen):
        chosen = max(others, key=worth)
    end, rates = int(ends[chosen]), fits[chosen]
    ticks = table[chosen, :end]
    if duration_s.any():
        together = alike[chosen] & (ends >= end)
        pooled = _median(table[together, :end], neurons[together])
        if (explained := rates_that_explain(pooled, windows.until(end))) is not None:
            ticks, rates = pooled, explained
    return Consensus(ticks, agreeing[chosen], rates)


def _median(counts: Integers, neurons: Integers) -> Integers:
    """What the middle one of the neurons counts by each reading, (readings,).

    Neurons are read at different moments of a reading, so that each counts something else, and what
    most count alike may be what does not leak. The middle of what one clock made at moments of a
    reading is what it made at one of these moments.

    Args:
        counts: that differ by what can pass within a reading, (counts, readings).
        neurons: of each count, (counts,).
    """
    order = np.argsort(counts, axis=0, kind="stable")
    up_to = np.cumsum(neurons[order], axis=0)
    middle = (2 * up_to > up_to[-1]).argmax(axis=0)
    found: Integers = np.take_along_axis(counts, order, axis=0)[middle, np.arange(counts.shape[1])]
    return found


def wide_ticks(windows: Windows, rate_hz: float | None) -> Ticks:
    """Bounds for a clock that may be off by a quarter; without a rate, none to speak of."""
    most_hz = math.inf if rate_hz is None else rate_hz * 1.25
    since_s = windows.latest_s - windows.earliest_s[0]
    between_s = windows.latest_s[1:] - windows.earliest_s[:-1]

    def most(passed_s: Floats) -> Integers:
        if math.isinf(most_hz):
            return np.full(len(passed_s), 1 << 40, np.int64)
        return np.floor(passed_s * most_hz).astype(np.int64) + 1

    expected = since_s * (0.0 if rate_hz is None else rate_hz)
    nothing = np.zeros(len(since_s), np.int64)
    return Ticks(expected, nothing, most(since_s), nothing[1:], most(between_s))
