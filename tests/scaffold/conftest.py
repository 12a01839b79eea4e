"""Wheels as users get them, and environments as users have them, made with no network.

What speckhal depends on is hundreds of megabytes, so a fresh environment does not install it
again: it sees the one that runs the tests through links, all of it but speckhal. `pip` there is
made to fetch nothing, to build with the hatchling that is installed, and to leave out what concerns
all that is installed and not what it installs; and `pytest` not to rewrite the assertions of all of
speckhal, which has an entry point for it. Otherwise the commands are those that a user types.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from python_process import run_python
from spikes_compiled import lend_to

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).resolve().parents[2]
SUPPORT = PROJECT / "tests" / "support"

PIP = """#!/bin/sh
command="$1"; shift
if [ "$command" = install ]; then set -- --no-compile --no-warn-conflicts "$@"; fi
exec {python} -m pip "$command" --disable-pip-version-check --quiet --no-index \\
    --no-build-isolation --find-links {wheels} "$@"
"""


@attrs.frozen
class Environment:
    """A virtual environment without speckhal, and the folder that commands run in.

    Attributes:
        folder: of the environment.
        work: where commands run.
    """

    folder: Path
    work: Path

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a line, or several, as a shell with the environment activated would."""
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607 - the user's own
            cwd=self.work,
            env={**self._activated(), **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def must(self, command: str, **variables: str) -> str:
        """Run it, and fail with what it said if it failed; its standard output."""
        done = self.run(command, **variables)
        assert done.returncode == 0, f"$ {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def fork(self, *arguments: str, cwd: Path | None = None, **variables: str) -> str:
        """Do what `python ARGUMENTS` does there, without importing torch anew; see `must`.

        What is installed after the first time is not found. Equal networks are placed once by a
        script, and by `pytest` with `-p placing_once`.
        """
        if not arguments[0].startswith("-"):
            arguments = (str(SUPPORT / "placing_once.py"), *arguments)
        done = run_python(
            *arguments,
            cwd=cwd or self.work,
            env={**self._activated(), "PYTHONPATH": str(SUPPORT), **variables},
            timeout=900,
            interpreter=self.folder / "bin" / "python",
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def lend_compiled(self) -> None:
        """Spare speckhal, once it is installed there, to compile what is compiled here already."""
        lend_to(self.folder)

    def _activated(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "SPECKHAL_", "PYTEST_", "PIP_"))
        }
        return {**inherited, "VIRTUAL_ENV": str(self.folder), "PATH": path}


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of speckhal and of the distributions in `examples/`."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in (PROJECT, *sorted(PROJECT.glob("examples/speckhal-*"))):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
            cwd=source,
            check=True,
            capture_output=True,
        )
    return folder


@pytest.fixture(scope="session")
def dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Links to all that is installed here, but to nothing of speckhal."""
    folder = tmp_path_factory.mktemp("dependencies")
    for purelib in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for installed in Path(purelib).iterdir():
            # files that end in .pth put other folders on the path, editable installs above all
            if not ("speckhal" in installed.name or installed.suffix == ".pth"):
                (folder / installed.name).symlink_to(installed)
    return folder


@pytest.fixture(scope="session")
def make_environment(
    tmp_path_factory: pytest.TempPathFactory, wheels: Path, dependencies: Path
) -> Callable[[], Environment]:
    """Makes fresh virtual environments, in which speckhal is not installed yet."""
    return lambda: _environment(tmp_path_factory.mktemp("fresh"), wheels, dependencies)


def _environment(where: Path, wheels: Path, dependencies: Path) -> Environment:
    folder, work = where / "venv", where / "work"
    work.mkdir()
    venv.create(folder)  # with the pip of `dependencies`: to install another takes seconds
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(f"{dependencies}\n")
    python = folder / "bin" / "python"
    programs = {
        "mypy": f'#!/bin/sh\nexec {python} -m mypy "$@"\n',
        "pip": PIP.format(python=python, wheels=wheels),
        "pytest": f'#!/bin/sh\nexec {python} -m pytest --assert=plain "$@"\n',
        "ruff": f'#!/bin/sh\nexec {sysconfig.get_path("scripts")}/ruff "$@"\n',
    }
    for name, script in programs.items():
        (folder / "bin" / name).write_text(script)
        (folder / "bin" / name).chmod(0o755)
    return Environment(folder, work)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a plugin into a folder of this test, and say where."""
    from speckhal.scaffold.plugin_spec import take_order
    from speckhal.scaffold.writing import write_plugin

    def make(
        name: str, *, like: str = "speck2f", license_name: str = "MIT", author: str = ""
    ) -> Path:
        order = take_order(name, like=like, license_name=license_name, author=author)
        return write_plugin(order, tmp_path)

    return make
