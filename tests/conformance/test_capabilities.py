"""Declarations are checked both ways: declared must work, undeclared is refused by speckhal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal import Capability
from speckhal.conformance import CASES, Half, Outcome, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Data = Callable[[str], ModuleType]

EVERYTHING = frozenset(Capability) - {Capability.PREVIEW}
"""All that the honest board has, which previews nothing."""

CLOCKS = (Capability.EXTERNAL_CLOCK, Capability.STEPPED_CLOCK, Capability.INTERNAL_CLOCK)
IN_PROCESS = [case for case in CASES if case.name != "loading-it-imports-nothing-heavy"]
"""Without the one that starts a process, whatever is declared."""


def test_a_backend_with_one_clock_that_refuses_all_else_by_itself_passes(data: Data) -> None:
    clock = Capability.STEPPED_CLOCK
    cases = [case for case in IN_PROCESS if case.needs or case.half is Half.STATIC]
    report = examine(data("modest").ModestMock(frozenset({clock})), cases=cases)
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []
    refused = {
        result.case for result in report.results if result.outcome is Outcome.REFUSED_AS_DECLARED
    }
    assert refused == {case for case in CASES if not case.needs <= {clock}}
    assert report.declared == len(cases) - len(refused)


def test_most_of_the_suite_is_for_every_backend_and_cannot_be_refused() -> None:
    assert sum(not case.needs for case in CASES) >= 40


@pytest.mark.parametrize(
    ("left", "member"),
    [
        ({Capability.STIMULATE, Capability.RECORD_SPIKES}, "stimulate"),
        (set(Capability), "recorded_spikes"),
        ({Capability.PREVIEW}, "preview"),
    ],
)
def test_a_device_without_a_member_for_what_it_declares_by_name_fails(
    left: set[Capability], member: str, data: Data
) -> None:
    backend = data("honest").HonestBackend(capabilities=frozenset({CLOCKS[1], *left}))
    honest = data("honest").HonestDevice
    members = {name: value for name, value in vars(honest).items() if name != member}
    backend.device = type("Misspelt", honest.__bases__, members)
    cases = [case for case in CASES if case.name == "the-device-fits-the-protocol"]
    (result,) = examine(backend, cases=cases).results
    assert result.outcome is Outcome.FAILED
    assert f"lacks {member} for it" in result.reason


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.name.lower())
def test_a_plugin_that_refuses_nothing_by_itself_passes_too(clock: Capability, data: Data) -> None:
    backend = data("honest").HonestBackend(capabilities=frozenset({clock}))
    report = examine(backend, cases=IN_PROCESS)
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []
    assert report.counts[Outcome.REFUSED_AS_DECLARED] == sum(
        not case.needs <= {clock} for case in CASES
    )


@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name.lower())
def test_what_works_without_being_declared_is_refused_for_the_plugin(
    capability: Capability, data: Data
) -> None:
    cases = [case for case in CASES if case.needs == {capability}]
    report = examine(
        data("honest").HonestBackend(capabilities=EVERYTHING - {capability}), cases=cases
    )
    assert report.counts[Outcome.REFUSED_AS_DECLARED] == len(cases) > 0
    assert all(capability.value in result.reason for result in report.results)


def test_what_only_arguments_are_about_is_asked_of_the_device_that_users_hold() -> None:
    opened = {case.name for case in CASES if case.opened}
    assert {"wrong-rates-are-refused", "a-closed-device-makes-no-ticks"} <= opened
    assert not {"a-tick-adds-the-bias", "the-device-fits-the-protocol"} & opened
    assert all(case.half is Half.LIVE for case in CASES if case.opened)


def test_a_backend_without_any_clock_fails(data: Data) -> None:
    backend = data("modest").ModestMock(EVERYTHING - set(CLOCKS))
    report = examine(backend, halves={Half.STATIC}, cases=IN_PROCESS)
    (failed,) = [result for result in report.results if result.outcome is Outcome.FAILED]
    assert "no drive of the slow clock" in failed.reason


@pytest.mark.parametrize("target", [None, "board", "stepper"])
def test_each_board_of_a_backend_is_judged_by_what_is_said_of_that_board(
    target: str | None, data: Data
) -> None:
    report = examine(data("unlike").UnlikeBackend(), target=target, cases=IN_PROCESS)
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []
    can = {Capability.STEPPED_CLOCK} if target == "stepper" else EVERYTHING
    assert report.counts[Outcome.REFUSED_AS_DECLARED] == sum(
        not case.needs <= can for case in CASES
    )


@pytest.mark.parametrize(
    ("liar", "target", "name", "words"),
    [
        (
            "StepperIsHardware",
            "stepper",
            "it-opens-as-described",
            "`info.emulated` is True instead of False",
        ),
        (
            "DescribesMore",
            None,
            "it-declares-what-it-can-do",
            "The target 'board' declares described inputs, direct biases",
        ),
        (
            "DescribesAnything",
            None,
            "it-knows-the-chip-of-each-target",
            "Describing the target 'no-such-board' must be refused with DeviceNotFound",
        ),
    ],
)
def test_a_false_description_of_a_board_fails(
    liar: str, target: str | None, name: str, words: str, data: Data
) -> None:
    backend = getattr(data("unlike"), liar)()
    cases = [case for case in CASES if case.name == name]
    (result,) = examine(backend, target=target, cases=cases).results
    assert result.outcome is Outcome.FAILED
    assert words in result.reason
