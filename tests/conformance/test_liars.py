"""Backends that lie on purpose: each fails the suite, with a sentence that names its lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speckhal.conformance import CASES, Outcome, examine

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from speckhal.conformance import Case

    Data = Callable[[str], ModuleType]

LIES = {
    "SilentNoOpLeak": ("a-tick-adds-the-bias", "Nothing leaked"),
    "LostAnswers": ("a-large-layer-is-read-completely", "10 of 16384 neurons are wrong"),
    "DeclaredButMissing": (
        "each-neuron-holds-what-was-written",
        "It declares what this takes, and refuses it",
    ),
    "DeclaredButIdle": ("each-neuron-holds-what-was-written", "holds 0 instead of -300"),
    "ClockNeverStops": ("a-stopped-clock-makes-no-ticks", "The slow clock was left on"),
    "ClockLeftOn": ("the-clock-is-off-after-every-way-out", "opened after"),
    "ClockNeverStarts": ("it-ticks-at-its-rate", "0 ticks came in 2.0"),
    "ReadingHoldsTheClock": ("it-ticks-at-its-rate-while-it-is-read", "0 ticks came in 2."),
    "RateOffByATenth": ("it-ticks-at-its-rate", "44 ticks came in 2.0"),
    "DeploysOnARunningClock": ("deploying-stops-the-clock", "after deploying while the clock ran"),
    "SwallowsErrors": (
        "an-error-in-a-with-block-closes-the-device",
        "An error that ended a `with` block was swallowed",
    ),
    "LeavesBlocksOpen": ("an-error-in-a-with-block-closes-the-device", "could not be opened"),
    "ClosesOnce": ("closing-gives-the-board-back", "Closing a closed device raised DeviceClosed"),
    "FailsToClose": ("a-reading-is-dated", "could not be closed: DeviceFailed: The cable is stuck"),
    "RefusesWithoutAHint": (
        "a-layer-that-is-too-large-is-refused",
        "A layer that takes 69632 words of neuron memory is refused without a hint",
    ),
    "RefusesWithForeignErrors": (
        "what-is-no-network-is-refused",
        "Deploying the number 3 must be refused with NetworkError, and raised ValueError",
    ),
    "TimeRunsBackwards": ("time-never-runs-backwards", "Time ran backwards"),
    "NotDeterministic": ("the-same-script-does-the-same", "What the same script reads the second"),
    "TakesWhatDoesNotFit": (
        "a-layer-that-is-too-large-is-refused",
        "A layer that takes 69632 words of neuron memory must be refused with NetworkDoesNotFit",
    ),
    "ProbesAllNeurons": (
        "the-device-fits-the-protocol",
        "`ProbesAllNeurons.probe` does not take `neurons`",
    ),
    "Crashes": ("a-tick-adds-the-bias", "It raised ZeroDivisionError: 1 by zero"),
    "DeclaresLess": ("it-opens-as-described", "The device's list of capabilities"),
}


def case_named(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def test_a_wrapper_that_changes_nothing_passes(data: Data) -> None:
    report = examine(data("wrapped").WrappedMock())
    assert report.passed, [result.reason for result in report.results if result.reason]


@pytest.mark.parametrize("liar", LIES)
def test_a_liar_fails_and_its_lie_is_named(liar: str, data: Data) -> None:
    name, words = LIES[liar]
    backend = data("wrapped").WrappedMock()
    backend.device = getattr(data("liars"), liar)
    report = examine(backend, cases=[case_named(name)])
    (result,) = report.results
    assert result.outcome is Outcome.FAILED
    assert words in result.reason
    assert not report.passed


def test_every_liar_is_tried(data: Data) -> None:
    wrapped = data("wrapped").WrappedDevice
    liars = {
        name
        for name, kind in vars(data("liars")).items()
        if isinstance(kind, type) and issubclass(kind, wrapped) and not name.startswith("_")
    }
    assert liars - {"WrappedDevice"} == set(LIES)


def test_a_crash_costs_no_other_case(data: Data) -> None:
    backend = data("wrapped").WrappedMock()
    backend.device = data("liars").Crashes
    cases = [case for case in CASES if case.topic in {"lifecycle", "leak", "deployment"}]
    report = examine(backend, cases=cases)
    assert len(report.results) == len(cases)
    assert 0 < report.counts[Outcome.FAILED] < report.counts[Outcome.PASSED]


DESCRIPTIONS = {
    "its-name-can-be-selected": ("name", "my chip", "cannot be typed"),
    "it-is-for-this-api-version": ("api_version", 0, "version 0 of the plugin API"),
    "it-says-what-it-is": ("emulated", "yes", "it must be a bool"),
    "its-targets-can-be-selected": ("targets", (), "no targets"),
    "it-declares-what-it-can-do": ("capabilities", {"leak"}, "a frozenset of Capability"),
    "its-methods-fit-the-protocol": ("open", lambda: None, "does not take `target`"),
    "it-knows-the-chip-of-each-target": (
        "chip",
        lambda target=None: examine,
        "must be refused with DeviceNotFound",
    ),
    "it-opens-as-described": ("emulated", False, "`info.emulated` is True instead of False"),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_false_description_fails(name: str, data: Data) -> None:
    attribute, value, words = DESCRIPTIONS[name]
    backend = data("wrapped").WrappedMock()
    setattr(backend, attribute, value)
    if attribute == "chip":
        backend.chip = lambda target=None: data("wrapped").WrappedMock().chip()
    (result,) = examine(backend, cases=[case_named(name)]).results
    assert result.outcome is Outcome.FAILED
    assert words in result.reason


def test_a_backend_whose_own_examples_hide_a_wrong_input_fails_on_a_list_of_layers(
    data: Data,
) -> None:
    (result,) = examine(
        data("liars").TakesTwoInputs(), cases=[case_named("a-list-of-layers-is-a-network")]
    ).results
    assert result.outcome is Outcome.FAILED
    assert "Its first Conv2d takes 2 channels" in result.reason


def test_a_source_that_is_none_fails(data: Data) -> None:
    import attrs

    backend = data("wrapped").WrappedMock()
    facts = backend.chip()
    unknown = attrs.evolve(facts.channel_range, source="TODO")
    backend.chip = lambda target=None: attrs.evolve(facts, channel_range=unknown)
    (result,) = examine(backend, cases=[case_named("every-fact-has-a-source")]).results
    assert result.reason == "channel_range has the source 'TODO', which is not a source."
    sizes = {"input_size_range": attrs.evolve(unknown, source="a sheet", value=(1, 32))}
    backend.chip = lambda target=None: attrs.evolve(facts, particulars=sizes)
    (result,) = examine(backend, cases=[case_named("every-fact-has-a-source")]).results
    assert result.reason == "input_size_range is (1, 32), and must be a Range."
