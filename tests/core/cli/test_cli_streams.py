"""Streams that are closed or full, and terminals that are narrow, dumb or steered by others."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.progress import Progress

from speckhal.cli import commands, main
from speckhal.cli.terminal.console import PlainConsole
from speckhal.cli.terminal.layout import styled
from speckhal.system.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Install = Callable[..., None]
    Source = Callable[..., str]

COMMANDS = [
    "--help",
    "--version",
    *(f"{name} --help" for name in commands.COMMANDS),
    "list",
    "list --json",
    "list --why",
    "info mock",
    "info mock --json",
    "doctor mock",
    "leak --ticks 1",
    "leak --ticks 1 --json",
    "characterise mock --list",
    "characterise mock --list --json",
    "characterise mock --quick --only overflow",
    "conformance mock --static",
    "emulate script.py",
    "new-plugin speck9",
]


class Full(io.StringIO):
    """A stream to a device without room."""

    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text("print('done')")


def run(command: str) -> object:
    """The exit code."""
    with pytest.raises(SystemExit) as end:
        main(command.split())
    return end.value.code


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_standard_streams_does_its_work(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert run(command) == 0
    assert sys.stdin is sys.stdout is sys.stderr is None


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_standard_output_is_a_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(sys, "stderr", said)
    code = run(command)
    if command == "emulate script.py":  # the script's own error, as Python shows it
        assert code == 1
        assert said.getvalue().endswith("OSError: [Errno 28] No space left on device\n")
        return
    assert code == 2
    assert "error: Could not write to standard output: No space left on device." in said.getvalue()


def test_a_full_standard_error_changes_no_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    assert run("info nothing") == 2
    assert run("nonsense") == 2
    assert run("leak --ticks 1 --json") == 0


def test_what_is_opened_next_does_not_become_standard_output() -> None:
    script = (
        "import os, sys; from speckhal.cli.terminal.standard_streams import guarded_streams\n"
        "with guarded_streams(): sys.exit(os.open(os.devnull, os.O_RDONLY) < 3)"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -c "$1" <&- >&- 2>&-', sys.executable, script], check=False
    )
    assert done.returncode == 0


@pytest.mark.parametrize("columns", ["0", "1", "-5", "abc", "²", "9" * 9])
def test_any_number_of_columns_shows_what_there_is(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", columns)
    for command in ("leak --ticks 2", "characterise mock --quick --only overflow", "--help"):
        done = CliRunner().invoke(main, command.split())
        assert done.exit_code == 0
        assert len(done.stdout.split()) > 20


@pytest.mark.parametrize(("variable", "value"), [("TERM", "dumb"), ("NO_COLOR", "1")])
def test_a_terminal_without_styles_gets_no_escape_codes(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert styled("error", bold=True, fg="red") == "error"
    for command in ("info nothing", "info mock", "doctor mock", "leak --ticks 2"):
        assert "\x1b" not in CliRunner().invoke(main, command.split(), color=True).output


def test_the_cursor_is_never_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setenv("FORCE_COLOR", "1")
    console = PlainConsole()
    console.file = shown
    with Progress(console=console) as progress, console.status("waiting"):
        progress.add_task("work")
    assert "work" in shown.getvalue()
    assert "\x1b[?25" not in shown.getvalue()


def test_the_list_of_measurements_is_json_where_that_is_asked_for() -> None:
    done = CliRunner().invoke(main, ["characterise", "mock", "--list", "--json"])
    listed = json.loads(done.stdout)
    assert listed
    assert all({*item} == {"name", "summary", "wall_s"} for item in listed)


@given(text=st.text())
def test_what_is_printable_steers_nothing_and_loses_nothing(text: str) -> None:
    shown = printable(text)
    steering = {unicodedata.category(character) for character in shown if character not in "\n\t"}
    assert steering.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    shown.encode()
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text


def test_what_steers_is_written_out() -> None:
    assert printable("\x1b[2J\r\x07\x9b\u202e\u2028") == r"\x1b[2J\x0d\x07\x9b\u202e\u2028"
    assert printable(os.fsdecode(b"caf\xe9 \xff")) == r"caf\xe9 \xff"
    assert printable("a\tb\nc") == "a\tb\nc"


EVIL = "\x1b]0;owned\x07\x1b[31mred\r\x9b2J\u202e"


def test_no_command_passes_on_escape_codes_of_others(install: Install, healthy: Source) -> None:
    name = "ev\x1b[31mil"
    source = healthy(name).replace('"a backend for tests"', repr(EVIL))
    source = source.replace("raise NotImplementedError", f"raise ValueError({EVIL!r})")
    install("evil", backends={name: "evil_module:backend"}, modules={"evil_module": source})
    crash = f"raise ValueError({EVIL!r})"
    install("sick", backends={"sick": "sick_module"}, modules={"sick_module": crash})
    for command in (
        ["list"],
        ["list", "--why"],
        ["info", name],
        ["info", "sick"],
        ["doctor"],
        ["conformance", name, "--static"],
        ["leak", "--backend", name],
        ["leak", "--profile", EVIL],
        ["leak", "--csv", f"/none/{EVIL}.csv"],
        ["info", "mock", EVIL],
        [f"--{EVIL}"],
        [EVIL],
    ):
        shown = CliRunner().invoke(main, command).output
        assert shown
        assert not {"\x1b", "\x07", "\r", "\x9b", "\u202e"} & {*shown}, command
