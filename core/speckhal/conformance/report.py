"""What came of the cases, counted, for people and for machines."""

from __future__ import annotations

import collections
import enum
from importlib.metadata import version
from typing import TYPE_CHECKING

import attrs

from speckhal.contract.backend import API_VERSION
from speckhal.system.counted import counted

if TYPE_CHECKING:
    from speckhal.conformance.backend_under_test import Subject
    from speckhal.conformance.case import Case


class Outcome(enum.Enum):
    """What came of a case that was run. What is left out on hardware has no outcome at all."""

    PASSED = "passed"
    """The claim holds, of all that was tried."""

    REFUSED_AS_DECLARED = "refused as declared"
    """The backend does not declare what it takes, and refused it properly."""

    FAILED = "failed"
    """The claim does not hold, or could not be tried."""


@attrs.frozen(eq=False)
class CaseResult:
    """What came of one case.

    Attributes:
        case: the case.
        outcome: what came of it.
        reason: why it failed, or what was refused; empty where it passed.
        duration_s: wall time that it took.
        remarks: what is worth knowing, and no failure: what a refusal does not name, where the
            backend's version of the plugin API did not ask for it, and what could not be tried.
    """

    case: Case
    outcome: Outcome
    reason: str = ""
    duration_s: float = 0.0
    remarks: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Report:
    """Everything that came of an examination.

    Attributes:
        selection: the backend and board that were examined, as they were asked for.
        results: of the cases, in the order in which they were run.
        subject: what was examined; None where it could not be loaded.
        left_out: cases that are not for hardware, where it is that. They are among no other count,
            and nothing is known of what they claim.
    """

    selection: str
    results: tuple[CaseResult, ...]
    subject: Subject | None = None
    left_out: tuple[Case, ...] = ()

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many cases had which outcome."""
        found = collections.Counter(result.outcome for result in self.results)
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def declared(self) -> int:
        """How many cases are about what every backend does, or this one declares."""
        offered = frozenset() if self.subject is None else self.subject.declared
        return sum(result.case.needs <= offered for result in self.results)

    @property
    def remarks(self) -> int:
        """How many remarks there are on the cases."""
        return sum(len(result.remarks) for result in self.results)

    @property
    def summary(self) -> str:
        """The counts on one line, with the names of what was left out."""
        cases = counted(len(self.results), "case")
        text = ", ".join(f"{count} {outcome.value}" for outcome, count in self.counts.items())
        if self.left_out:
            names = ", ".join(case.name for case in self.left_out)
            text += f"; {len(self.left_out)} left out on hardware: {names}"
        if self.remarks:
            text += f"; {counted(self.remarks, 'remark')}"
        return f"{cases}, {self.declared} on what is declared: {text}."

    @property
    def passed(self) -> bool:
        """Whether cases were run, and none failed."""
        return bool(self.results) and not self.counts[Outcome.FAILED]

    def as_json(self) -> dict[str, object]:
        """The report in JSON's own types."""
        subject = self.subject
        offered = frozenset() if subject is None else subject.declared
        return {
            "backend": self.selection,
            "emulated": None if subject is None else not subject.is_hardware,
            "speckhal": version("speckhal"),
            "api_version": API_VERSION,
            "passed": self.passed,
            "counts": {
                "cases": len(self.results),
                "declared": self.declared,
                **{outcome.name.lower(): count for outcome, count in self.counts.items()},
                "left_out": len(self.left_out),
                "remarks": self.remarks,
            },
            "capabilities": sorted(capability.value for capability in offered),
            "left_out": [_case_as_json(case) for case in self.left_out],
            "duration_s": round(sum(result.duration_s for result in self.results), 3),
            "cases": [_result_as_json(result) for result in self.results],
        }


def _case_as_json(case: Case) -> dict[str, object]:
    return {
        "name": case.name,
        "claim": case.claim,
        "topic": case.topic,
        "half": case.half.value,
        "needs": sorted(capability.value for capability in case.needs),
    }


def _result_as_json(result: CaseResult) -> dict[str, object]:
    return {
        **_case_as_json(result.case),
        "outcome": result.outcome.value,
        "reason": result.reason,
        "remarks": list(result.remarks),
        "duration_s": round(result.duration_s, 3),
    }
