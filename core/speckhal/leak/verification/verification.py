"""Verifies a leak: what a board's readings show of its steps, its clock and its floor.

`judge` asks whether a layer leaks as deployed, with a clock that is trusted. This asks more: the
rate is measured, the steps are counted, and each point has an answer of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs
import numpy as np

from speckhal.contract.arrays import whole_number
from speckhal.contract.deployment import DeployedLayer
from speckhal.contract.errors import InputError
from speckhal.contract.reading import Trace
from speckhal.leak.trace_check import last_too_long, refuse_unfit
from speckhal.leak.verification.clock_findings import phase_of
from speckhal.leak.verification.enough_readings import record_that_would_do
from speckhal.leak.verification.evidence_gathering import gather
from speckhal.leak.verification.findings import findings_of
from speckhal.leak.verification.layer_verification import LayerVerification, Verification
from speckhal.leak.verification.lost_tick_findings import none_lost_between
from speckhal.leak.verification.planned_leak import against_plan, as_plan, layer_of_plan
from speckhal.leak.verification.shared_clock import with_one_clock
from speckhal.leak.verification.unread_layers import left_open, open_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from speckhal.leak.planning.leak_plan import LeakPlan
    from speckhal.leak.verification.evidence import LayerEvidence
    from speckhal.leak.verification.finding import VerificationFinding

JITTER_S = 0.005
"""How far the moment of a request may be from the one noted; USB takes milliseconds."""


class KeptPlan(Protocol):
    """The provenance of a run, as far as it is verified."""

    @property
    def plan(self) -> Mapping[str, object] | None:
        """The leak that was wanted, as plain data; None without a plan."""

    @property
    def start(self) -> int | None:
        """Membrane potential of all neurons before the clock ran; None for the first reading."""


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


def verify(
    measured: Trace | MeasuredRun,
    layer: DeployedLayer | None = None,
    plan: LeakPlan | Mapping[str, object] | None = None,
    *,
    start: int | None = None,
    jitter_s: float = JITTER_S,
    points: Sequence[str] | None = None,
) -> Verification:
    """Find what readings show of step, rate, phase, clamp, outliers, lost ticks and aliasing.

    The arguments and errors are those of `speckhal.verify`, which takes the path of a run too.
    """
    if layer is not None and not isinstance(layer, DeployedLayer):
        raise InputError(
            f"Asked to verify by something of the type {type(layer).__name__} for the deployed "
            "layer.",
            hint="device.deploy(...).layer(0) gives one.",
        )
    if start is not None and whole_number(start) is None:
        raise InputError(
            f"Asked to verify from a start of {start!r}, which is not a whole number.",
            hint="Give the membrane potential before the clock ran, in chip units, such as 127.",
        )
    given: object = jitter_s
    if not isinstance(given, int | float) or not 0 <= given < np.inf:
        raise InputError(
            f"Asked to allow a jitter of {jitter_s!r} s.", hint="Give seconds, such as 0.005."
        )
    pairs = list(_pairs(measured, layer))
    if not isinstance(measured, Trace):
        plan = measured.provenance.plan if plan is None else plan
        start = measured.provenance.start if start is None else start
    asked = None if plan is None else as_plan(plan)

    def asked_of(
        found: Iterable[VerificationFinding], deployed: DeployedLayer | None
    ) -> Sequence[VerificationFinding]:
        findings = list(found)
        if asked is not None and deployed is not None:
            findings.append(against_plan(asked, deployed))
        return _asked_of(findings, points)

    # where no layer has two readings, the first that has not is refused
    read = [pair for pair in pairs if len(pair[0]) > 1] or pairs
    alone = [_evidence(trace, one, asked, float(jitter_s)) for trace, one in read]
    verified = [
        (trace, _verified(evidence, asked_of(findings_of(evidence, start), deployed)))
        for evidence, (trace, deployed) in zip(with_one_clock(alone), read, strict=True)
    ]
    of_the_read = iter(verified)
    return Verification(
        tuple(
            next(of_the_read)[1]
            if len(trace) > 1
            else left_open(trace, asked_of(open_points(trace, verified), deployed), verified)
            for trace, deployed in pairs
        )
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
        if not measured.traces:
            raise InputError(
                "Asked to verify a run without a reading of any layer.",
                hint="run_leak(device) reads the layers that leak.",
            )
        yield from zip(measured.traces, measured.layers, strict=True)
    else:
        raise InputError(
            f"Asked to verify a {type(measured).__name__}.",
            hint="measure_leak(device) gives a trace, run_leak(device) and open_run(path) a run.",
        )


def _asked_of(
    findings: Sequence[VerificationFinding], points: Sequence[str] | None
) -> Sequence[VerificationFinding]:
    """The findings, of which those count that were asked for."""
    if points is None:
        return findings
    names = [one.name for one in findings]
    asked = [points] if isinstance(points, str) else list(points)
    for point in asked:
        if point not in names:
            raise InputError(
                f"Asked to verify the point {point!r}, {_why_absent(point)}.",
                hint=f"The points here are: {', '.join(names)}.",
            )
    if not asked:
        raise InputError("Asked to verify no point.", hint=f"There are: {', '.join(names)}.")
    return [attrs.evolve(one, counts=one.name in asked) for one in findings]


def _why_absent(point: object) -> str:
    if point in ("rate", "phase", "aliasing"):
        return "which readings of a clock that runs have: a stepped clock has no rate"
    if point == "plan":
        return "and the record has no plan to compare with"
    return "which is no point of a verification"


def _evidence(
    trace: Trace,
    layer: DeployedLayer | None,
    plan: LeakPlan | None,
    jitter_s: float,
) -> LayerEvidence:
    """What the readings of one layer show, once it is sure that they can be asked."""
    refuse_unfit(trace, layer, "verify")
    if last_too_long(trace):
        raise InputError(
            "Asked to verify readings that last longer than a year.",
            hint="Give times and durations in seconds since the start of the leak.",
        )
    if layer is None and plan is not None:
        layer = layer_of_plan(plan, trace)
    return attrs.evolve(gather(trace, layer, jitter_s), is_planned=plan is not None)


def _verified(
    evidence: LayerEvidence, findings: Sequence[VerificationFinding]
) -> LayerVerification:
    rates, consensus = evidence.rates, evidence.consensus
    timed = evidence.is_timed and rates is not None and evidence.clash is None
    return LayerVerification(
        evidence.trace.layer,
        tuple(findings),
        tuple(
            next(iter(one.steps))
            if one.steps is not None
            and len(one.steps) == 1
            and not one.is_wrong
            and evidence.either is None
            else (one.likeliest if one.is_wrong else None)
            for one in evidence.channels
        ),
        (rates.least_hz, rates.most_hz) if timed and rates is not None else None,
        None if consensus is None else int(consensus.ticks[-1]),
        phase_of(evidence) if timed else None,
        none_lost_between(evidence) if timed else None,
        record_that_would_do(evidence, findings),
    )
