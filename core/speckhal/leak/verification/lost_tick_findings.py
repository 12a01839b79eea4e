"""What is said of lost ticks: one that shows, none, or where one would not show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from speckhal.leak.channel_verdict import Answer
from speckhal.leak.sampling_advice import STEP_INSTEAD
from speckhal.leak.verification.enough_readings import denser_for_lost_ticks, has_gaps
from speckhal.leak.verification.finding import VerificationFinding
from speckhal.leak.verification.said_of_clocks import all_of, interval, moment, more_room

if TYPE_CHECKING:
    from speckhal.leak.step_inference import Flags, Integers
    from speckhal.leak.verification.evidence import LayerEvidence


def lost_ticks_finding(evidence: LayerEvidence) -> VerificationFinding:
    """Whether the clock lost a tick, or made one too many."""
    consensus = evidence.consensus
    if consensus is None:
        return _lost(Answer.CANNOT_TELL, f"No neuron counts the ticks. {more_room(evidence)}")
    if evidence.trace.ticks is None:
        return _lost_by_a_clock(consensus.ticks, evidence)
    ticks, made = consensus.ticks, evidence.trace.ticks
    made = (made - made[0])[: len(ticks)]
    at = evidence.miscounted
    if at is None:
        several = int(made[-1])
        said = f"The neurons count {all_of(several)} that {'was' if several == 1 else 'were'} made"
        is_cut = len(ticks) < len(evidence.trace)
        said += " before they came to the floor, or may have fired." if is_cut else "."
        return _lost(Answer.AGREES, said)
    said = (
        f"From {moment(evidence, at)} on the neurons count {int(ticks[at])} ticks, and "
        f"{int(made[at])} were made."
    )
    return _lost(Answer.DISAGREES, _with_others(said, evidence))


def _with_others(said: str, evidence: LayerEvidence) -> str:
    """A sentence on a lost tick, and what the other layers of the run show of it."""
    return said if evidence.beside is None else f"{said} {evidence.beside}"


def _lost(answer: Answer, said: str) -> VerificationFinding:
    return VerificationFinding("lost ticks", answer, said)


def _lost_by_a_clock(ticks: Integers, evidence: LayerEvidence) -> VerificationFinding:
    jump = evidence.jump
    if evidence.stood_still is not None:
        return _lost(Answer.CANNOT_TELL, f"{evidence.stood_still} {STEP_INSTEAD}")
    if evidence.is_expected and evidence.rate_hz is None:
        said = "Nothing fixes the clock's rate, so a lost tick would not show."
        return _lost(Answer.CANNOT_TELL, said)
    if jump is not None:
        lost = "was lost" if jump.ticks < 0 else "is too many"
        said = (
            f"One tick {lost} between {moment(evidence, jump.after)} and "
            f"{moment(evidence, jump.until)}: without that a clock of "
            f"{interval(jump.rates)} explains all readings."
        )
        return _lost(Answer.DISAGREES, _with_others(said, evidence))
    if evidence.either is not None:
        said = "Other steps explain the readings as well as a tick lost or too many: see aliasing."
        return _lost(Answer.CANNOT_TELL, said)
    if evidence.rates is None:
        said = (
            "No clock of a fixed rate explains the readings, and none near its own with one tick "
            "lost or too many: several were lost, or the rate changed."
        )
        return _lost(Answer.DISAGREES, said)
    return _if_one_clock_explains(ticks, evidence)


def _if_one_clock_explains(ticks: Integers, evidence: LayerEvidence) -> VerificationFinding:
    """The finding where no tick needs to be lost, by where one can have been."""
    made, hidden = int(ticks[-1] - ticks[0]), evidence.hidden_losses
    if evidence.is_of_another_rate:
        said = f"A clock of another rate explains {all_of(made)}, and lost ones may as well."
        return _lost(Answer.CANNOT_TELL, said)
    if evidence.has_unfit_ticks:
        said = "One reading is wrong, or several ticks were lost: see outliers."
        return _lost(Answer.CANNOT_TELL, said)
    shown = _shown(ticks, hidden)
    if shown is None:
        said = f"A tick that was lost would not show. {_to_show_it(evidence)}"
        return _lost(Answer.CANNOT_TELL, said)
    within = np.flatnonzero(hidden[shown]) + shown.start
    if within.size:
        at = int(within[0])
        said = f"A tick that was lost between {moment(evidence, at)} and "
        said += f"{moment(evidence, at + 1)} would not show"
        more = int((np.diff(within) > 1).sum())
        said += f", nor at {more} other moment{'s' if more > 1 else ''}. " if more else ". "
        return _lost(Answer.CANNOT_TELL, said + _to_show_it(evidence))
    if len(hidden) == shown.stop - shown.start:
        return _lost(Answer.AGREES, f"None: one clock explains {all_of(made)}.")
    said = (
        f"None from {moment(evidence, shown.start)} to {moment(evidence, shown.stop)}: one clock "
        f"explains {all_of(made)}. At the ends of a record a lost tick does not show."
    )
    return _lost(Answer.AGREES, said)


def none_lost_between(evidence: LayerEvidence) -> tuple[float, float] | None:
    """Between which moments a single lost tick would show, and none does, in seconds."""
    consensus = evidence.consensus
    if consensus is None or evidence.rates is None or evidence.jump is not None:
        return None
    if evidence.has_unfit_ticks:
        return None
    hidden = evidence.hidden_losses
    shown = _shown(consensus.ticks, hidden)
    if shown is None or hidden[shown].any():
        return None
    windows = evidence.windows
    return float(windows.latest_s[shown.start]), float(windows.earliest_s[shown.stop])


def _shown(ticks: Integers, hidden: Flags) -> slice | None:
    """From the first to the last place where a lost tick would show; None for less than half."""
    shown = np.flatnonzero(~hidden)
    if not shown.size:
        return None
    first, last = int(shown[0]), int(shown[-1]) + 1
    is_most = 2 * int(ticks[last] - ticks[first]) >= int(ticks[-1] - ticks[0])
    return slice(first, last) if is_most else None


def _to_show_it(evidence: LayerEvidence) -> str:
    """What would show a lost tick."""
    rate_hz = evidence.rate_hz
    denser = None if rate_hz is None else denser_for_lost_ticks(rate_hz, evidence)
    if denser is not None:
        return f"Read every {denser.every_s:g} s for {denser.for_s:g} s."
    if has_gaps(evidence):
        return "Read without gaps, or step the clock (--ticks 20)."
    return "Watch for more ticks, or step the clock (--ticks 20)."
