"""What the answer of a verification means, and what would help, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.leak.channel_verdict import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from speckhal.leak.verification.layer_verification import Verification

_CONCLUSION: Final = {
    Answer.AGREES: "The board does what was deployed.",
    Answer.DISAGREES: "The board does not do what was deployed.",
}

NOTHING_TO_COMPARE: Final = (
    "Nothing says what it should be: give verify the deployed layer beside the trace, or a plan."
)
"""Of a step, a rate or a floor that readings show, where nobody knows what was deployed."""


def conclusion(verification: Verification) -> str:
    """The answer as a sentence."""
    if verification.answer is Answer.CANNOT_TELL:
        points = listed(verification.open_points)
        return f"Nothing is wrong, as far as the readings show. Not shown: {points}."
    return _CONCLUSION[verification.answer]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: "one, two and three"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
