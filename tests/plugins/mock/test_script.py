"""Unmodified vendor scripts on emulated boards, as a user starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

EXPERIMENT = Path(__file__).resolve().parents[2] / "data" / "published_experiment.py"

# what a Speck2f module kit gave (source: recorded output of sinabs' leak tutorial): the first
# reading at 101 because the clock was on, at its default 1000 Hz, before its rate was set
PUBLISHED_V_MEM = [
    101,
    101,
    88,
    88,
    75,
    75,
    62,
    62,
    49,
    49,
    36,
    36,
    23,
    23,
    10,
    10,
    -3,
    -3,
    -16,
    -16,
]
PUBLISHED = [
    f"{0.5 * (reading + 1)} 0 {x} {y} {v_mem}"
    for reading, v_mem in enumerate(PUBLISHED_V_MEM)
    for x in range(2)
    for y in range(2)
]


def _emulate(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "speckhal", "emulate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a script."""

    def write(text: str) -> Path:
        path = tmp_path / "script.py"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("mode", [[], ["--realtime"]], ids=["virtual", "realtime"])
def test_the_published_experiment_gives_the_published_values(mode: list[str]) -> None:
    done = _emulate(*mode, EXPERIMENT)

    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if line[0].isdigit()] == PUBLISHED


def test_a_script_finds_itself_as_python_would_run_it(
    script: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "neighbour.py").write_text("VALUE = 7\n")
    path = script("import sys, neighbour; print(__name__, sys.argv[1:], neighbour.VALUE)")

    done = _emulate(path, "--epochs", "3", "x")

    assert done.stdout == "__main__ ['--epochs', '3', 'x'] 7\n"
    assert done.returncode == 0


def test_all_kits_are_plugged_in_unless_boards_are_named(script: Callable[[str], Path]) -> None:
    path = script(
        "import samna\nprint(*(info.device_type_name for info in samna.device.get_all_devices()))"
    )

    assert _emulate(path).stdout.split() == [
        "Speck2eDevKit", "Speck2eTestBoard", "Speck2fDevKit", "Speck2fModuleDevKit",
    ]  # fmt: skip
    two = _emulate("--board", "Speck2fDevKit", "--board", "speck2fdevkit", path)
    assert two.stdout.split() == ["Speck2fDevKit", "Speck2fDevKit"]


def test_an_unknown_board_is_refused_with_the_known_ones(script: Callable[[str], Path]) -> None:
    done = _emulate("--board", "Speck9", script("print('ran')"))

    assert (done.returncode, done.stdout) == (1, "")
    assert "Speck9" in done.stderr
    assert "Speck2fModuleDevKit" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_script_is_a_sentence(tmp_path: Path) -> None:
    done = _emulate(tmp_path / "nothing.py")

    assert done.returncode == 1
    assert "there is no such file" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_script_that_fails_shows_its_own_traceback_only(script: Callable[[str], Path]) -> None:
    done = _emulate(script("def broken():\n    raise ValueError('mine')\n\nbroken()\n"))

    assert done.returncode == 1
    assert "script.py" in done.stderr
    assert "ValueError: mine" in done.stderr
    assert "speckhal" not in done.stderr


def test_a_script_chooses_its_exit_code(script: Callable[[str], Path]) -> None:
    assert _emulate(script("raise SystemExit(5)")).returncode == 5


def test_what_is_not_emulated_says_so(script: Callable[[str], Path]) -> None:
    done = _emulate(
        script(
            "import samna\n"
            "board = samna.device.open_device('Speck2fDevKit')\n"
            "source = samna.graph.source_to(board.get_model_sink_node())\n"
            "source.write([samna.speck2f.event.Spike()])\n"
        )
    )

    assert done.returncode == 1
    assert "not emulated" in done.stderr


def test_ten_seconds_pass_at_once_and_the_script_sees_them(script: Callable[[str], Path]) -> None:
    # a watchdog of a second stands for "at once": real sleeping would take an hour
    path = script(
        "import time\n"
        "start = time.time(), time.monotonic(), time.perf_counter()\n"
        "time.sleep(3600)\n"
        "print(*(int(now() - then + 0.5) for now, then in "
        "zip((time.time, time.monotonic, time.perf_counter), start)))\n"
    )

    assert _emulate(path).stdout.split() == ["3600"] * 3


def test_a_loop_that_only_looks_at_the_clock_ends(script: Callable[[str], Path]) -> None:
    path = script(
        "import time\nend = time.time() + 2\nwhile time.time() < end: pass\nprint('done')"
    )

    assert _emulate(path).stdout == "done\n"
