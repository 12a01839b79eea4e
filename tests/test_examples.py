"""The scripts that users are to copy run as they are, and stay short enough to be copied."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest

from pages import blocks_of
from python_process import run_python

PROJECT = Path(__file__).resolve().parents[1]
LEAK, LIF = (PROJECT / "examples" / name for name in ("leak.py", "lif.py"))
TUTORIAL = PROJECT / "docs" / "tutorials" / "lif-network.md"


@pytest.mark.parametrize(
    ("backend", "board"), [("mock", "Speck2fModuleDevKit"), ("mock:speck2e", "Speck2eDevKit")]
)
def test_the_leak_example_runs_on_whatever_the_environment_selects(
    backend: str, board: str
) -> None:
    strictly = "import runpy, sys, warnings; warnings.simplefilter('error'); sys.argv.pop(0); "
    done = run_python(
        "-c",
        f"{strictly} runpy.run_path(sys.argv[0], run_name='__main__')",
        LEAK,
        env={**os.environ, "SPECKHAL_BACKEND": backend},
    )

    assert (done.returncode, done.stderr) == (0, "")
    first, *readings, last = done.stdout.splitlines()
    assert first == f"{board}: every tick adds -13 of 127"
    assert readings[0] == "tick  0  [127 127 127 127]"
    assert readings[-1] == "tick 10  [-3 -3 -3 -3]"
    assert last == "agrees"


def test_the_lif_example_is_the_file_that_its_tutorial_runs() -> None:
    (file,) = (block for block in blocks_of(TUTORIAL) if block.is_marked("file:") == LIF.name)
    assert file.text == LIF.read_text(encoding="utf-8")


def test_the_lif_example_prints_on_the_other_chip_what_its_tutorial_shows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPECKHAL_BACKEND", "mock:speck2e")
    runpy.run_path(str(LIF))
    shown = next(block.text for block in blocks_of(TUTORIAL) if block.language == "text")
    assert capsys.readouterr().out == shown.replace("Speck2fModuleDevKit", "Speck2eDevKit")


@pytest.mark.parametrize("example", [LEAK, LIF], ids=lambda example: example.stem)
def test_the_example_fits_on_a_page(example: Path) -> None:
    assert len(example.read_text(encoding="utf-8").splitlines()) <= 40
