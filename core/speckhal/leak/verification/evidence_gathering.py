"""Finds what the readings of one layer show: its ticks, its clock, and what each channel did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.leak.channel_problems import ChannelProblems
from speckhal.leak.channel_trace import ChannelTrace
from speckhal.leak.explained_neurons import ExplainedNeurons
from speckhal.leak.step_inference import Ticks, likeliest_step
from speckhal.leak.trace_check import stood_still
from speckhal.leak.verification.clock_polygon import RateInterval, Windows
from speckhal.leak.verification.evidence import ChannelEvidence, LayerEvidence, near
from speckhal.leak.verification.inferred_layer import inferred_layer, trajectories_without_limits
from speckhal.leak.verification.lost_ticks import tick_jump
from speckhal.leak.verification.odd_readings import odd_one, odd_readings, without
from speckhal.leak.verification.tick_consensus import consensus_of, counts_of, wide_ticks

if TYPE_CHECKING:
    from speckhal.contract.deployment import DeployedLayer
    from speckhal.contract.reading import Trace
    from speckhal.leak.channel_trace import Trajectory
    from speckhal.leak.verification.lost_ticks import TickJump
    from speckhal.leak.verification.tick_consensus import Consensus

_ANY_RATE = RateInterval(0.0, np.inf)


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
    odd = odd_readings(trajectories, assumed, len(trace))
    if odd:
        return _gather_without(odd, trace, layer, jitter_s)
    still = stood_still(trace) if trace.ticks is None else None
    rate_hz = assumed.rate_hz if trace.ticks is None and still is None else None
    made = None if trace.ticks is None else trace.ticks - trace.ticks[0]
    counted = counts_of(trajectories, assumed.biases.tolist())
    consensus = consensus_of(counted, windows, trace.duration_s, rate_hz, made)
    countable = sum(
        each.neurons
        for channel, several in trajectories.items()
        for each in several
        if each.end > 1 and assumed.biases[channel]
    )
    is_inferred, either = False, None
    if layer is not None and countable and _is_doubtful(consensus, countable, rate_hz):
        shown = inferred_layer(trace)
        by_themselves = counts_of(trajectories, shown.biases.tolist())
        other = consensus_of(by_themselves, windows, trace.duration_s, rate_hz, made)
        if other is not None and _explains_more(other, consensus, rate_hz):
            either = _one_tick_off(consensus, other, windows, rate_hz)
            if either is None:
                consensus, is_inferred = other, True
    jump, rates = None, None if consensus is None else consensus.rates
    is_fixed = still is None and made is None and (layer is None or rate_hz is not None)
    if consensus is not None and rates is None and is_fixed and either is None:
        end = len(consensus.ticks)
        band = (0.0, np.inf) if rate_hz is None else near(rate_hz)
        jump = tick_jump(consensus.ticks, windows.until(end), least_hz=band[0], most_hz=band[1])
        rates = None if jump is None else jump.rates
        one = None if jump is not None else odd_one(consensus.ticks, windows.until(end))
        if one is not None:
            found = _gather_without((one,), trace, layer, jitter_s)
            return attrs.evolve(found, has_unfit_ticks=True)
    ticks = _ticks_made(trace, windows, consensus, either.rates if either else rates, rate_hz)
    is_other = rates is not None and rate_hz is not None and not rates.meets(*near(rate_hz))
    if layer is not None and not is_inferred and (jump or either or is_other):
        # more ticks than the clock should have made may have made more neurons fire
        trajectories = {
            one: list(ChannelTrace(trace, layer, ticks, one).trajectories()) for one in trajectories
        }
    channels = tuple(
        _channel(ChannelTrace(trace, assumed, ticks, channel), several, consensus)
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
        stood_still=still,
        either=either,
    )


def _gather_without(
    odd: tuple[int, ...], trace: Trace, layer: DeployedLayer | None, jitter_s: float
) -> LayerEvidence:
    """What the other readings show, with the numbers that the odd ones have in the whole trace."""
    found = gather(without(trace, odd), layer, jitter_s)
    rest = np.delete(np.arange(len(trace)), odd)
    more = rest[list(found.odd_readings)].tolist()
    return attrs.evolve(found, odd_readings=tuple(sorted([*odd, *more])))


def _is_doubtful(consensus: Consensus | None, countable: int, rate_hz: int | None) -> bool:
    """Whether other steps than the deployed ones may explain the readings better."""
    if consensus is None or 2 * consensus.neurons < countable:
        return True
    return rate_hz is not None and consensus.rates is None


def _explains_more(other: Consensus, one: Consensus | None, rate_hz: int | None) -> bool:
    """Whether other steps explain more neurons, or these by a clock of the right rate."""
    if one is None or other.neurons > one.neurons:
        return True
    if rate_hz is None or other.neurons < one.neurons:
        return False
    return other.rates is not None and other.rates.meets(*near(rate_hz))


def _one_tick_off(
    one: Consensus | None, other: Consensus, windows: Windows, rate_hz: int | None
) -> TickJump | None:
    """The one tick that explains the steps as deployed as well as other steps do without it."""
    if one is None or rate_hz is None or other.neurons > one.neurons or one.rates is not None:
        return None
    least_hz, most_hz = near(rate_hz)
    end = len(one.ticks)
    return tick_jump(one.ticks, windows.until(end), least_hz=least_hz, most_hz=most_hz)


def _ticks_made(
    trace: Trace,
    windows: Windows,
    consensus: Consensus | None,
    rates: RateInterval | None,
    rate_hz: int | None,
) -> Ticks:
    """How many ticks each neuron can have made, by the best that is known of them."""
    if trace.ticks is not None:
        made = trace.ticks - trace.ticks[0]
        if consensus is None or np.array_equal(consensus.ticks, made[: len(consensus.ticks)]):
            return Ticks.counted(trace.ticks)
        return consensus.bounds(windows, np.zeros(len(trace)), _ANY_RATE)
    if consensus is not None:
        return consensus.bounds(windows, trace.duration_s, rates or _ANY_RATE)
    if rate_hz is None:
        return wide_ticks(windows, None)
    within = attrs.evolve(
        trace, time_s=windows.earliest_s, duration_s=windows.latest_s - windows.earliest_s
    )
    return Ticks.of_a_clock(within, rate_hz)


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


def _channel(
    read: ChannelTrace, trajectories: list[Trajectory], consensus: Consensus | None
) -> ChannelEvidence:
    """What the neurons of a channel did at those ticks."""
    found = ExplainedNeurons.of(read, trajectories)
    stops = [(one, read.stopped_above(one.trusted)) for one in found.wrong]
    wrong = [one for one, at in stops if at is None]
    stopped = sum(one.neurons for one, at in stops if at is not None)
    breaches = read.breaches()
    odd_neurons = breaches.any(axis=0)
    first_odd = None
    if odd_neurons.any():
        neuron = int(odd_neurons.argmax())
        y, x = divmod(neuron, read.trace.shape[2])
        first_odd = (y, x, int(breaches[:, neuron].argmax()) + 1)
    likeliest = None
    if wrong:
        worst = max(wrong, key=lambda one: one.neurons)
        likeliest, _ = likeliest_step(worst.trusted, read.ticks.until(worst.end))
    low = read.threshold_low
    under = (read.v_mem < low) & (read.v_mem[0] >= low)
    return ChannelEvidence(
        read.channel,
        read.step,
        frozenset({read.step}) if found.steps is None and stopped else found.steps,
        showing=sum(one.neurons for one in found.showing) + stopped,
        odd=max(sum(one.neurons for one in wrong), int(odd_neurons.sum()) - stopped),
        likeliest=likeliest,
        stopped_at=next((int(one.v_mem[at]) for one, at in stops if at is not None), None),
        first_odd=first_odd,
        below=int(read.v_mem[under].min()) if under.any() else None,
        floored=int(read.stopped_at_the_floor(seen=consensus is not None).any(axis=0).sum()),
        room=int(read.room(read.v_mem[0]).max(initial=0)) if read.step else 0,
        unclear=None if found.wrong else ChannelProblems(read).unclear(found),
    )
