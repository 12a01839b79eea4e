"""`speckhal conformance`: what it prints, what it writes, and that its exit code is honest."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from click.testing import Result as CommandResult

from speckhal import BackendNotFound
from speckhal.cli import main
from speckhal.cli.commands import conformance
from speckhal.conformance import Outcome, Report, Result, examine
from speckhal.conformance.backend_under_test import find_subject
from speckhal.conformance.cases.descriptor import modules_after_loading
from speckhal.conformance.cases.loading import the_backend_loads

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]
Distribution = Callable[[str, str], None]

BACKEND = """
{before}
from lies.wrapped import WrappedMock
from speckhal.discovery.hooks import hookimpl

class Backend(WrappedMock):
    {inside}
    def __init__(self):
        super().__init__()
        self.name = {name!r}

backend = Backend()
"""


def source(name: str, *, before: str = "", inside: str = "") -> str:
    return BACKEND.format(name=name, before=before, inside=inside)


def test_the_mock_is_what_it_says(command: Command, tmp_path: Path) -> None:
    done = command("speckhal", "conformance", "mock", "--json", "report.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("backend    mock: emulated Speck boards")
    assert "\n  ok       A tick adds each channel's bias to each of its neurons, exactly.\n" in (
        done.stdout
    )
    assert done.stdout.endswith("mock is what it says.\n")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["passed"]
    assert report["backend"] == "mock"
    counts = report["counts"]
    assert counts["declared"] == counts["passed"] > 100
    assert counts["cases"] == counts["passed"] + counts["refused_as_declared"]
    assert counts["cases"] == len(report["cases"])
    assert counts["failed"] == 0
    assert {case["half"] for case in report["cases"]} == {"static", "live"}


def test_without_a_board_the_static_half_passes_and_the_live_one_fails(command: Command) -> None:
    static = command("speckhal", "conformance", "speck2f", "--static", "--json", "-")
    assert static.returncode == 0, static.stderr
    assert json.loads(static.stdout)["counts"]["failed"] == 0
    assert "speck2f is what it says." in static.stderr
    live = command("speckhal", "conformance", "speck2f")
    assert live.returncode == 1
    assert "'speck2f' could not be opened: " in live.stdout
    assert "for the same reason, as is what follows" in live.stdout
    assert "it takes roughly" in live.stdout.partition("loading\n")[0]
    assert "speck2f could not be put to the test: " in live.stdout


def test_a_target_that_does_not_exist_is_refused_before_anything_is_tested(
    command: Command,
) -> None:
    done = command("speckhal", "conformance", "mock:nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: Asked for board 'nope', and there is no such board." in done.stderr


def test_a_backend_that_does_not_load_fails_and_is_named(
    command: Command, distribution: Distribution
) -> None:
    distribution("brokenchip", "raise RuntimeError('half of it is missing')")
    broken = command("speckhal", "conformance", "brokenchip", "--json", "-")
    assert broken.returncode == 1
    (case,) = json.loads(broken.stdout)["cases"]
    assert case["outcome"] == "failed"
    assert "half of it is missing" in case["reason"]


def test_a_backend_for_another_api_version_fails(
    command: Command, distribution: Distribution
) -> None:
    distribution("oldchip", source("oldchip", inside="api_version = 0"))
    done = command("speckhal", "conformance", "oldchip", "--static")
    assert done.returncode == 1
    assert "written for version 0 of the plugin API" in done.stdout


def test_a_backend_that_imports_the_vendor_when_it_is_loaded_fails(
    command: Command, distribution: Distribution, tmp_path: Path
) -> None:
    (tmp_path / "samnagui.py").write_text("")
    distribution("heavychip", source("heavychip", before="import samnagui"))
    done = command("speckhal", "conformance", "heavychip", "--static")
    assert done.returncode == 1
    assert "Loading the backend and asking for its facts imports samnagui" in done.stdout


def test_a_backend_that_imports_the_vendor_when_it_is_asked_fails(
    command: Command, distribution: Distribution, tmp_path: Path
) -> None:
    (tmp_path / "samnagui.py").write_text("")
    late = (
        "def chip(self, target=None):\n        import samnagui\n        return super().chip(target)"
    )
    distribution("latechip", source("latechip", inside=late))
    done = command("speckhal", "conformance", "latechip", "--static")
    assert done.returncode == 1
    assert "imports samnagui" in done.stdout


def test_a_backend_may_print_whenever_it_likes(
    command: Command, distribution: Distribution
) -> None:
    chatty = (
        "import atexit, os\nprint('at import')\nos.write(1, b'past Python\\n')\n"
        "atexit.register(print, 'at exit')"
    )
    distribution("chattychip", source("chattychip", before=chatty))
    done = command("speckhal", "conformance", "chattychip", "--static")
    assert done.returncode == 0, done.stdout


def test_a_backend_that_ends_the_process_that_loads_it_is_told_of(
    command: Command, distribution: Distribution
) -> None:
    # in the process that examines it, it behaves
    shy = (
        "def chip(self, target=None):\n"
        "        import os, sys\n"
        "        if sys.argv[0] == '-c':\n"
        "            sys.exit(0)\n"
        "        return super().chip(target)"
    )
    distribution("shychip", source("shychip", inside=shy))
    done = command("speckhal", "conformance", "shychip", "--static")
    assert done.returncode == 1
    printed = " ".join(done.stdout.split())
    assert "could not load the backend: it ended with 0, and without a word" in printed
    assert "1 failed" in printed


def test_an_honest_third_party_backend_passes_the_static_half(
    command: Command, distribution: Distribution
) -> None:
    distribution("goodchip", source("goodchip"))
    done = command("speckhal", "conformance", "goodchip", "--static")
    assert done.returncode == 0, done.stdout


ONE = Report("mock", (Result(the_backend_loads, Outcome.PASSED),))


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the command have a report without an examination."""
    monkeypatch.setattr(conformance, "_examine", lambda *_: ONE)


def run(*arguments: str | Path) -> CommandResult:
    return CliRunner().invoke(main, ["conformance", "mock", *map(str, arguments)])


@pytest.mark.parametrize("name", ["mokc", "mokc:target"])
def test_a_backend_that_is_not_installed_is_the_usual_sentence(name: str) -> None:
    done = CliRunner().invoke(main, ["conformance", name])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("error: No installed distribution offers a backend named 'mokc'.")
    assert "hint: Did you mean 'mock'?" in done.stderr
    with pytest.raises(BackendNotFound):
        examine(name)


def test_a_disabled_backend_is_the_usual_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "mock")
    done = run()
    assert done.exit_code == 2
    assert "SPECKHAL_DISABLE_PLUGINS" in done.stderr


def test_a_file_stays_as_it_was_until_there_is_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.json"
    file.write_text("the report of yesterday")

    def examine_nothing(*_: object) -> Report:
        assert file.read_text() == "the report of yesterday"
        raise KeyboardInterrupt

    monkeypatch.setattr(conformance, "_examine", examine_nothing)
    assert run("--json", file).exit_code == 130
    assert file.read_text() == "the report of yesterday"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.usefixtures("examined")
def test_a_report_replaces_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("the report of yesterday")
    assert run("--json", file).exit_code == 0
    assert json.loads(file.read_text())["counts"]["passed"] == 1


@pytest.mark.usefixtures("examined")
def test_a_full_disk_is_a_sentence_and_the_report_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = run("--json", "/dev/full")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: Asked to write the report /dev/full, and there is no space left on the device."
    )
    (kept,) = tmp_path.glob("speckhal-conformance-*.json")
    assert f"hint: The report is in {kept}." in done.stderr
    assert json.loads(kept.read_text())["passed"]


@pytest.fixture
def booby_trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with files that are called like modules of Python's and of ours."""
    for name in ("json", "click", "pluggy", "speckhal_mock", "speckhal_samna"):
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{name} of the folder was run')")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("booby_trap")
def test_what_loads_a_backend_by_itself_runs_nothing_of_the_working_directory() -> None:
    assert "speckhal_mock.backend.mock_backend" in modules_after_loading(find_subject("mock"))


def test_python_m_speckhal_runs_nothing_of_the_working_directory(booby_trap: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "speckhal", "info", "mock", "--json"],
        cwd=booby_trap,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "mock"
