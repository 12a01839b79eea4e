"""What a verification gives back: findings, layer by layer, and one answer of them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.verification.enough_readings import together

if TYPE_CHECKING:
    from speckhal.leak.sampling import ClockedSampling
    from speckhal.leak.verification.finding import VerificationFinding


@attrs.frozen(repr=False)
class LayerVerification:
    """What the readings of one layer show.

    Attributes:
        layer: index of the network layer.
        findings: on step, rate, lost ticks, phase, clamp, outliers, aliasing and plan, as far as
            they apply.
        steps: what a tick adds, for each channel; None where the readings do not show it.
        rate_hz: the least and the most that the clock's rate can be, if a tick adds what was
            deployed and the neurons missed none but the one that "lost ticks" names; None where it
            was stepped, or no fixed rate explains the readings.
        ticks: that most neurons count from the first reading to the last that counts; None where
            none counts.
        phase: between which fractions of a period the clock stood at the first reading; None where
            `rate_hz` is.
        none_lost_s: between which moments a single lost tick would have shown, and none did; None
            where that cannot be said, or the clock was stepped.
        would_do: a record that would show the rate and the lost ticks, of the same neurons; None
            where the readings show them, or none would do.
    """

    layer: int
    findings: tuple[VerificationFinding, ...]
    steps: tuple[int | None, ...]
    rate_hz: tuple[float, float] | None
    ticks: int | None
    phase: tuple[float, float] | None
    none_lost_s: tuple[float, float] | None = None
    would_do: ClockedSampling | None = None

    @property
    def answer(self) -> Answer:
        """Disagrees if one finding does; else cannot tell if one that counts cannot."""
        if any(one.answer is Answer.DISAGREES for one in self.findings):
            return Answer.DISAGREES
        return Answer.CANNOT_TELL if self.open_points else Answer.AGREES

    @property
    def open_points(self) -> tuple[str, ...]:
        """Names of the findings that the answer waits for."""
        return tuple(
            one.name for one in self.findings if one.counts and one.answer is Answer.CANNOT_TELL
        )

    def finding(self, name: str) -> VerificationFinding:
        """The finding of that name.

        Raises:
            InputError: no finding of the layer has that name.
        """
        for one in self.findings:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.findings)
        raise InputError(
            f"Asked a verification for its finding {name!r}.", hint=f"It has these: {names}."
        )

    def __repr__(self) -> str:
        return f"<LayerVerification of layer {self.layer}: {_answer_of(self)}>"


@attrs.frozen(repr=False)
class Verification:
    """What the readings of a run, or of one trace, show.

    Attributes:
        layers: one for each layer that was to be read, in the order of the run.
    """

    layers: tuple[LayerVerification, ...]

    @property
    def answer(self) -> Answer:
        """Disagrees if one layer does; else cannot tell if one cannot."""
        answers = {one.answer for one in self.layers}
        for answer in (Answer.DISAGREES, Answer.CANNOT_TELL):
            if answer in answers:
                return answer
        return Answer.AGREES if answers else Answer.CANNOT_TELL

    @property
    def findings(self) -> tuple[VerificationFinding, ...]:
        """Those of all layers."""
        return tuple(finding for layer in self.layers for finding in layer.findings)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong or not clear, as sentences, each once, what is wrong first."""
        said = (
            one.said
            for answer in (Answer.DISAGREES, Answer.CANNOT_TELL)
            for one in self.findings
            if one.answer is answer and (one.counts or answer is Answer.DISAGREES)
        )
        return tuple(dict.fromkeys(said))

    @property
    def open_points(self) -> tuple[str, ...]:
        """Names of the findings that the answer waits for, each once."""
        return tuple(dict.fromkeys(name for one in self.layers for name in one.open_points))

    @property
    def would_do(self) -> ClockedSampling | None:
        """A record that would show the rate and the lost ticks of all layers.

        None where the readings show them, or none of the same neurons would do.
        """
        wanted = None
        for one in self.layers:
            if one.would_do is None and {"rate", "lost ticks"} & set(one.open_points):
                return None
            wanted = together(wanted, one.would_do)
        return wanted

    def finding(self, name: str, *, layer: int | None = None) -> VerificationFinding:
        """The finding of that name.

        Args:
            name: such as "rate".
            layer: index of the network layer; the first that was read where it is not given.

        Raises:
            InputError: no layer that was verified has that index, or no finding of it that name.
        """
        for one in self.layers:
            if layer is None or one.layer == layer:
                return one.finding(name)
        raise InputError(
            f"Asked a verification for layer {layer!r}.",
            hint=f"It is of these layers: {', '.join(str(one.layer) for one in self.layers)}.",
        )

    def as_json(self) -> dict[str, object]:
        """The verification as plain data."""
        return {
            "answer": self.answer.value,
            "problems": list(self.problems),
            "open_points": list(self.open_points),
            "would_do": None if self.would_do is None else attrs.asdict(self.would_do),
            "layers": [
                {
                    "layer": one.layer,
                    "answer": one.answer.value,
                    "steps": list(one.steps),
                    "rate_hz": _finite(one.rate_hz),
                    "ticks": one.ticks,
                    "phase": None if one.phase is None else list(one.phase),
                    "none_lost_s": None if one.none_lost_s is None else list(one.none_lost_s),
                    "would_do": None if one.would_do is None else attrs.asdict(one.would_do),
                    "findings": [
                        {
                            "name": each.name,
                            "answer": each.answer.value,
                            "counts": each.counts,
                            "said": each.said,
                        }
                        for each in one.findings
                    ],
                }
                for one in self.layers
            ],
        }

    def __repr__(self) -> str:
        layers = ", ".join(str(one.layer) for one in self.layers) or "none"
        several = "s" * (len(self.layers) != 1)
        return f"<Verification of layer{several} {layers}: {_answer_of(self)}>"


def _answer_of(verified: LayerVerification | Verification) -> str:
    """The answer, which points disagree, and which are not shown."""
    wrong = (one.name for one in verified.findings if one.answer is Answer.DISAGREES)
    named = ", ".join(dict.fromkeys(wrong))
    said = f"{verified.answer.value} ({named})" if named else verified.answer.value
    points = verified.open_points
    return f"{said}; not shown: {', '.join(points)}" if points else said


def _finite(rates: tuple[float, float] | None) -> list[float | None] | None:
    """For JSON, which has no infinity."""
    return None if rates is None else [rate if np.isfinite(rate) else None for rate in rates]
