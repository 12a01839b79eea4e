"""One layer of two runs, compared tick by tick: what differs, and where first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.runs.comparison.differing_values import ValuePairs, differing_values
from speckhal.runs.comparison.layer_comparison import ComparedReading, Divergence, LayerComparison
from speckhal.runs.comparison.tick_pairs import pairs_of
from speckhal.runs.comparison.why_unclear import steps_unclear, why_unclear

if TYPE_CHECKING:
    from speckhal.contract.reading import Trace
    from speckhal.runs.comparison.differing_values import DifferingValues
    from speckhal.runs.comparison.sides import Side
    from speckhal.runs.comparison.tick_counts import TickCounts
    from speckhal.runs.comparison.tick_pairs import TickPairs
    from speckhal.runs.comparison.tolerance import Tolerance

HISTORY: Final = 4
"""Readings that are shown before the first divergence, and after it."""


def compared_layer(
    sides: tuple[Side, Side],
    ticks: tuple[TickCounts, TickCounts],
    index: int,
    ahead: int,
    tolerance: Tolerance,
) -> LayerComparison:
    """Compare a layer that both have, in one shape.

    Args:
        sides: a and b.
        ticks: by which each reading was taken, of both.
        index: of the layer.
        ahead: how many ticks b had made more when it was read first; negative where a had.
        tolerance: how far the two may be apart.
    """
    traces = sides[0].traces[index], sides[1].traces[index]
    pairs = pairs_of(*ticks, ahead)
    unclear = steps_unclear(sides, ticks, index)
    if unclear:
        pairs = pairs.until(0)
    values = ValuePairs.of(
        (traces[0].v_mem, traces[1].v_mem),
        pairs,
        (ticks[0].steps, ticks[1].steps),
        (sides[0].layers.get(index), sides[1].layers.get(index)),
        tolerance,
        ticks,
    )
    differing = differing_values(values)
    cores = sides[0].core(index), sides[1].core(index)
    reason = ""
    divergence = None
    open_from = differing.open_from
    if differing.first is not None:
        open_from = _open_from(differing, pairs, traces, ticks, differing.first[0])
        divergence = _divergence(traces, cores, values, *differing.first)
        divergence = attrs.evolve(divergence, open_from=open_from)
    else:
        reason = unclear or why_unclear(index, ticks, pairs, differing)
    answer = Answer.AGREES
    if divergence is not None:
        answer = Answer.DISAGREES
    elif reason:
        answer = Answer.CANNOT_TELL
    shape = traces[0].shape
    return LayerComparison(
        index,
        cores,
        shape,
        answer,
        reason,
        (len(traces[0]), len(traces[1])),
        (len(np.unique(pairs.a)), len(np.unique(pairs.b))),
        pairs,
        differing.largest.reshape(shape),
        differing.counts.reshape(shape),
        divergence,
        open_from,
    )


def _open_from(
    differing: DifferingValues,
    pairs: TickPairs,
    traces: tuple[Trace, Trace],
    ticks: tuple[TickCounts, TickCounts],
    first: int,
) -> int | None:
    """The first tick before the first pair that differs at which a neuron may be apart already.

    A neuron may also be apart in a reading whose tick is not known, and in one after which a clock
    may already have lost the tick that shows there.
    """
    tick = int(pairs.ticks[first])
    earliest = tick if differing.open_from is None else differing.open_from
    before = int(pairs.ticks[pairs.ticks < tick].max(initial=0))
    for trace, one, reading in zip(traces, ticks, (pairs.a[first], pairs.b[first]), strict=True):
        if not one.known[:reading].all():
            earliest = min(earliest, before + 1)
        if one.lost is not None and trace.time_s[reading] <= one.lost.time_s[1]:
            sure = np.flatnonzero(one.known & (trace.time_s <= one.lost.time_s[0]))
            earliest = min(earliest, int(one.ticks[sure].max(initial=0)) + 1)
    return earliest if earliest < tick else None


def _divergence(
    traces: tuple[Trace, Trace],
    cores: tuple[int | None, int | None],
    values: ValuePairs,
    pair: int,
    neuron: int,
) -> Divergence:
    pairs = values.pairs
    around = range(max(pair - HISTORY, 0), min(pair + HISTORY + 1, len(pairs)))
    torn = values.of_rows(slice(around.start, around.stop), np.array([neuron]))[2][:, 0]
    channel, y, x = (int(one) for one in np.unravel_index(neuron, traces[0].shape))

    def reading(number: int) -> ComparedReading:
        at = int(pairs.a[number]), int(pairs.b[number])
        return ComparedReading(
            int(pairs.ticks[number]),
            (float(traces[0].time_s[at[0]]), float(traces[1].time_s[at[1]])),
            (
                int(traces[0].v_mem[at[0], channel, y, x]),
                int(traces[1].v_mem[at[1], channel, y, x]),
            ),
            bool(torn[number - around.start]),
        )

    here = reading(pair)
    return Divergence(
        traces[0].layer,
        cores,
        here.tick,
        here.time_s,
        channel,
        y,
        x,
        here.values,
        tuple(sorted(map(reading, around), key=lambda one: (one.tick, one.time_s))),
    )
