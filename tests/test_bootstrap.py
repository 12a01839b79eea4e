"""The bootstrap that PyPI has under the name of samna runs pip when it is imported: nobody may."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from python_process import run_python

PROJECT = Path(__file__).resolve().parents[1]

COMMAND = ["-c", "from speckhal.cli import main; main()"]
COMMANDS = {
    "test collection": ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
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


def test_the_planted_bootstrap_would_be_found(with_bootstrap: dict[str, str], marker: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import samna"], env=with_bootstrap, check=False, capture_output=True
    )
    assert done.returncode != 0
    assert marker.exists()
