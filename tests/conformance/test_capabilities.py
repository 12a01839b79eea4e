"""Declarations are checked both ways: declared must work, undeclared must be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal import Capability
from speckhal.conformance import CASES, Half, Outcome, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Data = Callable[[str], ModuleType]

EVERYTHING = frozenset(Capability)
CLOCKS = (Capability.EXTERNAL_CLOCK, Capability.STEPPED_CLOCK, Capability.INTERNAL_CLOCK)


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.name.lower())
def test_a_backend_with_one_clock_and_nothing_else_passes(clock: Capability, data: Data) -> None:
    report = examine(data("modest").ModestMock(frozenset({clock})))
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []
    refused = {
        result.case for result in report.results if result.outcome is Outcome.REFUSED_AS_DECLARED
    }
    assert refused == {case for case in CASES if not case.needs <= {clock}}
    assert report.declared == len(CASES) - len(refused)


def test_most_of_the_suite_is_for_every_backend_and_cannot_be_refused() -> None:
    assert sum(not case.needs for case in CASES) >= 40


@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name.lower())
def test_what_works_without_being_declared_fails(capability: Capability, data: Data) -> None:
    cases = [case for case in CASES if case.needs == {capability}]
    report = examine(data("modest").Undeclared(EVERYTHING - {capability}), cases=cases)
    assert report.counts[Outcome.FAILED] == len(cases) > 0
    for result in report.results:
        assert f"does not declare {capability.value!r}" in result.reason
        assert "It works" in result.reason


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("RefusesWithAnotherError", "It raised NotImplementedError"),
        ("RefusesWithoutNaming", "The refusal names no capability"),
        ("RefusesNamingAnother", "The refusal names '"),
    ],
)
@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name.lower())
def test_an_improper_refusal_fails(
    how: str, words: str, capability: Capability, data: Data
) -> None:
    cases = [case for case in CASES if case.needs == {capability}]
    report = examine(getattr(data("modest"), how)(EVERYTHING - {capability}), cases=cases)
    assert report.counts[Outcome.FAILED] == len(cases) > 0
    assert any(words in result.reason for result in report.results)


def test_a_backend_without_any_clock_fails(data: Data) -> None:
    backend = data("modest").ModestMock(EVERYTHING - set(CLOCKS))
    report = examine(backend, halves={Half.STATIC})
    (failed,) = [result for result in report.results if result.outcome is Outcome.FAILED]
    assert "no drive of the slow clock" in failed.reason
