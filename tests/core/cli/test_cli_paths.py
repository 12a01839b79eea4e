"""No path is a traceback or blamed on a backend: each gets a sentence and exit code 2."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from speckhal.cli import main

READERS: Final = [
    "leak --network {}:snn --input-shape 1,2,2",
    "leak --profile {}",
    "characterise mock --quick --only overflow --profile {}",
    "emulate {}",
    "emulate --profile {} script.py",
]
WRITERS: Final = {
    "leak --ticks 1 --save {}": ".npz",
    "leak --ticks 1 --csv {}": ".csv",
    "leak --ticks 1 --plot {}": ".png",
    "characterise mock --quick --only overflow --out {}": ".toml",
    "conformance mock --json {}": ".json",
}
FOLDERS: Final = ["new-plugin speck9 --out {}"]
COMMANDS: Final = [
    *((command, ".toml") for command in READERS),
    *WRITERS.items(),
    *((command, "") for command in FOLDERS),
]

BAD: Final = {
    "n" * 300: "longer than the file system permits",
    "loop": "the links on the way there lead in a circle",
    "loop/inside": "the links on the way there lead in a circle",
    "file/inside": "a part of the path is a file",
    "pipe": "that is a named pipe, not a file",
    "a\0b": "a path cannot have a NUL character in it",
    "forbidden/inside": "you have no permission for that",
    "gone/inside": "there is no",
    "folder": "that is a folder, not a file",
}
"""Paths, to which an ending is put, and what is said of each."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("script.py").write_text("print('done')")
    Path("file").touch()
    Path("forbidden").mkdir()
    for ending in (".toml", ".npz", ".csv", ".png", ".json", ""):
        Path(f"loop{ending}").symlink_to(f"loop{ending}")
        Path(f"folder{ending}").mkdir()
        os.mkfifo(f"pipe{ending}")
    ask = Path.stat

    def refuse(path: Path, **options: Any) -> os.stat_result:
        # root, who may run the tests, is refused by no folder
        if "forbidden" in path.parts:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return ask(path, **options)

    monkeypatch.setattr(Path, "stat", refuse)


def run(command: str, path: str) -> Result:
    return CliRunner().invoke(main, [word.replace("{}", path) for word in command.split()])


def refusal(done: Result) -> str:
    """What is said, on one line."""
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 2
    assert not done.stdout or done.stdout.startswith("1 measurement on mock:")
    assert done.stderr.startswith("error: ")
    assert "hint: " in done.stderr
    assert "to its authors" not in done.stderr
    return done.stderr.splitlines()[0]


@pytest.mark.parametrize(("command", "ending"), COMMANDS)
@pytest.mark.parametrize("path", BAD, ids=lambda path: path[:16].replace("\0", "NUL"))
def test_a_path_that_cannot_be_used_is_a_sentence(command: str, ending: str, path: str) -> None:
    before = sorted(Path.cwd().rglob("*"))
    if command in FOLDERS and path == "folder":
        return  # which is what it wants
    said = refusal(run(command, f"{path}{ending}"))
    assert BAD[path] in said or (command in FOLDERS and "that is no folder" in said)
    assert sorted(Path.cwd().rglob("*")) == before


@pytest.mark.parametrize("command", [command for command, _ in COMMANDS])
def test_a_working_directory_that_is_gone_is_a_sentence(tmp_path: Path, command: str) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    ending = WRITERS.get(command, ".toml")
    said = refusal(run(command, f"new{ending}"))
    assert "the working directory no longer exists" in said.lower()
    if command in WRITERS:  # torch would end the process
        said = refusal(run(command, str(tmp_path / f"new{ending}")))
        assert "The working directory no longer exists" in said


@pytest.mark.parametrize("command", READERS)
def test_what_comes_to_no_end_is_not_read(command: str) -> None:
    assert "that is a device, not a file" in refusal(run(command, "/dev/zero"))


def test_a_name_that_is_no_text_is_written_and_shown() -> None:
    name = os.fsdecode(b"caf\xe9.toml")
    done = run("characterise mock --quick --only overflow --out {}", name)
    assert done.exit_code == 0
    assert done.stderr == "Wrote caf\\xe9.toml\n"
    assert Path(name).exists()


def test_a_profile_that_cannot_be_written_costs_nothing_else() -> None:
    command = "characterise mock --quick --only overflow --out {}"
    done = run(f"{command} --json", "/dev/full")
    assert done.exit_code == 2
    assert "there is no space left on the device" in done.stderr
    assert json.loads(done.stdout)["results"]["overflow"]["value"] == "saturate"
    shown = run(command, "/dev/full")
    assert shown.exit_code == 2
    assert "1 result" in shown.stdout


def test_a_profile_goes_where_a_shell_wants_it() -> None:
    end, start = os.pipe()
    done = run("characterise mock --quick --only overflow --out {}", f"/dev/fd/{start}")
    os.close(start)
    with os.fdopen(end, "rb") as pipe:
        assert pipe.read().startswith(b"# Measured by speckhal characterise.")
    assert done.exit_code == 0
