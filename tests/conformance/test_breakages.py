"""The mutation check: a mock with one broken rule never passes the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

import speckhal
from speckhal import ClockDrive, InputError
from speckhal.conformance import CASES, Outcome, examine
from speckhal_mock.backend.mock_backend import BrokenMock
from speckhal_mock.testing.breakages import BREAKAGES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "breakages.md"

CAUGHT_BY = {
    "no-leak": ("a-tick-adds-the-bias", "Nothing leaked"),
    "wrong-sign": ("a-tick-adds-the-bias", "The sign is wrong"),
    "step-plus-one": ("a-tick-adds-the-bias", "bias of -13 moved a neuron by -12"),
    "step-doubled": ("a-tick-adds-the-bias", "1 ticks of a bias of -13 moved a neuron by -26"),
    "one-bias-for-all": (
        "each-neuron-leaks-by-its-own-bias",
        "(c 1, y 0, x 0) holds 63 instead of 61",
    ),
    "biases-of-neighbours": (
        "each-neuron-leaks-by-its-own-bias",
        "(c 0, y 0, x 0) holds -3 instead of -1",
    ),
    "biases-of-8-bit": ("a-large-bias-is-added-whole", "holds -28 instead of -11900"),
    "leak-where-none-is": ("each-layer-leaks-by-itself", "holds -29 instead of 1 in layer 1"),
    "clamp-at-zero": (
        "leak-stops-at-the-lower-threshold",
        "Leak stopped at -1, above the lower threshold of -90",
    ),
    "clamp-one-early": ("leak-stops-at-the-lower-threshold", "Leak stopped at -89, above"),
    "clamp-one-late": (
        "leak-stops-at-the-lower-threshold",
        "leaked to -91, below the lower threshold of -90",
    ),
    "no-clamp": (
        "leak-stops-at-the-lower-threshold",
        "leaked to -102, below the lower threshold of -90",
    ),
    "fires-late": (
        "a-neuron-above-threshold-fires-or-stays",
        "holds 127 instead of 0 after a tick, with reset 'subtract'",
    ),
    "other-reset": (
        "a-neuron-above-threshold-fires-or-stays",
        "holds 0 instead of 1 after a tick, with reset 'subtract'",
    ),
    "states-from-zero": (
        "neurons-start-from-the-networks-states",
        "holds 0 instead of 1 after it was deployed",
    ),
    "states-swapped": ("each-neuron-reads-its-own-state", "x and y are swapped"),
    "states-survive": (
        "a-second-network-replaces-the-first",
        "holds -60 instead of 50 after it was deployed in place of another",
    ),
    "x-and-y-swapped": ("each-neuron-reads-its-own-state", "x and y are swapped"),
    "channels-on-top": (
        "each-neuron-reads-its-own-state",
        "in a layer of shape (2, 4, 16); 126 of 128 neurons are wrong",
    ),
    "two-ticks-for-one": ("a-tick-adds-the-bias", "1 ticks of a bias of -13 moved a neuron by -26"),
    "every-tenth-tick-lost": (
        "a-tick-adds-the-bias",
        "15 ticks of a bias of -13 moved a neuron by -182",
    ),
    "first-tick-lost": ("a-tick-adds-the-bias", "Nothing leaked"),
    "clock-never-stops": ("a-stopped-clock-makes-no-ticks", "The slow clock was left on"),
    "clock-never-starts": ("it-ticks-at-its-rate", "0 ticks came in 2.0"),
    "clock-on-after-deploying": (
        "without-a-tick-nothing-changes",
        "instead of 100 after it was deployed, and before any tick",
    ),
    "rate-ignored": ("it-ticks-at-its-rate", "2002 ticks came in 2.000 s at 20 Hz"),
    "rate-off-by-a-tenth": ("it-ticks-at-its-rate", "44 ticks came in 2.000 s at 20 Hz"),
    "reading-ticks": (
        "without-a-tick-nothing-changes",
        "holds 87 instead of 100 after it was deployed, and before any tick",
    ),
    "reading-holds-the-clock": (
        "it-ticks-at-its-rate-while-it-is-read",
        "0 ticks came in 2.805 s at 20 Hz",
    ),
    "readings-torn": (
        "it-ticks-at-its-rate-while-it-is-read",
        "ticks came in 2.723 s at 20 Hz, in which it was read 160 times",
    ),
    "one-answer-lost": ("a-large-layer-is-read-completely", "1 never answered"),
    "answers-beyond-1000-lost": ("a-large-layer-is-read-completely", "15384 never answered"),
    "one-answer-twice": ("a-large-layer-is-read-completely", "1 answered more than once"),
    "write-to-a-neighbour": (
        "each-neuron-holds-what-was-written",
        "Wrote a membrane potential of -300 to layer 0, and the board reads back -297",
    ),
    "writes-limited": (
        "a-written-potential-is-stored-as-it-is",
        "Wrote a membrane potential of -32768 to layer 0, and the board reads back -128",
    ),
    "writes-ignored": (
        "each-neuron-holds-what-was-written",
        "Wrote a membrane potential of -300 to layer 0, and the board reads back 0",
    ),
    "bias-writes-ignored": (
        "written-biases-are-held",
        "Wrote a bias of 1 to layer 0, and the board reads back -7",
    ),
    "reset-does-nothing": (
        "resetting-sets-every-neuron-to-zero",
        "holds 60 instead of 0 in layer 0 after a reset",
    ),
    "reset-clears-biases": (
        "resetting-leaves-the-network",
        "holds 0 instead of -500 100 ticks after a reset",
    ),
    "returns-other-biases": (
        "deploy-says-what-the-layer-became",
        "The biases in the deployment is [-14, 4, -2]",
    ),
    "returns-another-scale": (
        "deploy-says-what-rounding-cost",
        "wanted_biases times scale is [-25.2",
    ),
    "hides-rounding": (
        "deploy-says-what-rounding-cost",
        "wanted_biases times scale is [-13.0, 5.0",
    ),
    "returns-another-threshold": (
        "deploy-says-what-the-layer-became",
        "threshold_low in the deployment is -199",
    ),
    "returns-no-rate": ("the-rate-is-returned", "`rate_hz` in the deployment is None"),
    "direct-biases-ignored": (
        "a-tick-adds-direct-biases",
        "holds -13 instead of -599 after 2 ticks",
    ),
    "leakless-network-taken": (
        "a-network-that-would-not-leak-is-refused",
        "Leak of a network with no biases must be refused",
    ),
    "misfit-not-named": (
        "a-layer-that-is-too-large-is-refused",
        "refused with NetworkDoesNotFit, and raised NetworkError",
    ),
    "no-ticks-is-one": ("without-a-tick-nothing-changes", "after no tick was asked for"),
    "ticks-uncounted": ("a-reading-counts-ticks", "`ticks` of a reading after 0 ticks is None"),
    "readings-undated": ("a-reading-is-dated", "is dated 0.000000 s"),
    "negative-potentials-hidden": (
        "neurons-start-from-the-networks-states",
        "holds 0 instead of -20 after it was deployed",
    ),
    "maps-transposed": ("each-neuron-reads-its-own-state", "x and y are swapped"),
    "some-neurons-in-other-order": (
        "some-neurons-read-the-same-alone",
        "read alone is [2, 12, 13, 15, 8]",
    ),
    "sleeps-half": ("time-never-runs-backwards", "Sleeping for 0.05 s took 0.025000 s"),
    "time-stands-still": ("time-never-runs-backwards", "Sleeping for 0.05 s took 0.000000 s"),
    "time-by-chance": (
        "the-same-script-does-the-same",
        "When, since opening, the same script reads is",
    ),
    "close-keeps-the-board": ("closing-gives-the-board-back", "could not be opened: DeviceBusy"),
    "previews-no-leak": (
        "a-preview-is-what-deploying-returns",
        "`leak_enable` of layer 0 in a preview with a leak is False",
    ),
    "previews-by-deploying": (
        "a-preview-changes-nothing",
        "after another network was previewed",
    ),
    "previews-other-cores": (
        "a-backend-previews-without-a-board",
        "`core` of layer 0 in a preview without a board is",
    ),
    "previews-a-misfit": (
        "a-preview-refuses-what-deploying-refuses",
        "must be refused with NetworkDoesNotFit",
    ),
}
"""The case that is about the broken rule, and words of what it says of it; others may fail as well,
which `benchmarks/breakages.py` shows."""


def test_there_are_many_breakages_and_each_says_what_it_breaks() -> None:
    assert len(BREAKAGES) >= 25
    assert len({breakage.rule for breakage in BREAKAGES.values()}) == len(BREAKAGES)


def test_a_page_shows_every_breakage_with_what_catches_it_and_no_other() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `")] == [
        f"| `{name}` | {breakage.rule} | `{CAUGHT_BY[name][0]}` |"
        for name, breakage in BREAKAGES.items()
    ]


@pytest.mark.parametrize("name", BREAKAGES)
def test_the_suite_catches_a_broken_mock(name: str) -> None:
    caught_by, words = CAUGHT_BY[name]
    report = examine(BrokenMock(name), cases=[case for case in CASES if case.name == caught_by])
    assert not report.passed
    (result,) = report.results
    assert result.outcome is Outcome.FAILED
    assert words in result.reason


@pytest.mark.parametrize("name", sorted({name for name, _ in CAUGHT_BY.values()}))
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
    with pytest.raises(InputError, match=r"breakage is 'no-laek'.*It can be: no-leak, wrong-sign"):
        speckhal.open_device("mock", breakage="no-laek")
