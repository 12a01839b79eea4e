"""The mock's health checks prove that it works, and leave nothing behind."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from python_process import run_python
from speckhal.contract.health import Finding, Severity
from speckhal_mock.backend import health
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.boards.targets import CHIPS
from speckhal_mock.sdk.bus import current_bus
from speckhal_samna.samna_import import SamnaPresence

if TYPE_CHECKING:
    from pathlib import Path

    from speckhal import Device
    from speckhal_mock.boards.targets import EmulatedTarget
    from speckhal_mock.emulation.board import EmulatedBoard
    from speckhal_mock.emulation.clock import EmulationClock


def test_an_emulated_board_of_each_chip_opens_answers_and_closes() -> None:
    findings = list(health.emulation_findings())
    assert [finding.severity for finding in findings] == [Severity.OK] * len(CHIPS)
    for chip, finding in zip(CHIPS, findings, strict=True):
        assert chip.kits[0].board in finding.is_
        assert f"{len(chip.facts.core_memories.value)} cores answer" in finding.is_


def test_the_boards_of_others_are_left_alone(mock: Device) -> None:
    before = current_bus().boards
    assert before
    list(health.emulation_findings())
    assert current_bus().boards == before
    assert all(current_bus().is_open(board) for board in before)


@pytest.mark.parametrize("count", [0, 8])
def test_an_emulation_that_does_not_answer_is_a_problem_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    before = current_bus().boards
    really = health._read_neurons
    monkeypatch.setattr(health, "_read_neurons", lambda *board: really(*board)[:count])
    findings = list(health.emulation_findings())
    assert [finding.severity for finding in findings] == [Severity.PROBLEM] * len(CHIPS)
    assert all("a neuron of each of its 9 cores" in finding.is_ for finding in findings)
    assert current_bus().boards == before


def test_a_new_board_whose_neurons_are_not_at_zero_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def make_spoilt(target: EmulatedTarget, *, clock: EmulationClock) -> EmulatedBoard:
        board = make_board(target, clock=clock)
        board.write_neurons(3, [0], [5])
        return board

    monkeypatch.setattr(health, "make_board", make_spoilt)
    for finding in health.emulation_findings():
        assert finding.severity is Severity.PROBLEM
        assert "neuron_state=5" in finding.is_


@pytest.mark.parametrize(
    ("presence", "said"),
    [
        (SamnaPresence.REAL, "the vendor's"),
        (SamnaPresence.BOOTSTRAP, "the emulated one"),
        (SamnaPresence.ABSENT, "the emulated one"),
        (SamnaPresence.EMULATED, "the emulated one"),
    ],
)
def test_it_says_which_samna_sinabs_will_get(
    monkeypatch: pytest.MonkeyPatch, presence: SamnaPresence, said: str
) -> None:
    monkeypatch.setattr(health, "samna_presence", lambda: presence)
    (finding,) = health.samna_findings()
    assert finding == Finding.ok(finding.is_)
    assert finding.is_.startswith(said)


PLANTED_DOCTOR = """
import sys
sys.path.insert(0, {path!r})
{before}
from speckhal_mock.backend.health import samna_findings
(finding,) = samna_findings()
print(finding.severity.value, finding.is_, "samna" in sys.modules, sep="|")
"""


@pytest.mark.parametrize(
    ("before", "severity", "said"),
    [
        ("", "ok", "the vendor's, whose objects emulated boards read too, or the emulated one"),
        (
            "from speckhal_mock.samna_install.install import provide_samna; provide_samna()",
            "warning",
            "the emulated one, as the vendor's cannot be used: samna is installed",
        ),
        (
            "from speckhal_samna.doctor.health import samna_findings; list(samna_findings())",
            "warning",
            "importing it failed: ImportError: libusb is missing",
        ),
    ],
)
def test_a_vendor_that_cannot_be_imported_is_told_of_once_that_was_tried(
    tmp_path: Path, before: str, severity: str, said: str
) -> None:
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "__init__.py").write_text("raise ImportError('libusb is missing')\n")
    info = tmp_path / "samna-0.48.6.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: samna\nVersion: 0.48.6\n")
    done = run_python("-c", PLANTED_DOCTOR.format(path=str(tmp_path), before=before))
    assert done.returncode == 0, done.stderr
    found, is_, imported = done.stdout.strip().split("|")
    assert found == severity
    assert said in is_
    assert imported == str("provide" in before)


def test_trying_the_emulation_needs_neither_torch_nor_sinabs_and_provides_no_samna() -> None:
    code = (
        "import sys\n"
        "from speckhal_mock import backend\n"
        "for check in backend.speckhal_health_checks():\n"
        "    assert list(check.run())\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert not {"torch", "sinabs", "samna", "samnagui"} & set(done.stdout.split())


def test_what_follows_spikes_is_said_with_the_place_where_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "new" / "cache"))
    (finding,) = health.spike_findings()
    assert finding.severity is Severity.OK
    assert str(tmp_path) in finding.is_

    monkeypatch.setattr(os, "access", lambda *_: False)
    (finding,) = health.spike_findings()
    assert "or compiles in each process" in finding.is_

    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    (finding,) = health.spike_findings()
    assert finding.severity is Severity.WARNING
