"""What is said of the clock of a layer that was verified: its rate, phase and lost ticks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.sampling_advice import STEP_INSTEAD
from speckhal.leak.verification.clock_polygon import phases_at
from speckhal.leak.verification.enough_readings import (
    denser_for_the_rate,
    longer_for_the_rate,
    ticks_needed,
)
from speckhal.leak.verification.evidence import RATE_FAULT, near
from speckhal.leak.verification.finding import VerificationFinding
from speckhal.leak.verification.lost_ticks import tick_jump
from speckhal.leak.verification.said_of_clocks import interval, moment, more_room, number_of_ticks
from speckhal.leak.verification.said_of_shared_clock import said_of_others
from speckhal.leak.verification.words import NOTHING_TO_COMPARE

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Integers
    from speckhal.leak.verification.clock_polygon import RateInterval
    from speckhal.leak.verification.evidence import LayerEvidence


def rate_finding(evidence: LayerEvidence) -> VerificationFinding:  # noqa: PLR0911 - one a case
    """How many ticks the clock makes in a second, against what it was set to."""
    expected, rates, consensus = evidence.rate_hz, evidence.rates, evidence.consensus
    if evidence.clash is not None:
        return _rate(Answer.DISAGREES, evidence.clash)
    if consensus is None:
        return _rate(Answer.CANNOT_TELL, f"No neuron counts the ticks. {more_room(evidence)}")
    if evidence.stood_still is not None:
        return _rate(Answer.CANNOT_TELL, f"{evidence.stood_still} {STEP_INSTEAD}")
    if evidence.is_expected and expected is None:
        said = "Nothing fixes the clock's rate, so there is none to compare with."
        return _rate(Answer.CANNOT_TELL, said)
    if evidence.either is not None:
        said = "It depends on the steps: see aliasing."
        return _rate(Answer.CANNOT_TELL, said)
    if rates is None:
        said = "No clock of a fixed rate makes the ticks that the neurons count."
        return _rate(Answer.DISAGREES if evidence.is_expected else Answer.CANNOT_TELL, said)
    if expected is not None:
        return _against(expected, rates, consensus.ticks, evidence)
    if math.isfinite(rates.most_hz):
        said = f"The clock makes {interval(rates)}. {NOTHING_TO_COMPARE}"
        return _rate(Answer.CANNOT_TELL, said)
    said = f"The clock makes {interval(rates)}. Read more often, or watch for longer."
    return _rate(Answer.CANNOT_TELL, said)


def _rate(answer: Answer, said: str) -> VerificationFinding:
    return VerificationFinding("rate", answer, said)


def _against(
    expected: int, rates: RateInterval, ticks: Integers, evidence: LayerEvidence
) -> VerificationFinding:
    """The finding on a rate that was measured and one that was asked for."""
    measured = interval(rates)
    low, high = near(expected)
    if not rates.meets(low, high):
        said = f"The clock makes {measured}, and should make {expected} ticks/s."
        end = len(ticks)
        windows = evidence.windows.until(end)
        jump = tick_jump(ticks, windows, least_hz=low, most_hz=high)
        if jump is not None and evidence.jump is None:
            lost = "lost" if jump.ticks < 0 else "too many"
            said += (
                f" One tick {lost} between {moment(evidence, jump.after)} and "
                f"{moment(evidence, jump.until)} would explain it as well."
            )
        return _rate(Answer.DISAGREES, said)
    measured += said_of_others(evidence.trace.layer, rates, evidence.allowed_by)
    if rates.within(*near(expected, RATE_FAULT)):
        return _rate(Answer.AGREES, f"The clock makes {measured}; {expected} were asked for.")
    made = int(ticks[-1] - ticks[0])
    said = (
        f"The clock makes {measured}: {number_of_ticks(made)} cannot tell {expected} ticks/s from "
        f"{RATE_FAULT:.0%} more or less. {_to_show_it(expected, evidence)}"
    )
    return _rate(Answer.CANNOT_TELL, said)


def _to_show_it(rate_hz: int, evidence: LayerEvidence) -> str:
    """Which longer or denser record would show the rate."""
    needed = ticks_needed(rate_hz, evidence)
    said = f"atch for {needed / rate_hz:.3g} s, which are {needed} ticks"
    if longer_for_the_rate(rate_hz, evidence) is None:
        room = number_of_ticks(evidence.room)
        said = (
            f"The neurons have room for {room}, and {needed} would show it: use another plan, "
            "with smaller steps"
            if evidence.is_planned
            else f"The neurons have room for {room}: use smaller biases and w{said}"
        )
    else:
        said = f"W{said}"
    denser = denser_for_the_rate(rate_hz, evidence)
    if denser is not None:
        said += f", or read every {denser.every_s:g} s for {denser.for_s:g} s"
    return f"{said}."


def phase_finding(evidence: LayerEvidence, start: int | None) -> VerificationFinding:
    """When the first tick came after the first reading."""
    phase, rate_hz = phase_of(evidence), _rate_that_explains(evidence)
    before = "" if start is None else _before_the_first_reading(evidence, start)
    if phase is None or rate_hz is None:
        said = "The readings do not show when the first tick came."
        return VerificationFinding("phase", Answer.CANNOT_TELL, before or said, counts=False)
    first, last = (1 - phase[1]) / rate_hz, (1 - phase[0]) / rate_hz
    said = f"The first tick after the first reading came {first:.3g} to {last:.3g} s after it"
    # a first tick one period after the start is what the facts assume, and no document says
    if evidence.is_expected and phase[0] <= 0 and not before:
        said += ", as if the clock started there."
        return VerificationFinding("phase", Answer.AGREES, said, counts=False)
    said += f". {before}" if before else ", and nothing documents when it should."
    return VerificationFinding("phase", Answer.CANNOT_TELL, said.strip(), counts=False)


def phase_of(evidence: LayerEvidence) -> tuple[float, float] | None:
    """Between which fractions of a period the clock stood at the first reading."""
    consensus, rate_hz = evidence.consensus, _rate_that_explains(evidence)
    if consensus is None or rate_hz is None:
        return None
    end = len(consensus.ticks) if evidence.jump is None else evidence.jump.after + 1
    least, most = phases_at(rate_hz, consensus.ticks[:end], evidence.windows.until(end))
    since_zero = rate_hz * float(evidence.trace.time_s[0])
    return _fraction(since_zero + least), _fraction(since_zero + most)


def _fraction(phase: float) -> float:
    return min(max(phase, 0.0), 1.0)


def _rate_that_explains(evidence: LayerEvidence) -> float | None:
    """The expected rate, or else the middle of those that explain the readings; None for any."""
    rates, expected = evidence.rates, evidence.rate_hz
    if rates is None or not evidence.is_timed or not evidence.saw_a_tick:
        return None
    if expected is not None and rates.meets(expected, expected):
        return expected
    return (rates.least_hz + rates.most_hz) / 2 if math.isfinite(rates.most_hz) else None


def _before_the_first_reading(evidence: LayerEvidence, start: int) -> str:
    """How many ticks came before the first reading, if that can be."""
    first = evidence.trace.v_mem[0].astype(np.int64)
    counts = set()
    for one in evidence.channels:
        if one.step:
            made, rest = np.divmod(first[one.channel] - start, one.step)
            counts |= set(np.where(rest == 0, made, -1).ravel().tolist())
    if len(counts) != 1 or min(counts) < 0:
        return f"No number of ticks leads from {start} to the first reading."
    made = counts.pop()
    if made == 0:
        return f"The first reading is still at {start}: no tick came before it."
    return (
        f"{made} tick{'s' if made != 1 else ''} came between {start} and the first reading: "
        "a clock that ran at its default rate until its own was set, a first reading that came "
        f"{made} periods or more after the start, or a clock that ran before. The readings "
        "cannot tell which."
    )
