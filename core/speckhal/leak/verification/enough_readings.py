"""Which longer or denser record would show the clock of a layer, where its readings do not.

A tick is known to lie between two readings, and the jitter of both. So the rate is known as well as
the first and the last tick are, over the time between them: readings that are denser help as much
as a record that is longer. A lost tick shows where that is less than half a period.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.sampling import MOST_READINGS, MOST_S, ClockedSampling
from speckhal.leak.verification.evidence import RATE_FAULT, RATE_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.contract.reading import Trace
    from speckhal.leak.verification.evidence import LayerEvidence
    from speckhal.leak.verification.finding import VerificationFinding

ENOUGH_TICKS = 100
"""A record that spans as many shows a clock that is off by `RATE_FAULT`, if jitter is small."""

_LEAST_EVERY_S = 0.02
"""Denser readings are not advised: an answer takes milliseconds, and as long to arrive."""

_CERTAIN = (RATE_FAULT - RATE_TOLERANCE) / (1 + RATE_FAULT)
"""A clock within `RATE_TOLERANCE`, known that well, is surely not off by `RATE_FAULT`."""

_FEW_TICKS = 6
"""With as many, there are some between the ends of a record, where a lost tick is a phase."""


def ticks_needed(rate_hz: float, evidence: LayerEvidence) -> int:
    """How many ticks a record must span to show its rate, however rare its readings are."""
    return max(ENOUGH_TICKS, math.ceil((1 + 2 * rate_hz * _blur_s(evidence)) / _CERTAIN))


def longer_for_the_rate(rate_hz: int, evidence: LayerEvidence) -> ClockedSampling | None:
    """The length that shows the rate; None where the neurons have no room for it.

    Readings as dense as they were, or so dense that lost ticks show as well.
    """
    needed = ticks_needed(rate_hz, evidence)
    if evidence.room < needed:
        return None
    every_s, seen_s = _every_s(evidence), _shows_lost_ticks_s(rate_hz, evidence)
    if every_s > seen_s >= _LEAST_EVERY_S:
        every_s = _round(seen_s)
    return _sampling(every_s, needed / rate_hz)


def denser_for_the_rate(rate_hz: int, evidence: LayerEvidence) -> ClockedSampling | None:
    """Denser readings that show the rate, for the same time, or while there is room for ticks.

    None where none do, or the same readings would do for longer.
    """
    room_s = evidence.room / rate_hz
    spans_s = [min(_for_s(evidence), room_s)]
    if longer_for_the_rate(rate_hz, evidence) is None:
        spans_s.append(room_s)
    for span_s in spans_s:
        # both the first and the last tick may be at either end of where they are known to be
        every_s = _CERTAIN * (span_s - 2 / rate_hz) / 2 - _blur_s(evidence)
        seen_s = _shows_lost_ticks_s(rate_hz, evidence)
        every_s = min(every_s, seen_s) if seen_s >= _LEAST_EVERY_S else every_s
        if _can_be_denser(every_s, evidence):
            return _sampling(_round(every_s), span_s)
    return None


def denser_for_lost_ticks(rate_hz: int, evidence: LayerEvidence) -> ClockedSampling | None:
    """Denser readings that show each lost tick; None where none do, or these have gaps."""
    every_s = _shows_lost_ticks_s(rate_hz, evidence)
    for_s = max(_for_s(evidence), _FEW_TICKS / rate_hz)
    if evidence.room < _FEW_TICKS or not _can_be_denser(every_s, evidence):
        return None
    return _sampling(_round(every_s), min(for_s, evidence.room / rate_hz))


def record_that_would_do(
    evidence: LayerEvidence, findings: Sequence[VerificationFinding]
) -> ClockedSampling | None:
    """A record that shows what these findings on the clock could not; None if none would."""
    rate_hz = evidence.rate_hz
    if rate_hz is None or evidence.consensus is None:
        return None
    wanted = None
    for one in findings:
        if one.answer is Answer.CANNOT_TELL and one.name in ("rate", "lost ticks"):
            found = (
                denser_for_the_rate(rate_hz, evidence) or longer_for_the_rate(rate_hz, evidence)
                if one.name == "rate"
                else denser_for_lost_ticks(rate_hz, evidence)
            )
            if found is None:
                return None
            wanted = together(wanted, found)
    return wanted


def together(one: ClockedSampling | None, other: ClockedSampling | None) -> ClockedSampling | None:
    """A record that shows what either of two shows."""
    if one is None or other is None:
        return one or other
    return _sampling(min(one.every_s, other.every_s), max(one.for_s, other.for_s))


def as_sampled(trace: Trace) -> ClockedSampling | None:
    """When a trace was read; None where its clock was stepped."""
    if trace.ticks is not None:
        return None
    every_s = float(f"{np.median(np.diff(trace.time_s)):.4g}")
    return _sampling(every_s, float(trace.time_s[-1] - trace.time_s[0]))


def has_gaps(evidence: LayerEvidence) -> bool:
    """Whether some readings are further apart than most."""
    apart_s = np.diff(evidence.trace.time_s)
    return bool(apart_s.max() > 1.5 * np.median(apart_s))


def _shows_lost_ticks_s(rate_hz: int, evidence: LayerEvidence) -> float:
    """How far apart readings may be: two ticks then never look like one, at any phase."""
    return 0.49 / rate_hz - _blur_s(evidence)


def _can_be_denser(every_s: float, evidence: LayerEvidence) -> bool:
    reading_s = float(np.median(evidence.trace.duration_s))
    return max(_LEAST_EVERY_S, 2 * reading_s) <= every_s and _round(every_s) < _every_s(evidence)


def _sampling(every_s: float, for_s: float) -> ClockedSampling | None:
    for_s = float(f"{for_s:.4g}")
    if not 0 < every_s <= for_s <= MOST_S or for_s / every_s > MOST_READINGS:
        return None
    return ClockedSampling(every_s, for_s)


def _round(every_s: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above it."""
    # the logarithm of a float just beside a power of ten may be rounded to that of the power
    power = math.floor(math.log10(every_s))
    near = (float(f"{one}e{power + more}") for more in (-1, 0, 1) for one in (1, 2, 5))
    return max(one for one in near if one <= every_s)


def _every_s(evidence: LayerEvidence) -> float:
    return float(f"{np.median(np.diff(evidence.trace.time_s)):.4g}")


def _for_s(evidence: LayerEvidence) -> float:
    return float(evidence.trace.time_s[-1] - evidence.trace.time_s[0])


def _blur_s(evidence: LayerEvidence) -> float:
    """How well the moment of a value is known: twice the jitter, and what a reading takes."""
    return 2 * evidence.windows.jitter_s + float(np.median(evidence.trace.duration_s))
