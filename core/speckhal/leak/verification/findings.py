"""What is said of a layer that was verified: a sentence and an answer for each point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.grave_first import channels_named
from speckhal.leak.verification.clock_findings import phase_finding, rate_finding
from speckhal.leak.verification.finding import VerificationFinding
from speckhal.leak.verification.lost_tick_findings import lost_ticks_finding
from speckhal.leak.verification.other_clocks import other_clocks
from speckhal.leak.verification.said_of_clocks import either_of, interval, moment
from speckhal.leak.verification.words import NOTHING_TO_COMPARE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.leak.verification.evidence import ChannelEvidence, LayerEvidence

_MOST_SENTENCES = 3


def findings_of(evidence: LayerEvidence, start: int | None) -> Iterator[VerificationFinding]:
    """All points that apply.

    Args:
        evidence: what the readings show.
        start: membrane potential before the clock ran; None where nobody knows.
    """
    yield _step(evidence)
    if evidence.trace.ticks is None:
        yield rate_finding(evidence)
    yield lost_ticks_finding(evidence)
    if evidence.trace.ticks is None:
        yield phase_finding(evidence, start)
    yield _clamp(evidence)
    yield _outliers(evidence)
    if evidence.trace.ticks is None:
        yield _aliasing(evidence)


def _step(evidence: LayerEvidence) -> VerificationFinding:
    wrong = [one for one in evidence.channels if one.is_wrong]
    if wrong:
        several = "".join(_of_wrong_channel(one) for one in wrong[:_MOST_SENTENCES])
        more = (
            f" {len(wrong) - _MOST_SENTENCES} more channels are wrong."
            if len(wrong) > _MOST_SENTENCES
            else ""
        )
        return VerificationFinding("step", Answer.DISAGREES, f"{several.strip()}{more}")
    if evidence.either is not None:
        said = "Other steps explain the readings, or another number of ticks: see aliasing."
        return VerificationFinding("step", Answer.CANNOT_TELL, said)
    unclear = [one for one in evidence.channels if one.unclear is not None]
    if unclear:
        return VerificationFinding("step", Answer.CANNOT_TELL, _of_unclear_channels(unclear))
    steps = sorted({one.step for one in evidence.channels})
    added = str(steps[0]) if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
    as_deployed = ", as deployed" if evidence.is_expected else ""
    if not evidence.is_expected and other_clocks(evidence):
        said = f"A tick adds {added}, or another step: see aliasing."
        return VerificationFinding("step", Answer.CANNOT_TELL, said)
    neurons = sum(one.showing for one in evidence.channels)
    said = f"A tick adds {added}{as_deployed}, in all {neurons} neurons that show it."
    if evidence.is_expected:
        return VerificationFinding("step", Answer.AGREES, said)
    return VerificationFinding("step", Answer.CANNOT_TELL, f"{said} {NOTHING_TO_COMPARE}")


def _of_wrong_channel(one: ChannelEvidence) -> str:
    if one.likeliest is not None and one.likeliest != one.step:
        return f" Channel {one.channel}: a tick adds {one.likeliest}, and should add {one.step}."
    return (
        f" Channel {one.channel}: {one.odd} of its neurons moved as no number of ticks of "
        f"{one.step} explains."
    )


def _of_unclear_channels(unclear: Sequence[ChannelEvidence]) -> str:
    """Why each of them shows no step, or more than one; once for those of one reason."""
    reasons: dict[str, list[ChannelEvidence]] = {}
    for one in unclear:
        reasons.setdefault(one.unclear or "", []).append(one)
    said = [f"{_channels(several)}: {reason}" for reason, several in reasons.items()]
    more = len(said) - _MOST_SENTENCES
    if more > 0:
        said = [*said[:_MOST_SENTENCES], f"{more} more of the like."]
    return " ".join(said)


def _clamp(evidence: LayerEvidence) -> VerificationFinding:
    low = evidence.layer.threshold_low
    below = [one for one in evidence.channels if one.below is not None]
    if below:
        said = (
            f"Channel {below[0].channel}: a neuron came to {below[0].below}, below threshold_low "
            f"{low}."
        )
        return VerificationFinding("clamp", Answer.DISAGREES, said)
    above = [one for one in evidence.channels if one.stopped_at is not None]
    if above and evidence.is_expected:
        said = (
            f"Channel {above[0].channel}: leak stopped at {above[0].stopped_at}, and should stop "
            f"at threshold_low {low}."
        )
        return VerificationFinding("clamp", Answer.DISAGREES, said)
    if not evidence.is_expected:
        said = f"The readings alone do not show where the floor is. {NOTHING_TO_COMPARE}"
        return VerificationFinding("clamp", Answer.CANNOT_TELL, said, counts=False)
    floored = sum(one.floored for one in evidence.channels if not one.is_wrong)
    if not floored:  # a channel of another step may not have been carried as far
        said = f"No neuron came to threshold_low {low}, so nothing shows of it."
        if (evidence.trace.v_mem == low).any():
            said = f"No tick that shows would have carried a neuron below threshold_low {low}."
        return VerificationFinding("clamp", Answer.CANNOT_TELL, said, counts=False)
    total = evidence.trace.v_mem[0].size
    said = f"{floored} of {total} neurons came to threshold_low {low}; none passed it."
    return VerificationFinding("clamp", Answer.AGREES, said)


def _outliers(evidence: LayerEvidence) -> VerificationFinding:
    said = ""
    if evidence.odd_readings:
        moments = ", ".join(map(str, evidence.odd_readings[:5]))
        several = len(evidence.odd_readings) > 1
        said = f"Reading{'s' if several else ''} {moments} (from 0) show"
        of_one_clock = " of one clock" if evidence.has_unfit_ticks else ""
        said += f"{'' if several else 's'} values that no number of ticks{of_one_clock} explains. "
    odd = [one for one in evidence.channels if one.odd and not one.is_wrong]
    if odd:
        neurons = sum(one.odd for one in odd)
        said += f"{neurons} neuron{'s' if neurons > 1 else ''} moved as no number of ticks "
        said += f"explains, in {_channels(odd).lower()}"
        if odd[0].first_odd is not None:
            y, x, reading = odd[0].first_odd
            said += f"; the first is at y={y}, x={x}, by the reading {moment(evidence, reading)}"
        said += "."
    if said:
        return VerificationFinding("outliers", Answer.DISAGREES, said.strip())
    showing = sum(one.showing for one in evidence.channels)
    if not showing:
        said = "No neuron shows a step, so none is out of line."
        return VerificationFinding("outliers", Answer.CANNOT_TELL, said)
    return VerificationFinding("outliers", Answer.AGREES, "None: ticks explain every value.")


def _aliasing(evidence: LayerEvidence) -> VerificationFinding:
    others = other_clocks(evidence)
    if (either := either_of(evidence)) is not None:
        return VerificationFinding("aliasing", Answer.DISAGREES, either)
    if evidence.consensus is None:
        said = "No neuron counts the ticks."
        return VerificationFinding("aliasing", Answer.CANNOT_TELL, said, counts=False)
    if not evidence.saw_a_tick:
        said = "No tick shows, so any step explains the readings."
        return VerificationFinding("aliasing", Answer.CANNOT_TELL, said, counts=False)
    if not others:
        said = "No other step and rate explain the readings."
        return VerificationFinding("aliasing", Answer.AGREES, said)
    factor, rates = others[0]
    steps = [one.step for one in evidence.channels if one.step]
    step = steps[0] * factor
    shown = f"{step:g}" if len(set(steps)) == 1 else f"{factor:g} times each step"
    said = (
        f"Only the product of step and rate shows: steps of {shown} at {interval(rates)} explain "
        "the readings as well. "
    )
    said += (
        "The step is taken as deployed."
        if evidence.is_expected
        else "Read at times between which there is no whole number of ticks, or give the layer."
    )
    return VerificationFinding(
        "aliasing", Answer.CANNOT_TELL, said, counts=not evidence.is_expected
    )


def _channels(several: Sequence[ChannelEvidence]) -> str:
    return channels_named([one.channel for one in several])
