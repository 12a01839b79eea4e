"""Programs as users of the vendor's SDK and of sinabs write them run unchanged."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]

PROGRAMS = Path(__file__).resolve().parents[3] / "data" / "programs"

OUTPUT: dict[str, list[str]] = {
    "recorder_thread.py": ["5 readings, about 30 apart: True"],
    "two_boards.py": ["2 open, 2", "Speck2eDevKit -200", "Speck2fDevKit -100"],
    "filters.py": ["True ''", "[(5, 55)]"],
    "polls_async.py": ["5 True 5"],
    "pool_of_boards.py": [
        "4 boards in 2 s",
        "['Speck2eDevKit', 'Speck2eTestBoard', 'Speck2fDevKit', 'Speck2fModuleDevKit'] 7",
    ],
    "consumer.py": ["True True 10"],
    "watches_sensor.py": ["0 True"],
    "live_demo.py": [
        "Speck2fDevKit 0 True",
        "Speck2eDevKit 0 True",
        "Speck2eTestBoard 0 True",
        "Speck2fModuleDevKit 0 True",
    ],
    "sinabs_states.py": ["Network is valid", "[True, True]"],
    "leak.ipynb": ["(4, [-10, -10, -10])", "'waited'", "[]"],
}
"""What those print that end well."""


@pytest.mark.parametrize("name", OUTPUT)
def test_a_program_runs_and_prints_what_a_board_would_give(
    run_command: RunCommand, name: str
) -> None:
    done = run_command("emulate", "--option", "dvs_event_rate_hz=0", PROGRAMS / name)

    assert done.stdout.splitlines() == OUTPUT[name]
    assert done.returncode == 0
    said = [line for line in done.stderr.splitlines() if not line.startswith("  ")]
    if name == "live_demo.py":
        # of windows in two processes, and two settings of each board
        assert len(said) == 2 + 2 * 4
        assert all(f"{name}:" in line and "EmulationWarning" in line for line in said)
    else:
        assert said == ["Passed over, since only IPython knows it:"] * name.endswith(".ipynb")


def test_sinabs_visualizer_shows_nothing_of_either_chip(run_command: RunCommand) -> None:
    done = run_command("emulate", PROGRAMS / "sinabs_visualizer.py")

    assert done.returncode == 0, done.stderr
    boards = [line for line in done.stdout.splitlines() if line.startswith("speck")]
    assert boards == ["speck2fdevkit 0", "speck2edevkit 0"]
    warned = [line for line in done.stderr.splitlines() if "EmulationWarning" in line]
    assert all("sinabs_visualizer.py:" in line for line in warned), "the line of the program"
    subjects = ("a scene that stands still", "is a stand-in", "power is an estimate")
    assert [sum(subject in line for line in warned) for subject in subjects] == [1, 2, 1]


def test_a_program_with_a_command_line_keeps_its_file_and_its_exit_code(
    run_command: RunCommand, tmp_path: Path
) -> None:
    program = PROGRAMS / "commandline.py"

    done = run_command("emulate", program, tmp_path / "out.csv", "--seconds", "4")
    refused = run_command("emulate", program, "--rate-hz", "fast", "out.csv")

    assert done.stdout.splitlines()[-1] == "INFO 4 rows, the last one -6"
    assert (done.returncode, done.stderr) == (3, "")
    assert [line.split(",")[1] for line in (tmp_path / "out.csv").read_text().split()] == [
        "0", "-2", "-4", "-6",
    ]  # fmt: skip
    assert refused.returncode == 2
    assert "recorder: error: argument --rate-hz" in refused.stderr


def test_a_package_runs_as_a_module_and_closes_its_board_at_exit(
    run_command: RunCommand, tmp_path: Path
) -> None:
    done = run_command("emulate", "-m", "lab", tmp_path / "run.pkl", cwd=PROGRAMS)

    assert done.stdout == "Run(name='first', serial='emulated-speck2edevkit-0')\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_a_program_that_a_signal_ends_closes_its_board(run_command: RunCommand) -> None:
    done = run_command("emulate", PROGRAMS / "tidy_end.py")

    assert done.stdout.splitlines() == ["[-12]", "closed"]
    assert (done.returncode, done.stderr) == (143, "")


def test_what_is_not_emulated_is_refused_by_its_name(run_command: RunCommand) -> None:
    done = run_command("emulate", PROGRAMS / "dac.py")

    assert (done.returncode, done.stdout) == (1, "open\n")
    assert "dac = kit.get_dac()" in done.stderr
    assert "The DAC is not emulated" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["-m", "lab"], ["leak.ipynb"], ["-"], ["two_boards.py"]])
def test_an_emulator_of_the_first_kind_refuses_what_it_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    from speckhal.cli import main
    from speckhal.discovery import registry

    class Emulator:
        def run_script(self, script: Path, *_: object, **__: object) -> None:
            sys.stdout.write(f"ran {script}\n")

    monkeypatch.chdir(PROGRAMS)
    monkeypatch.setattr(registry.Registry, "emulator", lambda *_: Emulator())

    with pytest.raises(SystemExit) as ended:
        main(["emulate", *arguments])

    out, err = capsys.readouterr()
    if arguments == ["two_boards.py"]:
        assert (ended.value.code, out, err) == (0, "ran two_boards.py\n", "")
    else:
        assert (ended.value.code, out) == (2, "")
        assert "runs scripts from files" in err
