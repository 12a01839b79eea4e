"""SIGTERM and SIGHUP end a command as Ctrl-C does, and leave no clock running."""

from __future__ import annotations

import os
import pty
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from python_process import run_python, start_python
from speckhal.cli import main
from speckhal.cli.views.leak_view import LeakView
from speckhal.runs.profile import read_profile

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

SIGNALS = [(signal.SIGTERM, "Terminated."), (signal.SIGHUP, "Hung up.")]

SCRIPT = """
import os, signal, sys, time

def send():
    {send}

import speckhal.cli.views.leak_view as leak_view
show = leak_view.LeakView.reading

def reading(self, reading, time_s):
    show(self, reading, time_s)
    if time_s == 2:
        send()

leak_view.LeakView.reading = reading

from speckhal.runs.profile_recorder import ProfileRecorder
find = ProfileRecorder.found

def found(self, result):
    find(self, result)
    send()

ProfileRecorder.found = found

from speckhal.cli.outputs import LeakOutputs
write = LeakOutputs.write

def writing(self, record):
    {send_again}
    return write(self, record)

LeakOutputs.write = writing

from speckhal_mock.emulation.board import EmulatedBoard
close = EmulatedBoard.close

def closing(board):
    with open(sys.argv[-1], "a") as closed:
        closed.write(f"running at close: {{board.slow_clock_running}}\\n")
    close(board)

EmulatedBoard.close = closing
from speckhal.cli import main
main(sys.argv[1:-1])
"""


def _kill(number: int) -> str:
    return f"os.kill(os.getpid(), {int(number)})"


def _run(
    *arguments: str | Path, send: str, closed: Path, send_again: str = "pass"
) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.format(send=send, send_again=send_again)
    return run_python("-c", script, *arguments, closed)


@pytest.fixture(autouse=True)
def _default_handlers() -> Iterator[None]:
    """Here and in processes that are started: the tests may themselves be run by nohup."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number, _ in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Where the process that was stopped writes how it left the board."""
    return tmp_path / "closed.txt"


@pytest.mark.parametrize(("number", "said"), SIGNALS)
def test_leak_stops_the_clock_and_keeps_what_was_read(
    tmp_path: Path, closed: Path, number: signal.Signals, said: str
) -> None:
    saved = tmp_path / "leak.csv"

    done = _run("leak", "--csv", saved, send=_kill(number), closed=closed)

    assert done.returncode == 128 + number
    assert closed.read_text().splitlines()[0] == "running at close: False"
    assert len(saved.read_text().splitlines()) == 1 + 5 * 4
    assert "Only 5 of 21 readings were taken." in done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(f"{said}\n")


@pytest.mark.parametrize(("number", "said"), SIGNALS)
def test_characterise_keeps_what_was_found(
    tmp_path: Path, closed: Path, number: signal.Signals, said: str
) -> None:
    profile = tmp_path / "profile.toml"

    done = _run(
        "characterise", "mock", "--quick", "--out", profile, send=_kill(number), closed=closed
    )

    assert done.returncode == 128 + number
    assert closed.read_text().splitlines()[0] == "running at close: False"
    assert len(read_profile(profile).results) == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(f"{said}\n")


def test_signals_that_follow_do_not_cut_the_tidying_short(tmp_path: Path, closed: Path) -> None:
    saved = tmp_path / "leak.csv"
    again = f"{_kill(signal.SIGHUP)}; {_kill(signal.SIGTERM)}"

    done = _run("leak", "--csv", saved, send=_kill(signal.SIGHUP), send_again=again, closed=closed)

    assert done.returncode == 128 + signal.SIGHUP
    assert len(saved.read_text().splitlines()) == 1 + 5 * 4


def test_a_signal_that_is_ignored_stays_ignored(closed: Path) -> None:
    # what nohup does before it runs a command
    ignored = f"{_kill(signal.SIGHUP)}; assert signal.getsignal(1) == signal.SIG_IGN"
    script = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{SCRIPT}"

    done = run_python("-c", script.format(send=ignored, send_again="pass"), "leak", closed)

    assert done.returncode == 0, done.stderr
    assert "The leak of layer 0 agrees" in done.stdout


def test_a_terminal_that_is_closed_is_no_reason_to_complain(tmp_path: Path, closed: Path) -> None:
    saved = tmp_path / "leak.csv"
    # the terminal sends the signal when it ends, to the process that it controls
    controlled = "import fcntl, os, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
    script = SCRIPT.format(send="os.write(1, b'READY'); time.sleep(60)", send_again="pass")
    ours, theirs = pty.openpty()

    command = start_python(
        "-c", f"{controlled}\n{script}", "leak", "--csv", saved, closed, streams=(theirs,) * 3
    )
    os.close(theirs)
    printed = b""
    while b"READY" not in printed:
        printed += os.read(ours, 65536)
    os.close(ours)
    command.wait(timeout=120)

    assert command.returncode == 128 + signal.SIGHUP
    assert closed.read_text().splitlines()[0] == "running at close: False"
    assert len(saved.read_text().splitlines()) == 1 + 5 * 4


def test_a_script_that_is_emulated_dies_of_a_signal_as_it_would_elsewhere(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal\n"
        "assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
    )

    done = run_python("-m", "speckhal", "emulate", script)

    assert done.returncode == -signal.SIGTERM


def _handlers() -> list[object]:
    return [signal.getsignal(number) for number, _ in SIGNALS]


@pytest.mark.parametrize("arguments", [["leak", "--ticks", "2"], ["leak", "--ticks", "0"]])
def test_handlers_are_there_during_a_command_only(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    before, during = _handlers(), []
    monkeypatch.setattr(LeakView, "__init__", lambda *_, **__: during.extend(_handlers()))

    CliRunner().invoke(main, arguments)

    assert _handlers() == before == [signal.SIG_DFL] * 2
    assert all(handler not in before for handler in during)


def test_handlers_of_somebody_else_stay_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    during: list[object] = []
    monkeypatch.setattr(LeakView, "__init__", lambda *_, **__: during.extend(_handlers()))
    theirs = signal.signal(signal.SIGTERM, print)
    try:
        CliRunner().invoke(main, ["leak", "--ticks", "2"])
        assert during[0] is _handlers()[0] is print
    finally:
        signal.signal(signal.SIGTERM, theirs)


def test_a_command_runs_outside_the_main_thread() -> None:
    codes: list[int] = []

    def run() -> None:
        codes.append(CliRunner().invoke(main, ["leak", "--ticks", "2"]).exit_code)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert codes == [0]
