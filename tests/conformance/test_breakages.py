"""The mutation check: a mock with one broken rule never passes the kit."""

from __future__ import annotations

from pathlib import Path

import pytest

import speckhal
from speckhal import ClockDrive, InputError
from speckhal.conformance import CASES, Outcome, examine
from speckhal_mock.breakages.backend import BrokenMock
from speckhal_mock.breakages.table import BREAKAGES

README = Path(__file__).resolve().parents[2] / "README.md"

CAUGHT_BY = {
    "no-leak": "a-tick-adds-the-bias",
    "wrong-sign": "a-tick-adds-the-bias",
    "step-plus-one": "a-tick-adds-the-bias",
    "step-doubled": "a-tick-adds-the-bias",
    "one-bias-for-all": "a-tick-adds-the-bias",
    "biases-of-neighbours": "a-tick-adds-the-bias",
    "biases-of-8-bit": "a-large-bias-is-added-whole",
    "leak-where-none-is": "each-layer-leaks-by-itself",
    "clamp-at-zero": "a-tick-adds-the-bias",
    "clamp-one-early": "leak-stops-at-the-lower-threshold",
    "clamp-one-late": "leak-stops-at-the-lower-threshold",
    "no-clamp": "leak-stops-at-the-lower-threshold",
    "fires-late": "a-neuron-above-threshold-fires-or-stays",
    "other-reset": "a-neuron-above-threshold-fires-or-stays",
    "states-from-zero": "a-large-bias-is-added-whole",
    "states-swapped": "each-neuron-reads-its-own-state",
    "states-survive": "ticks-add-up",
    "x-and-y-swapped": "each-neuron-reads-its-own-state",
    "channels-on-top": "a-tick-adds-the-bias",
    "two-ticks-for-one": "a-tick-adds-the-bias",
    "every-tenth-tick-lost": "a-tick-adds-the-bias",
    "first-tick-lost": "a-tick-adds-the-bias",
    "clock-never-stops": "reading-more-often-reads-the-same",
    "clock-never-starts": "it-ticks-at-its-rate",
    "clock-on-after-deploying": "a-tick-adds-the-bias",
    "rate-ignored": "it-ticks-at-its-rate",
    "rate-off-by-a-tenth": "it-ticks-at-its-rate",
    "reading-ticks": "a-second-open-is-refused",
    "reading-holds-the-clock": "reading-more-often-reads-the-same",
    "one-answer-lost": "a-second-open-is-refused",
    "answers-beyond-1000-lost": "each-neuron-reads-its-own-state",
    "one-answer-twice": "a-second-open-is-refused",
    "write-to-a-neighbour": "each-neuron-holds-what-was-written",
    "writes-limited": "each-neuron-holds-what-was-written",
    "writes-ignored": "each-neuron-holds-what-was-written",
    "bias-writes-ignored": "written-biases-are-held",
    "reset-does-nothing": "resetting-sets-every-neuron-to-zero",
    "reset-clears-biases": "resetting-leaves-the-network",
    "tells-other-biases": "each-neuron-leaks-by-its-own-bias",
    "tells-another-scale": "deploy-says-what-rounding-cost",
    "hides-rounding": "deploy-says-what-rounding-cost",
    "tells-another-threshold": "deploy-says-what-the-layer-became",
    "tells-another-rate": "the-rate-is-returned",
    "direct-biases-ignored": "a-large-bias-is-added-whole",
    "leakless-network-taken": "a-network-that-would-not-leak-is-refused",
    "misfit-not-named": "a-layer-that-is-too-large-is-refused",
    "clock-without-a-rate": "a-clock-without-a-rate-does-not-start",
    "rates-rounded": "wrong-rates-are-refused",
    "ticks-rounded": "wrong-numbers-of-ticks-are-refused",
    "no-ticks-is-one": "ticks-add-up",
    "stepping-stops-the-clock": "a-running-clock-cannot-be-stepped",
    "ticks-uncounted": "a-reading-counts-ticks",
    "readings-undated": "a-reading-is-dated",
    "negative-potentials-hidden": "a-tick-adds-the-bias",
    "maps-transposed": "closing-gives-the-board-back",
    "some-neurons-in-other-order": "some-neurons-read-the-same-alone",
    "sleeps-half": "reading-more-often-reads-the-same",
    "time-stands-still": "it-ticks-at-its-rate",
    "time-by-chance": "the-same-script-does-the-same",
    "close-keeps-the-board": "closing-gives-the-board-back",
}
"""The case that catches each breakage; `benchmarks/breakages.py` shows all that do."""


def test_there_are_many_breakages_and_each_says_what_it_breaks() -> None:
    assert len(BREAKAGES) >= 25
    assert len({breakage.rule for breakage in BREAKAGES.values()}) == len(BREAKAGES)


def test_the_readme_shows_what_catches_each_breakage() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    for name, breakage in BREAKAGES.items():
        assert f"| `{name}` | {breakage.rule} | `{CAUGHT_BY[name]}` |" in lines
    assert f"<summary>{len(BREAKAGES)} breakages, and the case that catches each</summary>" in lines


@pytest.mark.parametrize("name", BREAKAGES)
def test_the_kit_catches_a_broken_mock(name: str) -> None:
    cases = [case for case in CASES if case.name == CAUGHT_BY[name]]
    report = examine(BrokenMock(name), cases=cases)
    assert not report.passed
    (result,) = report.results
    assert result.outcome is Outcome.FAILED
    assert result.reason


@pytest.mark.parametrize("name", sorted(set(CAUGHT_BY.values())))
def test_what_catches_breakages_passes_a_mock_that_is_whole(name: str) -> None:
    assert examine("mock", cases=[case for case in CASES if case.name == name]).passed


def test_a_mock_is_broken_by_an_option_of_opening() -> None:
    leaked = []
    for options in ({}, {"breakage": "no-leak"}):
        with speckhal.open_device("mock", **options) as device:
            example = BrokenMock("no-leak").example()
            leak = device.leak_config(drive=ClockDrive.STEPPED)
            device.deploy(example.network, input_shape=example.input_shape, leak=leak)
            device.tick(2)
            leaked.append(127 - int(device.probe().read().v_mem.min()))
    assert leaked == [26, 0]


def test_an_unknown_breakage_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"breakage is 'no-laek'.*It knows: no-leak, wrong-sign"):
        speckhal.open_device("mock", breakage="no-laek")
