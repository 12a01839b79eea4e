"""What is said of the clock of a layer that was verified: its rate, phase and lost ticks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.clock_polygon import phases_at
from speckhal.leak.lost_ticks import shows_a_lost_tick, tick_jump
from speckhal.leak.verification_evidence import RATE_TOLERANCE
from speckhal.leak.verification_finding import VerificationFinding

if TYPE_CHECKING:
    from speckhal.leak.clock_polygon import RateInterval
    from speckhal.leak.step_inference import Integers
    from speckhal.leak.verification_evidence import LayerEvidence

RATE_FAULT = 0.03
"""Relative error of a clock that never passes."""

ENOUGH_TICKS = 100
"""A record that spans as many shows a clock that is off by `RATE_FAULT`, if jitter is small."""


def rate_finding(evidence: LayerEvidence) -> VerificationFinding:
    """How many ticks the clock makes in a second, against what it was set to."""
    expected, rates, consensus = evidence.rate_hz, evidence.rates, evidence.consensus
    if consensus is None:
        return _rate(Answer.CANNOT_TELL, f"No neuron counts the ticks. {_more_room(evidence)}")
    if evidence.is_expected and expected is None:
        said = "Nothing fixes the clock's rate, so there is none to compare with."
        return _rate(Answer.CANNOT_TELL, said)
    if rates is None:
        said = "No clock of a fixed rate makes the ticks that the neurons count."
        return _rate(Answer.DISAGREES if evidence.is_expected else Answer.CANNOT_TELL, said)
    if expected is not None:
        return _against(expected, rates, consensus.ticks, evidence)
    if not math.isfinite(rates.most_hz):
        said = f"The clock makes {interval(rates)}. Read more often, or watch for longer."
        return _rate(Answer.CANNOT_TELL, said)
    said = f"The clock makes {interval(rates)}; nothing says what it should."
    return _rate(Answer.AGREES, said)


def _rate(answer: Answer, said: str) -> VerificationFinding:
    return VerificationFinding("rate", answer, said)


def _against(
    expected: int, rates: RateInterval, ticks: Integers, evidence: LayerEvidence
) -> VerificationFinding:
    """The finding on a rate that was measured and one that was asked for."""
    measured = interval(rates)
    low, high = expected * (1 - RATE_TOLERANCE), expected * (1 + RATE_TOLERANCE)
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
    fault = expected * (1 - RATE_FAULT), expected * (1 + RATE_FAULT)
    if rates.within(*fault):
        return _rate(Answer.AGREES, f"The clock makes {measured}; {expected} were asked for.")
    made = int(ticks[-1] - ticks[0])
    needed = ticks_needed(expected, evidence)
    said = (
        f"The clock makes {measured}: {made} ticks cannot tell {expected} ticks/s from "
        f"{RATE_FAULT:.0%} more or less. "
    )
    if len(ticks) < len(evidence.trace):
        said += (
            "Only readings before the neurons came to the floor, or may have fired, count: use "
            "smaller biases, and watch "
        )
    else:
        said += "Watch "
    said += f"for {needed / expected:.3g} s, which are {needed} ticks."
    return _rate(Answer.CANNOT_TELL, said)


def ticks_needed(rate_hz: float, evidence: LayerEvidence) -> int:
    """How many ticks a record must span to show a clock that is off by `RATE_FAULT`."""
    blurred_s = 2 * evidence.windows.jitter_s + float(np.median(evidence.trace.duration_s))
    certain = (1 + rate_hz * blurred_s) / (RATE_FAULT - RATE_TOLERANCE)
    return max(ENOUGH_TICKS, math.ceil(certain * (1 + RATE_FAULT)))


def lost_ticks_finding(evidence: LayerEvidence) -> VerificationFinding:
    """Whether the clock lost a tick, or made one too many."""
    consensus = evidence.consensus
    if consensus is None:
        return _lost(Answer.CANNOT_TELL, f"No neuron counts the ticks. {_more_room(evidence)}")
    if evidence.trace.ticks is None:
        return _lost_by_a_clock(consensus.ticks, evidence)
    ticks, made = consensus.ticks, evidence.trace.ticks
    made = (made - made[0])[: len(ticks)]
    if np.array_equal(made, ticks):
        said = f"The neurons count all {int(made[-1])} ticks that were made"
        is_cut = len(ticks) < len(evidence.trace)
        said += " before they came to the floor, or may have fired." if is_cut else "."
        return _lost(Answer.AGREES, said)
    at = int((made != ticks).argmax())
    return _lost(
        Answer.DISAGREES,
        f"From {moment(evidence, at)} on the neurons count {int(ticks[at])} ticks, and "
        f"{int(made[at])} were made.",
    )


def _lost(answer: Answer, said: str) -> VerificationFinding:
    return VerificationFinding("lost ticks", answer, said)


def _lost_by_a_clock(ticks: Integers, evidence: LayerEvidence) -> VerificationFinding:
    jump, windows = evidence.jump, evidence.windows.until(len(ticks))
    if evidence.is_expected and evidence.rate_hz is None:
        said = "Nothing fixes the clock's rate, so a lost tick would not show."
        return _lost(Answer.CANNOT_TELL, said)
    if jump is not None:
        lost = "was lost" if jump.ticks < 0 else "is too many"
        return _lost(
            Answer.DISAGREES,
            f"One tick {lost} between {moment(evidence, jump.after)} and "
            f"{moment(evidence, jump.until)}: without that a clock of "
            f"{interval(jump.rates)} explains all readings.",
        )
    if evidence.rates is None:
        said = (
            "No clock of a fixed rate explains the readings, with one tick lost or too many or "
            "without: several were lost, or the rate changed."
        )
        return _lost(Answer.DISAGREES, said)
    rate_hz = evidence.rate_hz
    low, high = evidence.rates.least_hz, evidence.rates.most_hz
    if rate_hz is not None:
        low, high = rate_hz * (1 - RATE_TOLERANCE), rate_hz * (1 + RATE_TOLERANCE)
    if not shows_a_lost_tick(ticks, windows, low, high):
        said = "A tick that was lost would not show. Watch for more ticks, or step the clock."
        return _lost(Answer.CANNOT_TELL, said)
    said = f"None: one clock explains all {int(ticks[-1] - ticks[0])} ticks."
    return _lost(Answer.AGREES, said)


def phase_finding(evidence: LayerEvidence, start: int | None) -> VerificationFinding:
    """When the first tick came after the first reading."""
    phase, rates = phase_of(evidence), evidence.rates
    before = "" if start is None else _before_the_first_reading(evidence, start)
    if phase is None or rates is None:
        said = "The readings do not show when the first tick came."
        return VerificationFinding("phase", Answer.CANNOT_TELL, before or said, counts=False)
    rate_hz = evidence.rate_hz or (rates.least_hz + rates.most_hz) / 2
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
    consensus, rates = evidence.consensus, evidence.rates
    if consensus is None or rates is None or not math.isfinite(rates.most_hz):
        return None
    ticks = consensus.ticks.copy()
    if evidence.jump is not None:
        ticks[evidence.jump.until :] -= evidence.jump.ticks
    rate_hz = (rates.least_hz + rates.most_hz) / 2
    expected = evidence.rate_hz
    if expected is not None and rates.meets(expected, expected):
        rate_hz = expected
    least, most = phases_at(rate_hz, ticks, evidence.windows.until(len(ticks)))
    return min(max(least, 0.0), 1.0), min(max(most, 0.0), 1.0)


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


def _more_room(evidence: LayerEvidence) -> str:
    if not any(one.step for one in evidence.channels):
        return "No channel has a bias other than 0."
    return "Start where the neurons are away from the floor and the threshold, or watch for longer."


def moment(evidence: LayerEvidence, reading: int) -> str:
    """When a reading was taken, or at which tick."""
    reading = min(max(reading, 0), len(evidence.trace) - 1)
    if evidence.trace.ticks is not None:
        return f"tick {int(evidence.trace.ticks[reading])}"
    return f"{evidence.trace.time_s[reading]:.3f} s"


def interval(rates: RateInterval) -> str:
    """A rate, as a text."""
    if not math.isfinite(rates.most_hz):
        return f"{rates.least_hz:.4g} ticks/s or more"
    if rates.least_hz == 0:
        return f"{rates.most_hz:.4g} ticks/s at most"
    return f"{rates.least_hz:.4g} to {rates.most_hz:.4g} ticks/s"
