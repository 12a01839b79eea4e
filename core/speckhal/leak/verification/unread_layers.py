"""What is said of a layer that a run read once or never, beside layers that it read more often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.trace_check import FROM_TWO_ON
from speckhal.leak.verification.enough_readings import as_sampled, together
from speckhal.leak.verification.finding import VerificationFinding
from speckhal.leak.verification.layer_verification import LayerVerification

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from speckhal.contract.reading import Trace

_COUNTING: Final = ("step", "rate", "lost ticks", "outliers")


def open_points(
    trace: Trace, read: Sequence[tuple[Trace, LayerVerification]]
) -> Iterator[VerificationFinding]:
    """All points that readings show, each with the reason why these do not, and what would do.

    Args:
        trace: of fewer than two readings.
        read: the layers of the run that were read more often, one at least.
    """
    read_once = "was read once" if len(trace) else "was never read"
    said = f"The layer {read_once}, and {FROM_TWO_ON}. Record all layers again, to the end."
    for one in read[0][1].findings:
        if one.name != "plan":
            counts = one.name in _COUNTING
            yield VerificationFinding(one.name, Answer.CANNOT_TELL, said, counts=counts)


def left_open(
    trace: Trace,
    findings: Sequence[VerificationFinding],
    read: Sequence[tuple[Trace, LayerVerification]],
) -> LayerVerification:
    """The verification of a layer that was hardly read.

    All layers share one clock and are read at the same times. So the record that would do is the
    one that the others need, or one like theirs where they need none.

    Args:
        trace: of fewer than two readings.
        findings: each of them open, except for what takes no readings.
        read: as for `open_points`.
    """
    would_do = None
    for other, verified in read:
        would_do = together(would_do, verified.would_do or as_sampled(other))
    return LayerVerification(
        trace.layer,
        tuple(findings),
        steps=(None,) * trace.shape[0],
        rate_hz=None,
        ticks=None,
        phase=None,
        would_do=would_do,
    )
