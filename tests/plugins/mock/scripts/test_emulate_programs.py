"""`speckhal emulate` runs files, modules and standard input as Python does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from python_process import run_python

if TYPE_CHECKING:
    from pathlib import Path

RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]


MODULE = """
import dataclasses, pickle, sys, typing

@dataclasses.dataclass
class Layer:
    size: "int"

if __name__ == "__main__":
    import __main__
    print(sys.argv, sys.path[0] == {folder!r}, __file__, __package__, __spec__ and __spec__.name)
    print(pickle.loads(pickle.dumps(Layer(3))), __main__.Layer is Layer)
    print(typing.get_type_hints(Layer))
    print(sorted(name for name in vars(__main__) if name.startswith("__")), __cached__, __doc__)
    print(type(__loader__), type(__builtins__))
    {end}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "lab"
    (folder / "inner").mkdir(parents=True)
    text = textwrap.dedent(MODULE)
    for path in ("run.py", "inner/run.py", "__main__.py"):
        (folder / path).write_text(text.format(folder=str(tmp_path), end="print('on')"))
    (folder / "fails.py").write_text(text.format(folder=str(tmp_path), end="1 / 0"))
    (folder / "wrong.py").write_text("x = = 1\n")
    (folder / "__init__.py").write_text("print('package')\n")
    (folder / "inner" / "__init__.py").write_text("from lab import fails\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "__init__.py").write_text("import lab\n1 / 0\n")
    (tmp_path / "broken" / "run.py").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", ["lab", "lab.run", "lab.inner.run"])
def test_a_module_runs_as_under_python(run_command: RunCommand, package: Path, name: str) -> None:
    by_python = subprocess.run(
        [sys.executable, "-m", name, "--epochs", "3", "-m"],
        capture_output=True, text=True, check=False, cwd=package,
    )  # fmt: skip

    done = run_command("emulate", "-m", name, "--epochs", "3", "-m", cwd=package)

    assert by_python.returncode == 0, by_python.stderr
    assert (done.stdout, done.stderr) == (by_python.stdout, by_python.stderr)


@pytest.mark.parametrize("name", ["lab.fails", "broken.run", "lab.wrong"])
def test_a_module_that_fails_shows_its_own_frames(
    run_command: RunCommand, package: Path, name: str
) -> None:
    by_python = subprocess.run(
        [sys.executable, "-m", name], capture_output=True, text=True, check=False, cwd=package
    )

    done = run_command("emulate", "-m", name, cwd=package)

    assert (done.stdout, done.returncode) == (by_python.stdout, by_python.returncode)
    assert "runpy" not in done.stderr
    assert by_python.stderr.endswith("\n".join(done.stderr.splitlines()[-3:]) + "\n")


@pytest.mark.parametrize(
    "name", ["nothing", "lab.nothing", "lab.inner", "lab.run.x", "", ".", "x.py"]
)
def test_a_module_that_is_not_there_is_a_sentence(
    run_command: RunCommand, package: Path, name: str
) -> None:
    done = run_command("emulate", "-m", name, cwd=package)

    assert done.returncode == 2
    assert done.stderr.startswith("error: Asked to run the module")
    assert "Traceback" not in done.stderr


def test_standard_input_runs_as_under_python(run_command: RunCommand, tmp_path: Path) -> None:
    text = "import sys\nprint(sys.argv, sys.path[0], '__file__' in globals(), __name__)\n1 / 0\n"
    by_python = subprocess.run(
        [sys.executable, "-", "x"],
        input=text, capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip

    done = run_command("emulate", "-", "x", cwd=tmp_path, stdin=text)

    assert (done.stdout, done.stderr) == (by_python.stdout, by_python.stderr)
    assert done.returncode == by_python.returncode


@pytest.mark.parametrize(
    "source",
    [
        b"#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\nprint('\xe9', __file__)\n1 / 0",
        b"\xef\xbb\xbfprint('\xc3\xa9')\r\nraise KeyError\r\n",
        b"print('\xe9')\n",
        b"def broken(:\n",
        b"if True:\nprint(1)\n",
        b"return 5\n",
        MODULE.replace("{folder!r}", "'x'").replace("{end}", "1 / 0").encode(),
    ],
    ids=["cookie", "bom", "no utf-8", "syntax", "indent", "return", "dunder"],
)
def test_a_file_is_read_as_python_reads_it(
    run_command: RunCommand, tmp_path: Path, source: bytes
) -> None:
    (tmp_path / "script.py").write_bytes(source)
    by_python = subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    done = run_command("emulate", "script.py", cwd=tmp_path)

    # where Python knows only the line, it marks one column
    assert done.stdout == by_python.stdout
    assert done.stderr.replace("^^^^^\n", "^\n") == by_python.stderr.replace("^^^^^\n", "^\n")
    assert done.returncode == by_python.returncode


SPAWNS = """
import multiprocessing, time
import samna

def look(names):
    start = time.monotonic()
    time.sleep(5)
    unopened = samna.device.get_unopened_devices()
    names.put([samna.__name__, [info.device_type_name for info in unopened]])
    names.put(round(time.monotonic() - start))

if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    kit = samna.device.open_device("Speck2eDevKit")
    names = context.SimpleQueue()
    child = context.Process(target=look, args=(names,))
    child.start(); print(*names.get(), names.get()); child.join(); print(child.exitcode)
"""


def test_a_process_that_a_script_spawns_is_emulated_too(
    run_command: RunCommand, script: Callable[[str], Path]
) -> None:
    done = run_command(
        "emulate", "--board", "speck2edevkit", "--board", "speck2fdevkit", script(SPAWNS)
    )

    assert "Traceback" not in done.stderr
    assert done.stdout == "samna ['Speck2fDevKit'] 5\n0\n"


FORKS = """
import atexit, multiprocessing, os, sys, time
import samna

atexit.register(print, "bye")
kit = samna.device.open_device("Speck2fDevKit")

def child(numbers):
    time.sleep(3)
    numbers.put(len(samna.device.get_all_devices()))

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    numbers = context.SimpleQueue()
    process = context.Process(target=child, args=(numbers,))
    process.start(); print(numbers.get()); process.join(); print(process.exitcode, flush=True)
    forked = os.fork()
    if forked == 0:
        sys.exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]))
"""


def test_a_process_that_a_script_forks_ends_as_under_python(
    run_command: RunCommand, script: Callable[[str], Path]
) -> None:
    done = run_command("emulate", script(FORKS))

    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines() == ["4", "0", "bye", "5", "bye"]


def test_what_cannot_be_examined_is_a_sentence(run_command: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    for path in ("loop", "pipe", "x" * 300, "missing.ipynb", "missing/x.py", ".", "", "x\0y"):
        done = run_command("emulate", path, cwd=tmp_path)

        assert (done.stdout, done.returncode) == ("", 2)
        assert done.stderr.startswith("error: Asked to run ")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["{}/script.py"], 0), (["-"], 0), (["-m", "this"], 0), (["x.py"], 2)]
)
def test_a_working_directory_that_is_gone_is_in_nobody_s_way(
    script: Callable[[str], Path], arguments: list[str], code: int
) -> None:
    folder = script("import string\nprint('ran')").parent
    (folder / "gone").mkdir()
    words = [word.format(folder) for word in arguments]

    leaving = (
        "import os, sys; os.rmdir('../gone'); from speckhal.cli import main; main(sys.argv[1:])"
    )

    done = run_python("-c", leaving, "emulate", *words, cwd=folder / "gone", stdin="print('ran')")

    assert "Traceback" not in done.stderr
    assert done.returncode == code
    assert bool(done.stdout) == (code == 0)
