"""A backend that ends the program is a failed case, and takes no other case along."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from speckhal.conformance import CASES, Outcome, examine

if TYPE_CHECKING:
    from types import ModuleType

    Data = Callable[[str], ModuleType]

Command = Callable[..., subprocess.CompletedProcess[str]]
Distribution = Callable[[str, str], None]

SOURCE = """
import sys
from lies.honest import HonestBackend
from lies.quitters import Everywhere

class Backend(HonestBackend):
    name = "quitter"

    def __init__(self):
        super().__init__()
        {inside}

backend = Backend()
"""

DEVICES = {
    "InTick": ("a-tick-adds-the-bias", "It raised SystemExit: 0"),
    "InRead": ("a-reading-is-complete", "It raised SystemExit: 0"),
    "InDeploy": (
        "a-layer-that-is-too-large-is-refused",
        "must be refused with NetworkDoesNotFit, and raised SystemExit: 0",
    ),
    "InSecondClose": (
        "closing-gives-the-board-back",
        "Closing a closed device raised SystemExit: 0",
    ),
    "InClose": ("a-reading-is-dated", "could not be closed: SystemExit: 0"),
    "InSleep": (
        "time-never-runs-backwards",
        "Sleeping for -1 s must raise ValueError, and raised SystemExit: 0",
    ),
    "InWithBlock": (
        "an-error-in-a-with-block-closes-the-device",
        "SystemExit: 0",
    ),
}

BACKENDS = {
    "open": (True, "a-reading-is-dated", "'mock' could not be opened: SystemExit: 0"),
    "example": (True, "a-reading-is-dated", "It raised SystemExit: 0"),
    "chip": (True, "every-fact-has-a-source", "It raised SystemExit: 0"),
    "capabilities": (False, "it-declares-what-it-can-do", "It raised SystemExit: 0"),
    "summary": (False, "it-says-what-it-is", "It raised SystemExit: 0"),
    "emulated": (False, "it-says-what-it-is", "It raised SystemExit: 0"),
    "name": (False, "its-name-can-be-selected", "It raised SystemExit: 0"),
    "targets": (False, "its-targets-can-be-selected", "It raised SystemExit: 0"),
}


def failure(backend: Any, case: str) -> str:
    (result,) = examine(backend, cases=[one for one in CASES if one.name == case]).results
    assert result.outcome is Outcome.FAILED
    return result.reason


@pytest.mark.parametrize("place", DEVICES)
def test_a_device_that_ends_the_program_fails(place: str, data: Data) -> None:
    case, words = DEVICES[place]
    backend = data("wrapped").WrappedMock()
    backend.device = getattr(data("quitters"), place)
    assert words in failure(backend, case)


@pytest.mark.parametrize("place", BACKENDS)
def test_a_backend_that_ends_the_program_fails(place: str, data: Data) -> None:
    called, case, words = BACKENDS[place]
    assert words in failure(data("quitters").QuitsIn(place, called=called), case)


def test_a_report_of_what_ended_the_program_can_be_written(data: Data) -> None:
    for place, (called, case, _) in BACKENDS.items():
        backend = data("quitters").QuitsIn(place, called=called)
        report = examine(backend, cases=[one for one in CASES if one.name == case])
        written = json.loads(json.dumps(report.as_json()))
        assert not written["passed"]


@pytest.mark.parametrize(
    "inside",
    [
        "self.open = lambda *_: sys.exit(0)",
        "self.chip = lambda *_: sys.exit(0)",
        "self.device = lambda backend: Everywhere(HonestBackend.device(backend))",
    ],
    ids=["open", "chip", "device"],
)
def test_the_command_reports_every_case_and_fails(
    inside: str, command: Command, distribution: Distribution
) -> None:
    distribution("quitter", SOURCE.format(inside=inside))
    done = command("speckhal", "conformance", "quitter", "--json", "-")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert len(report["cases"]) == len(CASES)
    reasons = [case["reason"] for case in report["cases"] if case["outcome"] == "failed"]
    assert sum("SystemExit: 0" in reason for reason in reasons) >= 4
    assert "is not what it says: " in done.stderr


def test_the_command_reports_a_description_that_ends_the_program(
    command: Command, distribution: Distribution
) -> None:
    summary = "type(self).summary = property(lambda self: sys.exit(0), lambda self, _: None)"
    distribution("quitter", SOURCE.format(inside=summary))
    done = command("speckhal", "conformance", "quitter", "--static", "--json", "-")
    assert done.returncode == 1, done.stderr
    (case,) = json.loads(done.stdout)["cases"]  # it is no backend, and the rest cannot be asked
    assert "SystemExit: 0" in case["reason"]


def test_an_interrupt_is_the_users_and_ends_the_run(data: Data) -> None:
    backend = data("wrapped").WrappedMock()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    backend.open = interrupted
    with pytest.raises(KeyboardInterrupt):
        examine(backend, cases=[one for one in CASES if one.name == "a-reading-is-dated"])


@pytest.mark.skipif(sys.version_info < (3, 11), reason="errors take notes from Python 3.11 on")
def test_an_interrupt_says_in_which_case_it_came(data: Data) -> None:
    class Hangs(data("honest").HonestDevice):  # type: ignore[misc]  # imported by name
        def tick(self, count: int = 1) -> None:
            raise KeyboardInterrupt

    backend = data("honest").HonestBackend()
    backend.device = Hangs
    (case,) = [one for one in CASES if one.name == "a-tick-adds-the-bias"]
    with pytest.raises(KeyboardInterrupt) as interrupted:
        examine(backend, cases=[case])
    assert getattr(interrupted.value, "__notes__", []) == [
        "The case a-tick-adds-the-bias was at work."
    ]
