"""One point of a verification: an answer, and a sentence on what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from speckhal.leak.channel_verdict import Answer


@attrs.frozen
class VerificationFinding:
    """One point of a verification.

    Attributes:
        name: step, rate, lost ticks, phase, clamp, outliers, aliasing or plan.
        answer: of the three.
        said: what was found, and what would help where the readings do not show it, as sentences.
        counts: whether the answer of the whole waits for this one. No neuron needs to come to its
            floor, and nothing documents the phase, so there a missing answer is no flaw.
    """

    name: str
    answer: Answer
    said: str
    counts: bool = True
