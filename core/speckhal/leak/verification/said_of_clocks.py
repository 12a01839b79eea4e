"""Rates and moments as texts, for the sentences of a verification."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from speckhal.leak.verification.clock_polygon import RateInterval
    from speckhal.leak.verification.evidence import LayerEvidence


def more_room(evidence: LayerEvidence) -> str:
    """What would let neurons count the ticks, where none does."""
    if not any(one.step for one in evidence.channels):
        return "No channel has a bias other than 0."
    return "Start where the neurons are away from the floor and the threshold, or watch for longer."


def either_of(evidence: LayerEvidence) -> str | None:
    """That other steps explain the readings, or one tick; None where the readings show which."""
    jump = evidence.either
    if jump is None:
        return None
    return (
        f"One tick {'was lost' if jump.ticks < 0 else 'is too many'} between "
        f"{moment(evidence, jump.after)} and {moment(evidence, jump.until)}, or a tick adds other "
        "steps than were deployed. The readings cannot tell which."
    )


def moment(evidence: LayerEvidence, reading: int) -> str:
    """When a reading was taken, or at which tick."""
    reading = min(max(reading, 0), len(evidence.trace) - 1)
    if evidence.trace.ticks is not None:
        return f"tick {int(evidence.trace.ticks[reading])}"
    return f"{evidence.trace.time_s[reading]:.3f} s"


def number_of_ticks(made: int) -> str:
    """How many ticks, as a text."""
    return "one tick" if made == 1 else f"{made} ticks"


def all_of(made: int) -> str:
    """That many ticks, of which none is missing, as a text."""
    return "the one tick" if made == 1 else f"all {made} ticks"


def interval(rates: RateInterval) -> str:
    """A rate, as a text."""
    if not math.isfinite(rates.most_hz):
        return f"{rates.least_hz:.4g} ticks/s or more"
    if rates.least_hz == 0:
        return f"{rates.most_hz:.4g} ticks/s at most"
    return f"{rates.least_hz:.4g} to {rates.most_hz:.4g} ticks/s"
