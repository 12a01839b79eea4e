"""The distributions in `examples/`: built, installed and used as anybody else's would be.

`test_contributing_page` checks their style and their types.
"""

from __future__ import annotations

import csv
import importlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from speckhal import DeviceFailed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from typing import Protocol

    class Environment(Protocol):
        """What the fixture `make_environment` makes."""

        work: Path

        def fork(self, *arguments: str, cwd: Path | None = None) -> str: ...
        def lend_compiled(self) -> None: ...
        def must(self, command: str, **variables: str) -> str: ...
        def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]: ...


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TESTS = ("-m", "pytest", "--assert=plain", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def equipped(make_environment: Callable[[], Environment]) -> Environment:
    """An environment with speckhal and all the distributions, from their wheels."""
    environment = make_environment()
    environment.must("pip install speckhal speckhal-speck2et speckhal-csv speckhal-lif12")
    environment.lend_compiled()
    return environment


def test_the_wheel_has_the_templates_of_pages_and_notebooks(wheels: Path) -> None:
    (wheel,) = wheels.glob("speckhal-0*.whl")
    with zipfile.ZipFile(wheel) as file:
        templates = {"speckhal/runs/report/page.html.jinja", "speckhal/runs/run.html.jinja"}
        assert templates <= set(file.namelist())


def lines(*paths: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in paths)


def test_a_chip_takes_at_most_150_lines_besides_its_facts() -> None:
    chip = EXAMPLES / "speckhal-speck2et"
    code = [path for path in chip.rglob("*.py") if path.name != "facts.py"]
    assert len(code) == 3
    assert lines(*code) <= 150


def test_a_board_without_samna_takes_at_most_275_lines_besides_its_facts_and_its_firmware() -> None:
    board = EXAMPLES / "speckhal-lif12"
    besides = {"facts", "simulated", "spikes"}
    code = [path for path in board.rglob("*.py") if path.stem not in besides]
    assert len(code) == 4
    assert lines(*code) <= 275


def test_spikes_of_such_a_board_take_at_most_80_lines_besides() -> None:
    (code,) = EXAMPLES.glob("speckhal-lif12/src/**/spikes.py")
    assert lines(code) <= 80


def test_it_leaves_every_check_of_an_argument_to_the_device_before_it() -> None:
    device = EXAMPLES / "speckhal-lif12" / "src" / "speckhal_lif12" / "device.py"
    assert "raise " not in device.read_text()


class Port(io.RawIOBase):
    """A port whose board gives always the same answer; None is that of an unplugged one."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer

    def write(self, line: object) -> int:
        return len(str(line))

    def readline(self, _size: int | None = -1) -> bytes:
        if self.answer is None:
            raise OSError(5, "Input/output error")
        return self.answer


@pytest.mark.parametrize("answer", [None, b"", b"\n", b"OK 12", b"OK 1 x", b"NO more than 12 bits"])
def test_a_board_without_samna_that_gives_no_answer_has_failed(
    answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "speckhal-lif12" / "src")
    module = importlib.import_module("speckhal_lif12.board")
    with pytest.raises(DeviceFailed, match="Asked 'R V 0 1', the board") as failed:
        module.Board(Port(answer)).read(module.Memory.V_MEM, np.arange(2))
    assert failed.value.hint


def test_an_exporter_takes_less_than_40_lines() -> None:
    (code,) = EXAMPLES.glob("speckhal-csv/src/**/*.py")
    assert lines(code) < 40


@pytest.mark.slow
def test_a_third_partys_chip_goes_through_the_suite(equipped: Environment) -> None:
    assert "0 failed" in equipped.must("speckhal conformance speck2et --static")
    leak = equipped.fork("-m", "speckhal", "leak", "--backend", "speck2et-mock", "--ticks", "3")
    assert "Speck2etTestBoard, emulated (speck2et-mock, speck2et)" in leak
    assert "The leak of layer 0 agrees" in leak
    facts = equipped.must("speckhal info speck2et")
    assert "SpeckConfigurationT" in facts
    # both halves of the suite are among its own tests
    equipped.fork(*TESTS, "-p", "placing_once", cwd=EXAMPLES / "speckhal-speck2et")


@pytest.mark.slow
def test_a_board_without_samna_goes_through_the_suite(equipped: Environment) -> None:
    assert "0 failed" in equipped.must("speckhal conformance lif12 --static")
    assert "0 failed" in equipped.must("speckhal conformance lif12-mock")
    leak = equipped.must("speckhal leak --backend lif12-mock --ticks 3")
    assert "Lif12, emulated (lif12-mock, lif12)" in leak
    assert "The leak of layer 0 agrees" in leak
    missing = equipped.run("speckhal leak --backend lif12 --ticks 3", LIF12_PORT="/nowhere")
    assert "Asked for a Lif12 board at /nowhere" in missing.stderr
    equipped.fork(*TESTS, cwd=EXAMPLES / "speckhal-lif12")


@pytest.mark.slow
def test_the_leak_example_runs_on_a_board_without_samna_and_sinabs(equipped: Environment) -> None:
    without = (
        "import runpy, sys; sys.modules.update(torch=None, sinabs=None, samna=None); "
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    done = equipped.fork("-c", without, str(EXAMPLES / "leak.py"), "lif12-mock")
    first, *_, tenth, answer = done.splitlines()
    assert first == "Lif12: every tick adds -13 of 127"
    assert tenth == "tick 10  [-3 -3 -3 -3]"
    assert answer == "agrees"


@pytest.mark.slow
def test_an_exporter_gets_every_reading(equipped: Environment) -> None:
    listed = equipped.must("speckhal list --why")
    assert ["csv", "loads", "speckhal-csv", "0.1.0", "speckhal_csv"] in [
        line.split() for line in listed.splitlines()
    ]
    equipped.must("speckhal leak --backend lif12-mock --ticks 2", SPECKHAL_CSV="leak.csv")
    with (equipped.work / "leak.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["v_mem"] for row in rows] == ["100", "99", "98"]
    # on a board with several neurons, which takes torch, in its own tests
    equipped.fork(*TESTS, cwd=EXAMPLES / "speckhal-csv")
