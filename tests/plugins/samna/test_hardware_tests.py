"""The hardware tests can be run: here on emulated boards that pass for real ones.

They run as on a desk, by the command that pytest prints, in a process of their own. The command
line, the hardware backends and the driver are those that real boards get.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import pytest

from python_process import run_python

ROOT: Final = Path(__file__).resolve().parents[3]
HARDWARE: Final = ROOT / "tests" / "hardware"

RUN: Final = """
import sys
import pytest
from speckhal.contract.address import AddressLayout
from speckhal.contract.clock import VirtualClock
from speckhal.contract.facts import Range
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.emulation.options import EmulationOptions
from speckhal_mock.samna_install.install import replace_samna
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.scripts.virtual_time import virtual_time

replace_samna()
sys.modules["samna"]._speckhal_emulated = False
clock = VirtualClock()
for target in {targets}:
    board = make_board(choose_target(target), clock=clock, options=EmulationOptions({options}))
    current_bus().plug(board)
with virtual_time(clock):
    code = pytest.main({arguments})
assert not any(map(current_bus().is_open, current_bus().boards))
assert not any(board.slow_clock_running for board in current_bus().boards)
sys.exit(code)
"""


def _run(
    report: Path, targets: list[str], *selections: str, options: str = "", only: str = ""
) -> tuple[dict[str, str], str]:
    """The outcome of every hardware test, and what pytest printed."""
    boards = [word for selection in selections for word in ("--board", selection)]
    # the desk is made with speckhal before pytest loads speckhal's own plugin
    warning = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    arguments = [
        str(HARDWARE), "-m", "hardware", *boards, "-p", "no:cacheprovider", f"--junitxml={report}",
        "-k", only, "-W", warning,
    ]  # fmt: skip
    script = RUN.format(targets=targets, options=options, arguments=arguments)
    done = run_python("-c", script, cwd=ROOT)
    assert report.exists(), done.stdout + done.stderr
    outcomes: dict[str, str] = {}
    # our own report, just written
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        worst = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        outcomes[str(case.get("name"))] = worst[0] if worst else "passed"
    # an assertion about the boards would leave another exit code
    assert done.returncode == int(bool({"failure", "error"} & set(outcomes.values()))), done.stderr
    return outcomes, done.stdout


@pytest.mark.parametrize(
    ("targets", "selections"),
    [
        (["speck2fmodule", "speck2edevkit"], ["speck2f", "speck2e:0"]),
        (["speck2etestboard", "speck2fdevkit"], ["speck2etestboard", "speck2fdevkit:0"]),
    ],
)
def test_every_hardware_test_passes_on_two_boards_that_are_as_assumed(
    tmp_path: Path, targets: list[str], selections: list[str]
) -> None:
    outcomes, said = _run(tmp_path / "report.xml", targets, *selections)

    assert len(outcomes) > 20
    assert set(outcomes.values()) == {"passed"}
    assert f"hardware: {', '.join(selections)}" in said


def test_the_test_of_two_boards_is_skipped_with_one(tmp_path: Path) -> None:
    outcomes, said = _run(tmp_path / "report.xml", ["speck2f"], "speck2f:0", only="disturb")

    assert outcomes == {"test_two_boards_do_not_disturb_each_other": "skipped"}
    assert "needs --board twice" in said


def test_a_board_that_is_not_as_assumed_fails_the_tests_that_say_so(tmp_path: Path) -> None:
    options = "neuron_address=AddressLayout(('c', 'y', 'x')), accepted_rate_hz=Range(50, 500)"
    only = "data_sheet or its_rate or published or add_up"
    outcomes, _ = _run(tmp_path / "report.xml", ["speck2e"], "speck2e", options=options, only=only)

    failed = {name for name, outcome in outcomes.items() if outcome == "failure"}
    assert failed >= {
        "test_every_neuron_is_where_the_data_sheet_says[shape0]",
        "test_an_external_clock_ticks_at_its_rate[1000]",
        "test_an_external_clock_ticks_at_its_rate[10]",
        "test_the_published_experiment_agrees_with_what_was_asked",
    }
    assert outcomes["test_an_external_clock_ticks_at_its_rate[100]"] == "passed"
    assert outcomes["test_every_neuron_is_where_the_data_sheet_says[shape6]"] == "passed"
    assert outcomes["test_ticks_add_up"] == "passed"


def test_without_a_board_they_say_what_to_type(tmp_path: Path) -> None:
    outcomes, said = _run(tmp_path / "report.xml", [])

    assert set(outcomes.values()) == {"error"}
    assert "Try: pytest tests/hardware -m hardware --board speck2f" in said


def test_they_are_deselected_unless_asked_for_and_the_header_says_how() -> None:
    done = run_python("-m", "pytest", HARDWARE, "-p", "no:cacheprovider", cwd=ROOT)

    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "pytest tests/hardware -m hardware --board speck2f" in done.stdout
    assert "0 selected" in done.stdout


def test_every_hardware_test_says_what_it_needs() -> None:
    import ast

    for file in HARDWARE.glob("test_*.py"):
        module = ast.parse(file.read_text(encoding="utf-8"))
        tests = [
            node
            for node in module.body
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
        assert tests
        for test in tests:
            assert (ast.get_docstring(test) or "").startswith("Needs "), test.name
