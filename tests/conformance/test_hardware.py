"""What says that it is hardware is let run by itself too, and nothing is passed that was not run.

There is no hardware here: mocks say that they are some, and are treated like it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from speckhal import Capability, VirtualClock
from speckhal.conformance import CASES, Outcome, examine
from speckhal.conformance.runner import estimate_s

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal import Clock, Device, DeviceInfo

Data = Callable[[str], ModuleType]
Command = Callable[..., subprocess.CompletedProcess[str]]
Distribution = Callable[[str, str], None]

EXTERNAL = tuple(
    case
    for case in CASES
    if Capability.EXTERNAL_CLOCK in case.needs and Capability.STIMULATE not in case.needs
)
LEFT_OUT = ["reading-more-often-reads-the-same"]

LIARS = {
    "ClockNeverStarts": ("it-ticks-at-its-rate", "0 ticks came in 2.0"),
    "ClockNeverStops": ("a-stopped-clock-makes-no-ticks", "The slow clock was left on"),
    "ClockLeftOn": ("the-clock-is-off-after-every-way-out", "opened after close()"),
    "ReadingHoldsTheClock": ("it-ticks-at-its-rate-while-it-is-read", "0 ticks came in 2."),
    "RateOffByATenth": ("it-ticks-at-its-rate", "44 ticks came in 2.0"),
    "DeploysOnARunningClock": ("deploying-stops-the-clock", "after deploying while the clock ran"),
}


@pytest.fixture
def hardware(data: Data) -> Callable[..., Any]:
    """A backend whose devices are of that class, and which says that they are no emulation."""

    def claim(kind: Any) -> Any:
        class Hardware(kind):  # type: ignore[misc]  # whichever class is given
            @property
            def info(self) -> DeviceInfo:
                info: DeviceInfo = super().info
                return attrs.evolve(info, emulated=False)

        backend = data("wrapped").WrappedMock()
        backend.emulated = False
        backend.device = Hardware
        return backend

    return claim


class Pace:
    """A clock of the host that runs faster or slower than the board's."""

    is_virtual = True

    def __init__(self, inner: Clock, factor: float) -> None:
        self._inner, self._factor = inner, factor
        self._unseen_s = 0.0

    def now_s(self) -> float:
        return (self._inner.now_s() - self._unseen_s) * self._factor

    def pass_unseen(self, duration_s: float) -> None:
        """Let time pass on the board that the host does not wait for."""
        self._inner.sleep_s(duration_s)
        self._unseen_s += duration_s

    def sleep_s(self, duration_s: float) -> None:
        self._inner.sleep_s(duration_s / self._factor)


@pytest.mark.parametrize("liar", LIARS)
def test_hardware_that_lies_of_its_clock_fails(
    liar: str, hardware: Callable[..., Any], data: Data
) -> None:
    name, words = LIARS[liar]
    cases = [case for case in EXTERNAL if case.name == name]
    report = examine(hardware(getattr(data("liars"), liar)), cases=cases)
    assert not report.passed
    (result,) = report.results
    assert words in result.reason


@pytest.mark.parametrize("factor", [0.985, 1.0, 1.015])
def test_honest_hardware_with_a_clock_of_its_own_passes(
    factor: float, hardware: Callable[..., Any], data: Data
) -> None:
    class Sluggish(data("wrapped").WrappedDevice):  # type: ignore[misc]  # imported by name
        """Stops later than the host believes."""

        def __init__(self, inner: Device) -> None:
            super().__init__(inner)
            self.pace = Pace(inner.clock, factor)

        @property
        def clock(self) -> Clock:
            return self.pace

        def stop_slow_clock(self) -> None:
            self.pace.pass_unseen(0.095)
            self.inner.stop_slow_clock()

    report = examine(hardware(Sluggish), cases=EXTERNAL)
    failed = [result.reason for result in report.results if result.outcome is Outcome.FAILED]
    assert failed == []
    assert report.passed


def test_what_is_left_out_on_hardware_is_counted_and_named(
    hardware: Callable[..., Any], data: Data
) -> None:
    report = examine(hardware(data("wrapped").WrappedDevice), cases=EXTERNAL)
    assert [case.name for case in report.left_out] == LEFT_OUT
    run = len(EXTERNAL) - len(LEFT_OUT)
    assert report.summary == (
        f"{run} cases, {run} on what is declared: {run} passed, 0 refused as declared, 0 failed; "
        "1 left out on hardware: reading-more-often-reads-the-same."
    )
    written: Any = report.as_json()
    assert written["counts"]["left_out"] == 1
    assert written["counts"]["cases"] == written["counts"]["passed"] == run
    assert [case["name"] for case in written["left_out"]] == LEFT_OUT
    assert written["left_out"][0]["needs"] == ["external clock"]
    assert "outcome" not in written["left_out"][0]
    assert LEFT_OUT[0] not in {case["name"] for case in written["cases"]}


def test_every_capability_has_cases_that_run_on_hardware() -> None:
    for capability in Capability:
        assert any(capability in case.needs and not case.emulated_only for case in CASES)


def test_what_hardware_does_not_declare_is_not_left_out_and_must_be_refused(data: Data) -> None:
    backend = data("modest").ModestMock(frozenset({Capability.STEPPED_CLOCK}))
    backend.emulated = False
    (case,) = [case for case in CASES if case.name == LEFT_OUT[0]]
    report = examine(backend, cases=[case])
    assert report.left_out == ()
    assert report.counts[Outcome.REFUSED_AS_DECLARED] == 1


def test_nothing_is_left_out_of_an_emulation() -> None:
    report = examine("mock", cases=EXTERNAL)
    assert report.left_out == ()
    assert "left out" not in report.summary


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_estimate_includes_what_a_case_waits_for_and_deploys(case: Any, data: Data) -> None:
    slept_s: list[float] = []
    deployed: list[object] = []

    class Counting:
        is_virtual = True

        def __init__(self, inner: Clock) -> None:
            self.now_s, self._inner = inner.now_s, inner

        def sleep_s(self, duration_s: float) -> None:
            self._inner.sleep_s(duration_s)
            slept_s.append(duration_s)

    class Watched(data("honest").HonestDevice):  # type: ignore[misc]  # imported by name
        def __init__(self, backend: Any) -> None:
            super().__init__(backend)
            self.clock = Counting(VirtualClock())

        def deploy(self, *given: Any, **options: Any) -> Any:
            deployment = super().deploy(*given, **options)
            deployed.append(deployment)
            return deployment

    backend = data("honest").HonestBackend()
    backend.device = Watched
    assert examine(backend, cases=[case]).passed
    assert sum(slept_s) == pytest.approx(case.waits_s, abs=0.1)
    assert len(deployed) <= case.deployments
    # opening and deploying take time too
    assert estimate_s([case]) >= case.waits_s


def test_the_estimate_grows_with_what_cases_wait_for() -> None:
    (slow,) = [case for case in CASES if case.name == "it-ticks-at-its-rate"]
    hasty = attrs.evolve(slow, waits_s=0.0)
    assert estimate_s([slow]) - estimate_s([hasty]) == slow.waits_s == 7.0


HARDWARE = """
import attrs
from lies.honest import HonestBackend, HonestDevice

class Real(HonestDevice):
    def __init__(self, backend):
        super().__init__(backend)
        self.info = attrs.evolve(self.info, backend="realchip", emulated=False)

class Backend(HonestBackend):
    name = "realchip"
    emulated = False
    device = Real

backend = Backend()
"""


def test_the_command_and_pytest_say_what_is_left_out(
    command: Command, distribution: Distribution, tmp_path: Path
) -> None:
    distribution("realchip", HARDWARE)
    done = command("speckhal", "conformance", "realchip", "--json", "report.json")
    before = " ".join(done.stdout.partition("loading\n")[0].split())
    assert "the slow clock runs for some of that" in before
    after = " ".join(done.stdout.split())
    assert "1 left out on hardware: reading-more-often-reads-the-same." in after
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["emulated"] is False
    assert report["counts"]["left_out"] == 1
    quick = ("-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    chosen = ("-k", "its-name-can-be-selected", "--speckhal-backend", "realchip")
    done = command("pytest", *quick, *chosen)
    assert "1 left out on hardware: reading-more-often-reads-the-same." in done.stdout
