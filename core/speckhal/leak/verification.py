"""Verifies a leak: what a board's readings show of its steps, its clock and its floor.

`judge` asks whether a layer leaks as deployed, with a clock that is trusted. This asks more: the
rate is measured, the steps are counted, and each point has an answer of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs
import numpy as np

from speckhal.contract.errors import InputError
from speckhal.contract.reading import Trace
from speckhal.leak.channel_verdict import Answer
from speckhal.leak.clock_findings import phase_of
from speckhal.leak.planned_leak import against_plan, layer_of_plan
from speckhal.leak.verdict import flaw_of
from speckhal.leak.verification_evidence import gather
from speckhal.leak.verification_findings import findings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from speckhal.contract.deployment import DeployedLayer
    from speckhal.leak.leak_plan import LeakPlan
    from speckhal.leak.verification_finding import VerificationFinding

JITTER_S = 0.005
"""How far the moment of a request may be from the one noted; USB takes milliseconds."""

_A_YEAR_S = 366 * 86400.0


class KeptPlan(Protocol):
    """The provenance of a run, as far as it is verified."""

    @property
    def plan(self) -> Mapping[str, object] | None:
        """The leak that was wanted, as plain data; None without a plan."""


class MeasuredRun(Protocol):
    """A run, as far as it is verified; `speckhal.Run` is one."""

    @property
    def traces(self) -> Sequence[Trace]:
        """One for each layer that was read."""

    @property
    def layers(self) -> Sequence[DeployedLayer]:
        """Those layers, as they were deployed."""

    @property
    def provenance(self) -> KeptPlan:
        """Where it comes from."""


@attrs.frozen
class LayerVerification:
    """What the readings of one layer show.

    Attributes:
        layer: index of the network layer.
        findings: on step, rate, lost ticks, phase, clamp, outliers, aliasing and plan, as far as
            they apply.
        steps: what a tick adds, for each channel; None where the readings do not show it.
        rate_hz: the least and the most that the clock's rate can be; None where it was stepped, or
            no fixed rate explains the readings.
        ticks: that most neurons count from the first reading to the last that counts; None where
            none counts.
        phase: between which fractions of a period the clock stood at the first reading; None where
            `rate_hz` is.
    """

    layer: int
    findings: tuple[VerificationFinding, ...]
    steps: tuple[int | None, ...]
    rate_hz: tuple[float, float] | None
    ticks: int | None
    phase: tuple[float, float] | None

    @property
    def answer(self) -> Answer:
        """Disagrees if one finding does; else cannot tell if one that counts cannot."""
        if any(one.answer is Answer.DISAGREES for one in self.findings):
            return Answer.DISAGREES
        counting = {one.answer for one in self.findings if one.counts}
        return Answer.CANNOT_TELL if Answer.CANNOT_TELL in counting else Answer.AGREES

    def finding(self, name: str) -> VerificationFinding:
        """The finding of that name.

        Raises:
            InputError: there is none.
        """
        for one in self.findings:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.findings)
        raise InputError(
            f"Asked a verification for its finding {name!r}.", hint=f"It has these: {names}."
        )


@attrs.frozen
class Verification:
    """What the readings of a run, or of one trace, show.

    Attributes:
        layers: one for each layer that was read.
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
        """What is wrong or not clear, as sentences, what is wrong first."""
        return tuple(
            one.said
            for answer in (Answer.DISAGREES, Answer.CANNOT_TELL)
            for one in self.findings
            if one.answer is answer and (one.counts or answer is Answer.DISAGREES)
        )

    def finding(self, name: str, *, layer: int | None = None) -> VerificationFinding:
        """The finding of that name.

        Args:
            name: such as "rate".
            layer: index of the network layer; the first that was read where it is not given.

        Raises:
            InputError: there is none.
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
            "layers": [
                {
                    "layer": one.layer,
                    "answer": one.answer.value,
                    "steps": list(one.steps),
                    "rate_hz": _finite(one.rate_hz),
                    "ticks": one.ticks,
                    "phase": None if one.phase is None else list(one.phase),
                    "findings": [
                        {"name": each.name, "answer": each.answer.value, "said": each.said}
                        for each in one.findings
                    ],
                }
                for one in self.layers
            ],
        }


def verify(
    measured: Trace | MeasuredRun,
    layer: DeployedLayer | None = None,
    plan: LeakPlan | Mapping[str, object] | None = None,
    *,
    start: int | None = None,
    jitter_s: float = JITTER_S,
) -> Verification:
    """Find what readings show of step, rate, phase, clamp, outliers, lost ticks and aliasing.

    Args:
        measured: a trace of at least two readings, or a run, which has its layers with it.
        layer: as it was deployed, for a trace; without it nothing is expected, and what the
            readings show is reported.
        plan: of the leak, as `plan_leak` gives it or as a record keeps it. It is compared with the
            layers; for a trace without its layer it says which step and rate to expect. A run
            has its own with it.
        start: membrane potential of all neurons before the clock ran, in chip units, where it is
            known otherwise than by the first reading.
        jitter_s: how far the moment of a request may be from the one noted, in seconds.

    Raises:
        InputError: a trace is too short or broken, or one of the arguments is something else.
    """
    if not 0 <= jitter_s < np.inf:
        raise InputError(
            f"Asked to allow a jitter of {jitter_s!r} s.", hint="Give seconds, such as 0.005."
        )
    pairs = list(_pairs(measured, layer))
    if plan is None and not isinstance(measured, Trace):
        plan = measured.provenance.plan
    return Verification(
        tuple(_verified(trace, one, plan, start, float(jitter_s)) for trace, one in pairs)
    )


def _pairs(
    measured: Trace | MeasuredRun, layer: DeployedLayer | None
) -> Iterator[tuple[Trace, DeployedLayer | None]]:
    """Each trace with the layer that it is of."""
    if isinstance(measured, Trace):
        yield measured, layer
    elif hasattr(measured, "traces") and hasattr(measured, "layers"):
        if layer is not None:
            raise InputError(
                "Asked to verify a run by a layer, and a run has its layers with it.",
                hint="Leave out the layer, or give run.trace(index) with it.",
            )
        yield from zip(measured.traces, measured.layers, strict=True)
    else:
        raise InputError(
            f"Asked to verify a {type(measured).__name__}.",
            hint="measure_leak(device) gives a trace, run_leak(device) and open_run(path) a run.",
        )


def _verified(
    trace: Trace,
    layer: DeployedLayer | None,
    plan: LeakPlan | Mapping[str, object] | None,
    start: int | None,
    jitter_s: float,
) -> LayerVerification:
    flaw = flaw_of(trace)
    if flaw is not None:
        raise InputError(
            f"Asked to verify a trace {flaw}.", hint="Take it as measure_leak(device) gives it."
        )
    if layer is not None and (trace.layer != layer.index or trace.shape != layer.shape):
        raise InputError(
            f"Asked to verify a trace of layer {trace.layer}, of shape {trace.shape}, by layer "
            f"{layer.index}, of shape {layer.shape}.",
            hint="Take the layer that was measured, from what deploy() gave before.",
        )
    if len(trace) < 2:
        raise InputError(
            f"Asked to verify a trace of layer {trace.layer} with a single reading, and a leak "
            "shows from two on.",
            hint="Measure for longer, or read more often.",
        )
    times_s = np.concatenate([trace.time_s, trace.duration_s])
    if not (np.abs(times_s) < _A_YEAR_S).all():
        raise InputError(
            "Asked to verify readings that last longer than a year.",
            hint="Give times and durations in seconds since the start of the leak.",
        )
    expected = layer
    if layer is None and plan is not None:
        expected = layer_of_plan(plan, trace)
    evidence = gather(trace, expected, jitter_s)
    findings = list(findings_of(evidence, start))
    if plan is not None and layer is not None:
        findings.append(against_plan(plan, layer))
    rates, consensus = evidence.rates, evidence.consensus
    timed = trace.ticks is None and rates is not None
    return LayerVerification(
        trace.layer,
        tuple(findings),
        tuple(
            next(iter(one.steps))
            if one.steps is not None and len(one.steps) == 1 and not one.is_wrong
            else (one.likeliest if one.is_wrong else None)
            for one in evidence.channels
        ),
        (rates.least_hz, rates.most_hz) if timed and rates is not None else None,
        None if consensus is None else int(consensus.ticks[-1]),
        phase_of(evidence) if timed else None,
    )


def _finite(rates: tuple[float, float] | None) -> list[float | None] | None:
    """For JSON, which has no infinity."""
    return None if rates is None else [rate if np.isfinite(rate) else None for rate in rates]
