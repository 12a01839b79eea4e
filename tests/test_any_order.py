"""Each file of tests is sound alone and in any order, and no test meets what another left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import each_file_alone
from speckhal import VirtualClock
from speckhal_mock.boards.plug_in import make_board
from speckhal_mock.boards.targets import choose_target
from speckhal_mock.sdk.bus import current_bus
from speckhal_mock.sdk.faults import Call, Raises

PROJECT = Path(__file__).resolve().parents[1]

SAMPLE = [
    "tests/core/contract/test_clock.py",
    "tests/hardware/test_neurons.py",
    "tests/plugins/mock/samna/test_short_cuts.py",
]
"""Files of several rooms, one of them with tests for real boards only. The script runs all."""


ORDERED = """
seen = []
def test_1(): seen.append(1); assert seen == [1]
def test_2(): seen.append(2); assert seen == [1, 2]
def test_3(): seen.append(3); assert seen == [1, 2, 3]
"""


def test_some_files_pass_alone_and_shuffled_and_one_that_needs_its_order_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = PROJECT / "tests" / "conftest.py"
    (tmp_path / "conftest.py").write_text(shared.read_text(encoding="utf-8"), encoding="utf-8")
    ordered = tmp_path / "test_ordered.py"
    ordered.write_text(ORDERED)

    monkeypatch.setattr(sys, "argv", ["", "--seed", "1", *SAMPLE, str(ordered)])
    code = each_file_alone.main()

    *passed, failed, command = capsys.readouterr().out.splitlines()[: len(SAMPLE) + 2]
    assert [line.split() for line in passed] == [["passes", file] for file in SAMPLE]
    assert failed.split() == ["FAILS", str(ordered)]
    assert command.endswith(f"--shuffled 1 {ordered}")
    assert code == 1


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_finds_an_empty_bus_and_nothing_armed(turn: str) -> None:
    bus = current_bus()
    assert bus.boards == (), turn
    assert bus.faults.armed == ()
    bus.plug(make_board(choose_target("speck2f"), clock=VirtualClock()))
    bus.faults.arm(Raises(Call.SET_SLOW_CLK, RuntimeError("usb")), use=2)
