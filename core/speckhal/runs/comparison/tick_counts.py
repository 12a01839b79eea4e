"""By which tick each reading of a run was taken: as counted, or as its neurons show.

A stepped clock counts. Under one that runs by itself the neurons do: what most of them count are
the ticks, and a clock of a fixed rate that explains these bounds the ticks of all other readings,
such as those after every neuron came to its floor. A tick that the clock lost is counted all the
same, so that two boards part where one lost it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from speckhal.leak.step_inference import Ticks
from speckhal.leak.trace_check import flaw_of
from speckhal.leak.verification.clock_polygon import Windows
from speckhal.leak.verification.tick_consensus import ticks_within
from speckhal.runs.comparison.fixed_clock import TickBounds, one_clock
from speckhal.runs.comparison.ordered_ticks import in_order
from speckhal.runs.comparison.shown_ticks import shown_ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Integers
    from speckhal.leak.verification.clock_polygon import RateInterval
    from speckhal.runs.comparison.fixed_clock import FixedClock
    from speckhal.runs.comparison.shown_ticks import LostTick, ShownTicks

STEP_INSTEAD: Final = "Step the clock instead (--ticks N, or run_leak(device, ticks=N))."


@attrs.frozen(eq=False)
class TickCounts:
    """By which tick each reading of a layer was taken.

    Attributes:
        ticks: since the first reading, (samples,).
        known: whether anything says so, (samples,).
        least: how many there have been at least, (samples,).
        slack: how many more there may have been, or may have come while it was read, (samples,).
        steps: what a tick adds, for each channel, (channels,).
        rates: of a clock that explains the readings; None where it was stepped, or none does.
        average: ticks per second from the first reading to the last that counts, at least and at
            most; None where it was stepped, or nothing counts.
        problem: why no tick is counted, and what would do, as sentences; empty where they are.
        irregular_s: when the first reading was taken that no clock of a fixed rate explains; None
            where one explains all.
        lost: the tick that the clock lost, or made too many; None where it shows none.
        shown: what the neurons show of the clock; None where it was stepped, or they show nothing.
    """

    ticks: Integers
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]
    least: Integers
    slack: Integers
    steps: Integers
    rates: RateInterval | None = None
    average: RateInterval | None = None
    problem: str = ""
    irregular_s: float | None = None
    lost: LostTick | None = None
    shown: ShownTicks | None = None


def count_ticks(
    traces: Sequence[Trace],
    layers: Sequence[DeployedLayer | None],
    jitter_s: float,
    *,
    counts_lost: bool = True,
) -> list[TickCounts]:
    """The ticks of all readings of a run, layer by layer.

    Args:
        traces: of one run, which one clock made.
        layers: as they were deployed, one for each trace; None where nobody knows.
        jitter_s: how far the moments of requests may be off.
        counts_lost: whether a tick that the clock lost counts all the same.
    """
    pairs = list(zip(traces, layers, strict=True))
    shown = [shown_ticks(trace, layer, jitter_s, counts_lost=counts_lost) for trace, layer in pairs]
    together = one_clock([one for one in shown if one is not None and one.is_fixed])
    counts = []
    for (trace, layer), one in zip(pairs, shown, strict=True):
        if trace.ticks is not None:
            counts.append(_stepped(trace, layer))
        elif len(trace) and flaw_of(trace) is None:
            clock = together
            if clock is None and one is not None and one.is_fixed:
                clock = one_clock([one])
            counts.append(_running(trace, layer, one, clock, jitter_s))
        else:
            counts.append(_unknown(trace, layer, "it has no readings that can be used"))
    return counts


def _stepped(trace: Trace, layer: DeployedLayer | None) -> TickCounts:
    ticks = np.asarray(trace.ticks, np.int64)
    steps = np.zeros(trace.shape[0], np.int64) if layer is None else layer.biases.astype(np.int64)
    known, slack = np.ones(len(ticks), np.bool_), np.zeros(len(ticks), np.int64)
    return TickCounts(ticks, known, ticks, slack, steps)


def _unknown(trace: Trace, layer: DeployedLayer | None, why: str) -> TickCounts:
    nothing = np.zeros(len(trace), np.int64)
    steps = np.zeros(trace.shape[0], np.int64) if layer is None else layer.biases.astype(np.int64)
    known = nothing.astype(np.bool_)
    known[:1] = True  # the first is of tick 0, whatever comes
    return TickCounts(nothing, known, nothing, nothing, steps, problem=why)


def _running(
    trace: Trace,
    layer: DeployedLayer | None,
    shown: ShownTicks | None,
    clock: FixedClock | None,
    jitter_s: float,
) -> TickCounts:
    """Under a clock that ran by itself."""
    rate_hz = None if layer is None else layer.rate_hz
    bounds = None if clock is None else clock.bounds(Windows.of(trace, jitter_s), rate_hz)
    problem = ""
    if bounds is None and shown is None:
        problem = _why_not(trace, layer)
        bounds = _by_the_rate(trace, rate_hz, jitter_s)
        if bounds is None:
            return _unknown(trace, layer, problem)
    if bounds is None:
        ticks = np.zeros(len(trace), np.int64)
        known, least, slack = ticks.astype(np.bool_), ticks.copy(), ticks.copy()
    else:
        ticks, known = bounds.likely.copy(), np.ones(len(trace), np.bool_)
        least, slack = bounds.least, bounds.most - bounds.least
    steps = np.zeros(trace.shape[0], np.int64) if layer is None else layer.biases.astype(np.int64)
    average = irregular_s = lost = None
    if shown is not None:
        if bounds is not None:
            ticks, least, slack = in_order(bounds, shown)
        else:
            ticks[shown.readings], known[shown.readings] = shown.ticks, True
            slack[shown.readings] = ticks_within(trace.duration_s, shown.average)[shown.readings]
            least = ticks - slack
        # all neurons of a reading that took no time are of one tick
        at_once = shown.readings[trace.duration_s[shown.readings] == 0]
        least[at_once], slack[at_once] = ticks[at_once], 0
        steps = shown.evidence.layer.biases.astype(np.int64)
        average, lost = shown.average, shown.lost
        has_lost = shown.evidence.jump is not None
        if clock is None and not has_lost and (layer is None or rate_hz is not None):
            irregular_s = shown.irregular_s
    ticks[0], least[0], slack[0], known[0] = 0, 0, 0, True
    rates = None if clock is None else clock.rates
    return TickCounts(
        ticks, known, least, slack, steps, rates, average, problem, irregular_s, lost, shown
    )


def _by_the_rate(trace: Trace, rate_hz: int | None, jitter_s: float) -> TickBounds | None:
    """As many ticks as a clock of that rate makes; None where none is known, or time stood."""
    if rate_hz is None or len(trace) < 2 or not (np.diff(trace.time_s) > 0).all():
        return None
    ticks = Ticks.of_a_clock(trace, rate_hz)
    within = int(np.ceil(2 * jitter_s * rate_hz))  # of the first reading and of another
    likely = np.floor(ticks.expected).astype(np.int64)
    return TickBounds(np.maximum(ticks.least - within, 0), ticks.most + within, likely)


def _why_not(trace: Trace, layer: DeployedLayer | None) -> str:
    if len(trace) < 2:
        return f"it has {len(trace)} reading. Measure for longer"
    if not (np.diff(trace.time_s) > 0).all():
        return f"the times of its readings do not grow. {STEP_INSTEAD.rstrip('.')}"
    if layer is not None and not layer.biases.any():
        return f"no channel has a bias other than 0. {STEP_INSTEAD.rstrip('.')}"
    said = "no neuron shows a tick: start away from the floor and the threshold, watch for longer"
    return f"{said}, or step the clock (--ticks N)"
