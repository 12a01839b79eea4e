"""Runs cases and judges what came of them; one that crashes costs no other."""

from __future__ import annotations

import sys
import time
import warnings
from typing import TYPE_CHECKING

from speckhal.conformance.backend_under_test import find_subject, subject_of
from speckhal.conformance.case import Case, Half
from speckhal.conformance.cases.loading import the_backend_loads
from speckhal.conformance.expectations import Violation
from speckhal.conformance.report import CaseResult, Outcome, Report
from speckhal.conformance.suite import CASES, cases_for
from speckhal.conformance.suite_bench import SuiteBench
from speckhal.contract.capabilities import VERSION_1
from speckhal.contract.errors import BackendBroken, BackendIncompatible, CapabilityUnsupported
from speckhal.opened.observers import raw_device_at_work
from speckhal.system.error_text import cause_of
from speckhal.system.interrupts import is_interrupt

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from speckhal.conformance.backend_under_test import Subject
    from speckhal.contract.backend import Backend
    from speckhal.contract.capabilities import Capability

OPEN_S = 1.0
DEPLOY_S = 2.0
"""What opening a board and deploying take on hardware, roughly: the driver waits for one second
after a configuration, as sinabs does."""


def examine(
    backend: Backend | str,
    *,
    target: str | None = None,
    halves: Collection[Half] = frozenset(Half),
    cases: Iterable[Case] = CASES,
    stop_at_failure: bool = False,
    on_result: Callable[[CaseResult], None] = lambda _: None,
) -> Report:
    """Put a backend to the test.

    Args:
        backend: the backend, or `backend[:target]` for one that is installed.
        target: which of its boards, where `backend` does not say.
        halves: which halves of the suite.
        cases: the suite.
        stop_at_failure: whether to leave out what follows a failure.
        on_result: called with each result as soon as there is one.

    Raises:
        InputError: `backend` is no selection.
        BackendError: there is no backend of that name, or it is disabled or not the only one. One
            that is there and cannot be used fails instead.
        DeviceNotFound: it selects a target that the backend does not have.
    """
    if isinstance(backend, str):
        try:
            subject = find_subject(backend)
        except (BackendBroken, BackendIncompatible) as error:
            failed = CaseResult(the_backend_loads, Outcome.FAILED, cause_of(error))
            on_result(failed)
            return Report(backend, (failed,))
    else:
        subject = subject_of(backend, target)
    chosen, left_out = cases_for(subject, cases, halves)
    results: list[CaseResult] = []
    for case in chosen:
        result = run(case, subject)
        results.append(result)
        on_result(result)
        if stop_at_failure and result.outcome is Outcome.FAILED:
            break
    return Report(subject.label, tuple(results), subject, left_out)


def estimate_s(cases: Iterable[Case]) -> float:
    """Seconds that cases take on hardware, roughly."""
    return sum(
        OPEN_S + DEPLOY_S * case.deployments + case.waits_s
        for case in cases
        if case.half is Half.LIVE
    )


def run(case: Case, subject: Subject) -> CaseResult:
    """Run one case, on boards that it opens and that are closed afterwards."""
    began_s = time.perf_counter()
    bench = SuiteBench(subject, opened=uses_open_device(case, subject))
    outcome, reason = _judge(case, bench)
    duration_s = time.perf_counter() - began_s
    return CaseResult(case, outcome, reason, duration_s, tuple(bench.remarks))


def uses_open_device(case: Case, subject: Subject) -> bool:
    """Whether the case uses `OpenDevice`: also where that must refuse what is not declared.

    Whether a capability that came after 0.1 counts as declared is only known of an open device.
    """
    return case.opened or not case.needs <= subject.declared & VERSION_1


def _judge(case: Case, bench: SuiteBench) -> tuple[Outcome, str]:
    lacking = case.needs - bench.subject.declared
    try:
        # of what a backend opens within itself, observers hear no more than of the rest
        with warnings.catch_warnings(), raw_device_at_work(), bench:
            warnings.simplefilter("ignore")  # what a backend has to say to users is no lie
            lacking |= bench.unfounded(case.needs)
            case.check(bench)
    except CapabilityUnsupported as error:
        return _judge_refusal(error, lacking)
    except Violation as violation:
        # a board that cannot be opened refuses nothing
        said = _must_refuse(lacking) if bench.has_opened else ""
        return Outcome.FAILED, said + str(violation)
    except BaseException as error:
        if is_interrupt(error):
            if sys.version_info >= (3, 11):  # what hangs names nothing by itself
                error.add_note(f"The case {case.name} was at work.")
            raise
        # a crash, or sys.exit(), fails this case alone
        return Outcome.FAILED, f"{_must_refuse(lacking)}It raised {cause_of(error)}"
    if lacking:
        return Outcome.FAILED, f"{_must_refuse(lacking)}It works, or seems to."
    return Outcome.PASSED, ""


def _judge_refusal(
    error: CapabilityUnsupported, lacking: frozenset[Capability]
) -> tuple[Outcome, str]:
    """Whether a refusal is one that the backend's declaration foretells."""
    named = error.capability
    if named in lacking:
        if not error.hint:
            return Outcome.FAILED, f"It is refused without a hint at what would work: {error}"
        return Outcome.REFUSED_AS_DECLARED, error.message
    if lacking:
        what = "no capability" if named is None else repr(named.value)
        return Outcome.FAILED, f"{_must_refuse(lacking)}The refusal names {what}: {error}"
    return Outcome.FAILED, f"It declares what this takes, and refuses it: {error}"


def _must_refuse(lacking: frozenset[Capability]) -> str:
    """The beginning of what is said of a backend that does not declare what a case takes."""
    if not lacking:
        return ""
    names = " or ".join(sorted(repr(capability.value) for capability in lacking))
    return f"The backend does not declare {names}, so this must be refused by that name. "
