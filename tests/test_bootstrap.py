"""The bootstrap that PyPI has under the name of samna runs pip when it is imported: nobody may."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from python_process import run_python

PROJECT = Path(__file__).resolve().parents[1]
SUPPORT = PROJECT / "tests" / "support"

COMMAND = ["-c", "from speckhal.cli import main; main()"]
COMMANDS = {
    "list": [*COMMAND, "list"],
    "info": [*COMMAND, "info", "speck2f"],
    "info of the mock": [*COMMAND, "info", "mock"],
    "leak": [*COMMAND, "leak", "--for", "2"],
}


@pytest.mark.parametrize("what", COMMANDS)
def test_the_bootstrap_is_never_imported_by(
    what: str, with_bootstrap: dict[str, str], marker: Path
) -> None:
    done = run_python(*COMMANDS[what], cwd=PROJECT, env=with_bootstrap)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert not marker.exists()


def test_nobody_looked_for_samna_while_tests_were_collected(looked_for_samna: list[str]) -> None:
    """Of all files of tests, where the whole suite is run."""
    assert looked_for_samna == []


def test_who_looks_for_samna_is_noted_and_does_not_find_it(
    tmp_path: Path, with_bootstrap: dict[str, str], marker: Path
) -> None:
    conftest = PROJECT / "tests" / "conftest.py"
    (tmp_path / "conftest.py").write_text(conftest.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "test_curious.py").write_text(
        "import contextlib\n"
        "with contextlib.suppress(ImportError):\n    import samna\n"
        "def test_it(looked_for_samna): assert looked_for_samna == ['samna']\n"
    )
    env = with_bootstrap | {"PYTHONPATH": f"{with_bootstrap['PYTHONPATH']}{os.pathsep}{SUPPORT}"}
    done = run_python("-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path, env=env)
    assert done.returncode == 0, done.stdout
    assert not marker.exists()


def test_the_planted_bootstrap_would_be_found(with_bootstrap: dict[str, str], marker: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import samna"], env=with_bootstrap, check=False, capture_output=True
    )
    assert done.returncode != 0
    assert marker.exists()
