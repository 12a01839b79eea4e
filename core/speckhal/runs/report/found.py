"""What a report says was found: the verdict of each layer, and each point of its verification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.grave_first import problems_together
from speckhal.leak.verification.verification import JITTER_S, verify
from speckhal.leak.verification.words import conclusion
from speckhal.runs.pictures.wording import verdict_of
from speckhal.runs.record_again import beside_that_command, command_of_record

if TYPE_CHECKING:
    from speckhal.runs.record import LeakRecord
    from speckhal.runs.run import Run

LOOK: Final = {
    Answer.AGREES: "agrees",
    Answer.DISAGREES: "disagrees",
    Answer.CANNOT_TELL: "unclear",
}
"""The class of CSS that each answer has, which gives it a colour and a sign."""

HEADLINE: Final = {
    Answer.AGREES: "The leak agrees with what was deployed",
    Answer.DISAGREES: "The leak disagrees with what was deployed",
    Answer.CANNOT_TELL: "The readings cannot tell whether the leak agrees",
}
"""The verdict of all layers, as the heading of what is said of each."""

_MOST_PROBLEMS: Final = 8


@attrs.frozen
class SaidOfLayer:
    """The verdict of one layer.

    Attributes:
        name: such as "Layer 0".
        look: of `LOOK`.
        said: the verdict, in a few words.
        about: what was read, in a few words.
        problems: what is wrong or not clear, as sentences, what is wrong first.
    """

    name: str
    look: str
    said: str
    about: str
    problems: tuple[str, ...]


def said_of_layers(run: Run) -> list[SaidOfLayer]:
    """The verdict of each layer that was read."""
    return [
        SaidOfLayer(
            name=f"Layer {record.layer.index}",
            look=LOOK[record.answer],
            said=verdict_of(record).partition(" ")[2],  # its sign is of the page's style
            about=_about(record),
            problems=_problems(record),
        )
        for record in run.records
    ]


def _about(record: LeakRecord) -> str:
    layer, trace = record.layer, record.trace
    neurons = f"{' x '.join(map(str, layer.shape))} neurons on core {layer.core}"
    count = f"{len(trace)} reading{'s' * (len(trace) != 1)}"
    if trace.ticks is not None and len(trace):
        ticks = int(trace.ticks[-1] - trace.ticks[0])
        return f"{neurons}, {count} over {ticks} tick{'s' * (ticks != 1)}"
    if len(trace) > 1:
        rate = "" if layer.rate_hz is None else f" at {layer.rate_hz} Hz"
        return f"{neurons}, {count} over {trace.time_s[-1] - trace.time_s[0]:.4g} s{rate}"
    return f"{neurons}, {count}"


def _problems(record: LeakRecord) -> tuple[str, ...]:
    channels = () if record.verdict is None else record.verdict.channels
    said = [problem for problem, _ in problems_together(channels)] or list(record.problems)
    more = len(said) - _MOST_PROBLEMS
    return tuple(said[:_MOST_PROBLEMS]) + (f"And {more} more like these.",) * (more > 0)


@attrs.frozen
class FoundPoint:
    """One point of a verification, such as the rate."""

    name: str
    look: str
    answer: str
    said: str


@attrs.frozen
class FoundVerification:
    """What `speckhal.verify` finds.

    Attributes:
        layers: points of each layer, by what the layer is called.
        look: of `LOOK`, for the answer of all points together.
        conclusion: that answer, as a sentence.
        would_do: a command that takes a record that would show more; empty without one.
        network: which options of the network to add to it, as a sentence.
        refusal: why nothing could be verified, as sentences; empty where it could.
    """

    layers: dict[str, list[FoundPoint]]
    look: str = LOOK[Answer.CANNOT_TELL]
    conclusion: str = ""
    would_do: str = ""
    network: str = ""
    refusal: str = ""
    jitter_ms: str = f"{JITTER_S * 1000:g}"


def verification_of(run: Run) -> FoundVerification:
    """Each point of each layer that was read at least twice."""
    shown = attrs.evolve(run, traces=tuple(trace for trace in run.traces if len(trace) > 1))
    if not shown.traces:
        return FoundVerification(
            {}, refusal="No layer was read twice, and a leak shows from then on."
        )
    try:
        verification = verify(shown)
    except InputError as error:
        return FoundVerification({}, refusal=f"{error.message} {error.hint or ''}".rstrip())
    wanted = verification.would_do
    return FoundVerification(
        {
            f"Layer {one.layer}": [
                FoundPoint(point.name, LOOK[point.answer], point.answer.value, point.said)
                for point in one.findings
            ]
            for one in verification.layers
        },
        LOOK[verification.answer],
        conclusion(verification),
        "" if wanted is None else command_of_record(run, wanted),
        beside_that_command(run),
    )
