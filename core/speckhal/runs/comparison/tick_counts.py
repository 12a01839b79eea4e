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

from speckhal.leak.clock_polygon import RateInterval, Windows, phases_at, rates_that_explain
from speckhal.leak.evidence_gathering import gather
from speckhal.leak.step_inference import CLOCK_TOLERANCE, Ticks
from speckhal.leak.trace_check import flaw_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.step_inference import Floats, Integers
    from speckhal.leak.verification_evidence import LayerEvidence

_RATES_TRIED: Final = 33
_ROUNDING: Final = 1e-9

STEP_INSTEAD: Final = "Step the clock instead (--ticks N, or run_leak(device, ticks=N))."


@attrs.frozen
class LostTick:
    """A tick that a clock lost, or made too many.

    Attributes:
        is_extra: whether it is too many.
        tick: of the first reading that is surely after it.
        time_s: of the last reading that is surely before it, and of that one.
    """

    is_extra: bool
    tick: int
    time_s: tuple[float, float]

    def __str__(self) -> str:
        """What the clock did, as the end of a sentence."""
        done = "made a tick too many" if self.is_extra else "lost a tick"
        return f"{done} between {self.time_s[0]:.3f} s and {self.time_s[1]:.3f} s"


@attrs.frozen(eq=False)
class TickCounts:
    """By which tick each reading of a layer was taken.

    Attributes:
        ticks: since the first reading, (samples,).
        known: whether anything says so, (samples,).
        slack: how many more there may have been, or may have come while it was read, (samples,).
        steps: what a tick adds, for each channel, (channels,).
        rates: of a clock that explains the readings; None where it was stepped, or none does.
        average: ticks per second from the first reading to the last that counts, at least and at
            most; None where it was stepped, or nothing counts.
        problem: why no tick is counted, and what would do, as sentences; empty where they are.
        irregular_s: when the first reading was taken that no clock of a fixed rate explains; None
            where one explains all.
        lost: the tick that the clock lost, or made too many; None where it shows none.
    """

    ticks: Integers
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]
    slack: Integers
    steps: Integers
    rates: RateInterval | None = None
    average: RateInterval | None = None
    problem: str = ""
    irregular_s: float | None = None
    lost: LostTick | None = None


@attrs.frozen(eq=False)
class _Shown:
    """What the neurons of one layer show of the clock.

    Attributes:
        ticks: that they count, (readings that count,); as the clock made them where one was lost.
        readings: numbers of these readings, (readings that count,).
        windows: of them.
        evidence: that they are of.
        lost: as that of `TickCounts`.
        is_fixed: whether a clock of a fixed rate makes these ticks, and should.
    """

    ticks: Integers
    readings: Integers
    windows: Windows
    evidence: LayerEvidence
    lost: LostTick | None
    is_fixed: bool


def count_ticks(
    traces: Sequence[Trace], layers: Sequence[DeployedLayer | None], jitter_s: float
) -> list[TickCounts]:
    """The ticks of all readings of a run, layer by layer.

    Args:
        traces: of one run, which one clock made.
        layers: as they were deployed, one for each trace; None where nobody knows.
        jitter_s: how far the moments of requests may be off.
    """
    pairs = list(zip(traces, layers, strict=True))
    shown = [_shown(trace, layer, jitter_s) for trace, layer in pairs]
    together = _one_clock([one for one in shown if one is not None and one.is_fixed])
    counts = []
    for (trace, layer), one in zip(pairs, shown, strict=True):
        if trace.ticks is not None:
            counts.append(_stepped(trace, layer))
        elif len(trace) and flaw_of(trace) is None:
            clock = together
            if clock is None and one is not None and one.is_fixed:
                clock = _one_clock([one])
            counts.append(_running(trace, layer, one, clock, jitter_s))
        else:
            counts.append(_unknown(trace, layer, "it has no readings that can be used"))
    return counts


def _stepped(trace: Trace, layer: DeployedLayer | None) -> TickCounts:
    ticks = np.asarray(trace.ticks, np.int64)
    steps = np.zeros(trace.shape[0], np.int64) if layer is None else layer.biases.astype(np.int64)
    return TickCounts(ticks, np.ones(len(ticks), np.bool_), np.zeros(len(ticks), np.int64), steps)


def _unknown(trace: Trace, layer: DeployedLayer | None, why: str) -> TickCounts:
    nothing = np.zeros(len(trace), np.int64)
    steps = np.zeros(trace.shape[0], np.int64) if layer is None else layer.biases.astype(np.int64)
    known = nothing.astype(np.bool_)
    known[:1] = True  # the first is of tick 0, whatever comes
    return TickCounts(nothing, known, nothing, steps, problem=why)


def _shown(trace: Trace, layer: DeployedLayer | None, jitter_s: float) -> _Shown | None:
    """What the neurons show; None where they show nothing, or the clock was stepped."""
    if (
        trace.ticks is not None
        or len(trace) < 2
        or flaw_of(trace) is not None
        or not np.isfinite(trace.time_s).all()
        or not (np.diff(trace.time_s) > 0).all()
    ):
        return None
    evidence = gather(trace, layer, jitter_s)
    consensus = evidence.consensus
    if consensus is None or not consensus.ticks.any():
        return None
    kept = np.flatnonzero(np.isin(trace.time_s, evidence.trace.time_s))
    ticks, count = consensus.ticks.copy(), len(consensus.ticks)
    readings, lost = np.arange(count), None
    jump = evidence.jump
    if jump is not None:
        # the clock should have made it, and between these readings nothing says when
        ticks[jump.until :] -= jump.ticks
        readings = np.concatenate(
            [np.arange(min(jump.after + 1, count)), np.arange(min(jump.until, count), count)]
        )
        times_s = evidence.trace.time_s
        until = min(jump.until, count - 1)
        lost = LostTick(
            jump.ticks > 0,
            int(ticks[until]),
            (float(times_s[jump.after]), float(times_s[min(jump.until, len(times_s) - 1)])),
        )
    windows = evidence.windows
    return _Shown(
        ticks[readings],
        kept[readings],
        Windows(windows.earliest_s[readings], windows.latest_s[readings], jitter_s),
        evidence,
        lost,
        is_fixed=rates_that_explain(
            ticks[readings],
            Windows(windows.earliest_s[readings], windows.latest_s[readings], jitter_s),
        )
        is not None
        and (layer is None or layer.rate_hz is not None),
    )


@attrs.frozen(eq=False)
class _FixedClock:
    """A clock of a fixed rate, as far as readings bound it."""

    ticks: Integers
    windows: Windows
    rates: RateInterval

    def bounds(self, windows: Windows, rate_hz: int | None) -> tuple[Integers, Integers] | None:
        """The fewest and the most ticks by each reading; None where nothing bounds them."""
        least_hz, most_hz = self.rates.least_hz, self.rates.most_hz
        if rate_hz is not None:
            near = rate_hz * (1 - CLOCK_TOLERANCE), rate_hz * (1 + CLOCK_TOLERANCE)
            if self.rates.meets(*near):
                least_hz, most_hz = max(least_hz, near[0]), min(most_hz, near[1])
        if not np.isfinite(most_hz):
            return None
        least = np.full(len(windows), np.inf)
        most = np.full(len(windows), -np.inf)
        for tried in np.linspace(least_hz, most_hz, _RATES_TRIED).tolist():
            low, high = phases_at(tried, self.ticks, self.windows)
            if low > high + _ROUNDING:
                continue
            least = np.minimum(least, low + tried * windows.earliest_s)
            most = np.maximum(most, high + tried * windows.latest_s)
        if not np.isfinite(least).all():
            return None
        return (
            np.maximum(np.floor(least + _ROUNDING), 0).astype(np.int64),
            np.maximum(np.floor(most - _ROUNDING), 0).astype(np.int64),
        )


def _one_clock(shown: Sequence[_Shown]) -> _FixedClock | None:
    """The clock that explains the ticks of all layers of a run."""
    if not shown:
        return None
    windows = Windows(
        np.concatenate([one.windows.earliest_s for one in shown]),
        np.concatenate([one.windows.latest_s for one in shown]),
        shown[0].windows.jitter_s,
    )
    ticks = np.concatenate([one.ticks for one in shown])
    rates = rates_that_explain(ticks, windows)
    return None if rates is None else _FixedClock(ticks, windows, rates)


def _running(
    trace: Trace,
    layer: DeployedLayer | None,
    shown: _Shown | None,
    clock: _FixedClock | None,
    jitter_s: float,
) -> TickCounts:
    """Under a clock that ran by itself."""
    rate_hz = None if layer is None else layer.rate_hz
    bounds = None if clock is None else clock.bounds(Windows.of(trace, jitter_s), rate_hz)
    problem = ""
    if bounds is None and shown is None:
        problem = _why_not(trace, layer)
        bounds = _by_the_rate(trace, rate_hz)
        if bounds is None:
            return _unknown(trace, layer, problem)
    if bounds is None:
        ticks = np.zeros(len(trace), np.int64)
        known, slack = ticks.astype(np.bool_), ticks.copy()
    else:
        ticks, known = bounds[0].copy(), np.ones(len(trace), np.bool_)
        slack = bounds[1] - bounds[0]
    steps = np.zeros(trace.shape[0], np.int64) if layer is None else layer.biases.astype(np.int64)
    average = irregular_s = lost = None
    if shown is not None:
        ticks[shown.readings], known[shown.readings] = shown.ticks, True
        # all neurons of a reading that took no time are of one tick
        slack[shown.readings] *= trace.duration_s[shown.readings] > 0
        steps = shown.evidence.layer.biases.astype(np.int64)
        average, lost = _average(shown), shown.lost
        if clock is None and (layer is None or rate_hz is not None):
            irregular_s = _first_irregular_s(shown)
    ticks[0], slack[0], known[0] = 0, 0, True
    rates = None if clock is None else clock.rates
    return TickCounts(ticks, known, slack, steps, rates, average, problem, irregular_s, lost)


def _by_the_rate(trace: Trace, rate_hz: int | None) -> tuple[Integers, Integers] | None:
    """As many ticks as a clock of that rate makes; None where none is known, or time stood."""
    if rate_hz is None or len(trace) < 2 or not (np.diff(trace.time_s) > 0).all():
        return None
    ticks = Ticks.of_a_clock(trace, rate_hz)
    return ticks.least, ticks.most


def _why_not(trace: Trace, layer: DeployedLayer | None) -> str:
    if len(trace) < 2:
        return f"it has {len(trace)} reading. Measure for longer"
    if not (np.diff(trace.time_s) > 0).all():
        return f"the time of its readings does not pass. {STEP_INSTEAD.rstrip('.')}"
    if layer is not None and not layer.biases.any():
        return f"no channel has a bias other than 0. {STEP_INSTEAD.rstrip('.')}"
    said = "no neuron shows a tick: start away from the floor and the threshold, watch for longer"
    return f"{said}, or step the clock (--ticks N)"


def _average(shown: _Shown) -> RateInterval:
    """Between which rates the clock ran on average, whether its rate was fixed or not."""
    made, windows = int(shown.ticks[-1] - shown.ticks[0]), shown.windows
    longest_s = float(windows.latest_s[-1] - windows.earliest_s[0])
    shortest_s: Floats = windows.earliest_s[-1] - windows.latest_s[0]
    most = (made + 1) / float(shortest_s) if shortest_s > 0 else np.inf
    return RateInterval(max(made - 1, 0) / longest_s, most)


def _first_irregular_s(shown: _Shown) -> float:
    """When the first reading was taken that no clock of a fixed rate explains any more."""
    good, bad = 1, len(shown.ticks) + 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if rates_that_explain(shown.ticks[:middle], shown.windows.until(middle)) is None:
            bad = middle
        else:
            good = middle
    return float(shown.windows.earliest_s[min(good, len(shown.ticks) - 1)] + shown.windows.jitter_s)
