"""What the command line does when something goes wrong, or when nobody listens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from speckhal.cli import commands, main
from speckhal.cli.commands import COMMANDS
from speckhal.cli.terminal.layout import wrap
from speckhal.contract.errors import InputError

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def interrupted(install: Install, healthy: Source) -> None:
    """A backend "slow" during which somebody presses Ctrl-C."""
    source = healthy("slow").replace("raise NotImplementedError", "raise KeyboardInterrupt")
    install("slow", backends={"slow": "slow_module:backend"}, modules={"slow_module": source})


def test_an_error_is_a_message_and_a_hint_and_no_traceback(install: Install, speckhal: Run) -> None:
    install("sick", "0.7", backends={"sick": "sick_module"}, modules={"sick_module": "1 / 0"})
    done = speckhal("info", "sick")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: Backend 'sick' of sick 0.7 could not be imported: "
        "ZeroDivisionError: division by zero.\n"
        "hint: Reinstall or upgrade sick.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--traceback"], {}), ([], {"SPECKHAL_TRACEBACK": "1"})],
    ids=["option", "variable"],
)
def test_the_traceback_is_shown_on_demand(
    install: Install, speckhal: Run, arguments: list[str], variables: dict[str, str]
) -> None:
    install("sick", backends={"sick": "sick_module"}, modules={"sick_module": "1 / 0"})
    done = speckhal(*arguments, "info", "sick", **variables)
    assert done.returncode == 1
    assert "sick_module.py" in done.stderr
    assert "speckhal.contract.errors.BackendBroken: Backend 'sick'" in done.stderr


def test_an_error_without_a_hint_is_one_line(install: Install, speckhal: Run) -> None:
    install("sick", backends={"sick": "sick_module"}, modules={"sick_module": ""})
    done = speckhal("info", "sick")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("interrupted")
def test_an_interrupt_is_one_line_and_exit_code_130(speckhal: Run) -> None:
    done = speckhal("info", "slow")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


@pytest.mark.parametrize("arguments", [["list"], ["info", "mock"], ["--help"]])
def test_nobody_reading_is_no_reason_to_complain(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(
        [sys.executable, "-m", "speckhal", *arguments],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        os.close(write)
        _, complaint = command.communicate(timeout=120)
    assert complaint == ""


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        ("lst", "the command 'lst'", "Did you mean speckhal list?"),
        ("qqqq", "the command 'qqqq'", "speckhal --help lists"),
        ("-v", "no command", "speckhal --help lists"),
        ("--ticks 3 leak", "speckhal for --ticks", "behind its name, as in speckhal leak"),
        ("--verbos list", "speckhal for --verbos", "Did you mean --verbose?"),
        ("leak --tikcs 3", "speckhal leak for --tikcs", "Did you mean --ticks?"),
        ("leak --over", "speckhal leak for --over", "Did you mean --overwrite?"),
        ("leak -q", "speckhal leak for -q", "speckhal leak --help lists"),
        ("leak --traceback", "speckhal itself", "speckhal --traceback leak"),
        ("leak mock", "speckhal leak for 'mock' too", "--backend"),
        ("leak ''", "speckhal leak for '' too", "Leave the empty word out"),
        ("leak --backend", "--backend without", "[:TARGET]. Default: $SPECKHAL_BACKEND, or"),
        ("leak --for", "--for without a value", "Write --for S: seconds to watch."),
        ("leak --for abc", "--for 'abc', which is not a number", "Write --for 10"),
        ("leak --ticks 1.5", "--ticks '1.5', which is not a whole", "Write --ticks 20"),
        ("leak --json=3", "--json with a value", "Write --json."),
        ("show", "speckhal show without FILE", "such as: speckhal show leak.h5"),
        ("show ''", "FILE '', which is no name", "Write a name for FILE."),
        ("report x.h5 -o ''", "--out '', which is no name", "Write --out PAGE.html."),
        ("emulate ''", "run '', which is no name", "Give the path of a Python script"),
        ("show my leak.h5", "for 'leak.h5' too", "quotes around a name with blanks"),
        ("info mock x", "for 'x' too", "speckhal info --help lists"),
        ("compare mock", "speckhal compare without B", "speckhal compare A B, such as: "),
        ("sweep", "speckhal sweep without --over", "Write --over NAME=VALUE,...: a setting"),
        ("sweep --over bias=1 --jobs 0", "--jobs '0', which", "Write --jobs 2"),
        ("new-plugin x --license y", "'y' is not one of", "Write --license Apache-2.0|MIT"),
    ],
)
def test_wrong_words_get_what_was_asked_and_what_would_work(
    words: str, said: str, hint: str
) -> None:
    done = CliRunner().invoke(main, shlex.split(words), prog_name="speckhal")
    assert (done.exit_code, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("error: Asked ")
    assert said in first
    assert first.endswith(".")
    assert second.startswith("hint: ")
    assert hint in second


def test_a_file_or_a_folder_for_a_backend_gets_what_opens_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.h5").touch()
    Path("runs").mkdir()
    asked = CliRunner().invoke(main, ["info", "run.h5"])
    assert asked.stderr.endswith("Select a record as a device by replay:run.h5.\n")
    Path("run: 1.h5").touch()
    spaced = CliRunner().invoke(main, ["leak", "--backend", "run: 1.h5"])
    assert spaced.stderr.endswith("Select a record as a device by 'replay:run: 1.h5'.\n")
    compared = CliRunner().invoke(main, ["compare", "runs", "runs"])
    assert "the run in runs, and that is a folder" in compared.stderr


def test_wrong_words_steer_no_terminal() -> None:
    done = CliRunner().invoke(main, ["\x1b[31mlst"], prog_name="speckhal")
    assert r"\x1b[31mlst" in done.stderr
    assert "\x1b" not in done.stderr


def test_colour_is_for_terminals_that_want_it(
    monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    install("sick", backends={"sick": "nope_nope"})
    runner = CliRunner()
    red = "\x1b[31m"
    assert red not in runner.invoke(main, ["info", "sick"]).stderr
    assert red in runner.invoke(main, ["info", "sick"], color=True).stderr
    monkeypatch.setenv("NO_COLOR", "1")
    without = runner.invoke(main, ["info", "sick"], color=True).stderr
    assert not re.search(r"\x1b\[3\d", without)


def test_the_version_is_a_name_and_a_number(speckhal: Run) -> None:
    from importlib.metadata import version

    assert speckhal("--version").stdout == f"speckhal {version('speckhal')}\n"


def test_help_names_every_command_in_order(speckhal: Run) -> None:
    printed = speckhal("--help").stdout
    places = [printed.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)
    assert max(map(len, printed.splitlines())) <= 80


def test_every_module_of_commands_is_one() -> None:
    folder = Path(commands.__file__).parent
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert modules == {module for module, _ in COMMANDS.values()}


def test_a_new_command_is_a_module_and_a_line_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command("weigh")
    def weigh() -> None:
        raise InputError("Asked to weigh nothing.", hint="Give something.")

    module = ModuleType("weigh")
    module.command = weigh  # type: ignore[attr-defined]  # which a module of commands has
    monkeypatch.setitem(sys.modules, f"{commands.__name__}.weigh", module)
    monkeypatch.setitem(COMMANDS, "weigh", ("weigh", "Weigh a board."))

    listed = CliRunner().invoke(main, ["--help"])
    assert re.search(r"^  weigh +Weigh a board\.$", listed.stdout, re.MULTILINE)
    done = CliRunner().invoke(main, ["weigh"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "error: Asked to weigh nothing.\nhint: Give something.\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_says_of_itself_what_the_list_of_commands_says(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name][1]


class Terminal:
    """Stands for a stream to a terminal."""

    def isatty(self) -> bool:
        return True


def test_text_is_wrapped_to_the_terminal_and_indented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert wrap("one two three four five six seven", indent=10, stream=Terminal()) == [
        "          one two three four",
        "          five six seven",
    ]


def test_a_terminal_that_is_very_wide_or_narrow_is_still_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    assert max(map(len, wrap("word " * 100, stream=Terminal()))) <= 100
    monkeypatch.setenv("COLUMNS", "1")
    assert wrap("a path /to/something/long", indent=4, stream=Terminal()) == [
        "    a path",
        "    /to/something/long",
    ]


def test_no_text_is_an_empty_line_and_not_none() -> None:
    assert wrap("", indent=4, stream=Terminal()) == [""]


def test_text_in_a_pipe_is_left_whole(tmp_path: Path) -> None:
    text = "word " * 100
    with (tmp_path / "pipe").open("w") as stream:
        assert wrap(text, indent=2, stream=stream) == [f"  {text}"]
