"""What the readings of one layer show, before anything is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.channel_trace import ChannelTrace
from speckhal.leak.clock_polygon import RateInterval, Windows, rates_that_explain
from speckhal.leak.inferred_layer import inferred_layer, trajectories_without_limits
from speckhal.leak.lost_ticks import tick_jump
from speckhal.leak.step_inference import Ticks, likeliest_step, steps_that_explain
from speckhal.leak.tick_consensus import consensus_of, counts_of, wide_ticks

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.channel_trace import Trajectory
    from speckhal.leak.lost_ticks import TickJump
    from speckhal.leak.step_inference import Integers
    from speckhal.leak.tick_consensus import Consensus

RATE_TOLERANCE = 0.01
"""Relative error of a clock that passes. One that is off by `RATE_FAULT` never does."""

_FEW = 0.2
_ANY_RATE = RateInterval(0.0, np.inf)


@attrs.frozen(eq=False)
class ChannelEvidence:
    """What the neurons of one channel did at the ticks that the layer made.

    Attributes:
        channel: which.
        step: what a tick should add.
        steps: each that explains every neuron that shows one; None where no neuron does.
        showing: neurons that moved by `step` alone.
        odd: neurons that no number of ticks explains.
        silent: neurons that show nothing: at the floor, or about to fire, from the start.
        likeliest: what a tick added to those that are odd.
        stopped_at: where one stopped above the floor while the others moved on; None where none.
        first_odd: where an odd neuron is, (y, x), and the reading before which it went wrong.
        below: the lowest value below `threshold_low` that a neuron came to; None where none did.
        floored: neurons that came to `threshold_low`.
    """

    channel: int
    step: int
    steps: frozenset[int] | None
    showing: int
    odd: int
    silent: int
    likeliest: int | None = None
    stopped_at: int | None = None
    first_odd: tuple[int, int, int] | None = None
    below: int | None = None
    floored: int = 0

    @property
    def is_wrong(self) -> bool:
        """Whether most of its neurons are odd, so that the channel is."""
        return self.odd > self.showing


@attrs.frozen(eq=False)
class LayerEvidence:
    """What the readings of a layer show.

    Attributes:
        trace: the readings that count.
        layer: as deployed, or as the readings show it where nobody knows.
        is_expected: whether `layer` is what the chip should do.
        windows: in which the readings were taken.
        consensus: ticks that most neurons count; None where none counts.
        is_inferred: whether the neurons count by steps of their own, since by those that were
            deployed they cannot.
        jump: the tick that was lost or too many; None where there is none, or more than one.
        rates: of the clock; None where no fixed rate explains the readings.
        odd_readings: numbers of readings that most neurons cannot explain.
        channels: of all channels.
    """

    trace: Trace
    layer: DeployedLayer
    is_expected: bool
    windows: Windows
    consensus: Consensus | None
    is_inferred: bool
    jump: TickJump | None
    rates: RateInterval | None
    odd_readings: tuple[int, ...]
    channels: tuple[ChannelEvidence, ...]

    @property
    def rate_hz(self) -> int | None:
        """That the clock should have; None where it was stepped, or nobody knows."""
        return self.layer.rate_hz if self.trace.ticks is None else None


def gather(trace: Trace, layer: DeployedLayer | None, jitter_s: float) -> LayerEvidence:
    """Find what the readings of a layer show.

    Args:
        trace: at least two readings.
        layer: as it was deployed; None where nobody knows.
        jitter_s: how far the moments of requests may be off.
    """
    assumed = inferred_layer(trace) if layer is None else layer
    windows = Windows.of(trace, jitter_s)
    trajectories = _trajectories(trace, assumed, windows, without_limits=layer is None)
    odd = _odd_readings(trajectories, assumed, len(trace))
    if odd:
        rest = _without(trace, odd)
        found = gather(rest, layer, jitter_s)
        return attrs.evolve(found, odd_readings=odd)
    rate_hz = assumed.rate_hz if trace.ticks is None else None
    made = None if trace.ticks is None else trace.ticks - trace.ticks[0]
    counted = counts_of(trajectories, assumed.biases.tolist())
    consensus = consensus_of(counted, windows, trace.duration_s, rate_hz, made)
    countable = sum(
        each.neurons
        for channel, several in trajectories.items()
        for each in several
        if each.end > 1 and assumed.biases[channel]
    )
    is_inferred = False
    if layer is not None and countable and (consensus is None or 2 * consensus.neurons < countable):
        shown = inferred_layer(trace)
        by_themselves = counts_of(trajectories, shown.biases.tolist())
        other = consensus_of(by_themselves, windows, trace.duration_s, rate_hz, made)
        if other is not None and (consensus is None or other.neurons > consensus.neurons):
            consensus, is_inferred = other, True
    jump, rates = None, None if consensus is None else consensus.rates
    is_fixed = trace.ticks is None and (layer is None or rate_hz is not None)
    if consensus is not None and rates is None and is_fixed:
        end = len(consensus.ticks)
        near = (0.0, np.inf) if rate_hz is None else _near(rate_hz)
        jump = tick_jump(
            consensus.ticks, windows.until(end), least_hz=near[0], most_hz=near[1]
        ) or tick_jump(consensus.ticks, windows.until(end))
        rates = None if jump is None else jump.rates
        one = None if jump is not None else _odd_one(consensus.ticks, windows.until(end))
        if one is not None:
            found = gather(_without(trace, (one,)), layer, jitter_s)
            return attrs.evolve(found, odd_readings=(one,))
    if made is not None:
        ticks = Ticks.counted(trace.ticks)  # type: ignore[arg-type] # as `made` says
        if consensus is not None and not np.array_equal(
            consensus.ticks, made[: len(consensus.ticks)]
        ):
            ticks = consensus.bounds(windows, np.zeros(len(trace)), _ANY_RATE)
    elif consensus is not None:
        ticks = consensus.bounds(windows, trace.duration_s, rates or _ANY_RATE)
    elif rate_hz is not None:
        ticks = Ticks.of_a_clock(
            attrs.evolve(
                trace, time_s=windows.earliest_s, duration_s=windows.latest_s - windows.earliest_s
            ),
            rate_hz,
        )
    else:
        ticks = wide_ticks(windows, None)
    channels = tuple(
        _channel(ChannelTrace(trace, assumed, ticks, channel), several)
        for channel, several in trajectories.items()
    )
    return LayerEvidence(
        trace,
        assumed,
        layer is not None,
        windows,
        consensus,
        is_inferred,
        jump,
        rates,
        (),
        channels,
    )


def _near(rate_hz: float) -> tuple[float, float]:
    return rate_hz * (1 - RATE_TOLERANCE), rate_hz * (1 + RATE_TOLERANCE)


def _trajectories(
    trace: Trace, layer: DeployedLayer, windows: Windows, *, without_limits: bool
) -> dict[int, list[Trajectory]]:
    """Of each channel, each distinct way in which its neurons moved."""
    channels = range(trace.shape[0])
    if without_limits:
        return {one: trajectories_without_limits(trace, one) for one in channels}
    ticks = (
        wide_ticks(windows, layer.rate_hz) if trace.ticks is None else Ticks.counted(trace.ticks)
    )
    return {one: list(ChannelTrace(trace, layer, ticks, one).trajectories()) for one in channels}


def _odd_readings(
    trajectories: dict[int, list[Trajectory]], layer: DeployedLayer, samples: int
) -> tuple[int, ...]:
    """Readings, not many, in which most neurons are no whole number of steps from their start."""
    odd, seen = np.zeros(samples), np.zeros(samples)
    for channel, several in trajectories.items():
        step = int(layer.biases[channel])
        if not step:
            continue
        for each in several:
            moved = each.trusted - each.v_mem[0] if each.end else each.trusted
            odd[: each.end] += each.neurons * (moved % step != 0)
            seen[: each.end] += each.neurons
    found = np.flatnonzero(2 * odd > seen)
    if not found.size:
        return ()
    if len(found) <= _FEW * samples:
        return tuple(found.tolist())
    # if it is the first that is odd, all others seem to be; without it they must not
    behind = {
        channel: [
            attrs.evolve(each, v_mem=each.v_mem[1:], end=max(each.end - 1, 0)) for each in several
        ]
        for channel, several in trajectories.items()
    }
    if len(found) < samples - 1 or samples < 4:
        return ()
    return () if _any_odd(behind, layer) else (0,)


def _any_odd(trajectories: dict[int, list[Trajectory]], layer: DeployedLayer) -> bool:
    return any(
        bool(((each.trusted - each.v_mem[0]) % int(layer.biases[channel])).any())
        for channel, several in trajectories.items()
        if layer.biases[channel]
        for each in several
        if each.end
    )


def _odd_one(ticks: Integers, windows: Windows) -> int | None:
    """The one reading, not the last, without which a clock explains all others."""
    for one in range(1, len(ticks) - 1):
        rest = np.delete(np.arange(len(ticks)), one)
        if (np.diff(ticks[rest]) < 0).any():
            continue
        left = Windows(windows.earliest_s[rest], windows.latest_s[rest], windows.jitter_s)
        if rates_that_explain(ticks[rest], left) is not None:
            return one
    return None


def _without(trace: Trace, odd: tuple[int, ...]) -> Trace:
    """The trace without some of its readings."""
    rest = np.delete(np.arange(len(trace)), odd)
    return attrs.evolve(
        trace,
        time_s=trace.time_s[rest],
        v_mem=trace.v_mem[rest],
        duration_s=trace.duration_s[rest],
        ticks=None if trace.ticks is None else trace.ticks[rest],
    )


def _channel(read: ChannelTrace, trajectories: list[Trajectory]) -> ChannelEvidence:
    """What the neurons of a channel did at those ticks."""
    step, low = read.step, read.threshold_low
    common: frozenset[int] | None = None
    showing = silent = wrong = 0
    worst: Trajectory | None = None
    stopped_at = None
    for each in trajectories:
        ticks = read.ticks.until(each.end)
        steps = steps_that_explain(each.trusted, ticks) if each.end > 1 else None
        if steps is None:
            silent += each.neurons
        elif step in steps:
            showing += each.neurons
            common = steps if common is None else common & steps
        else:
            wrong += each.neurons
            worst = each if worst is None or each.neurons > worst.neurons else worst
            stop = read.stopped_above(each.trusted)
            stopped_at = int(each.trusted[stop]) if stop is not None else stopped_at
    breaches = read.breaches()
    odd_neurons = breaches.any(axis=0)
    odd = max(wrong, int(odd_neurons.sum()))
    first_odd = None
    if odd_neurons.any():
        neuron = int(odd_neurons.argmax())
        y, x = divmod(neuron, read.trace.shape[2])
        first_odd = (y, x, int(breaches[:, neuron].argmax()) + 1)
    under = (read.v_mem < low) & (read.v_mem[0] >= low)
    likeliest = None
    if worst is not None:
        likeliest, _ = likeliest_step(worst.trusted, read.ticks.until(worst.end))
    return ChannelEvidence(
        read.channel,
        step,
        common,
        showing,
        odd,
        silent,
        likeliest,
        stopped_at,
        first_odd,
        int(read.v_mem[under].min()) if under.any() else None,
        int((read.v_mem == low).any(axis=0).sum()),
    )
