"""The checks that are no tests of behaviour: style, types, import contracts, stubs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

CONTRACTS = "from importlinter.cli import lint_imports_command as main; main()"

CHECKS = {
    "ruff finds nothing": ["-m", "ruff", "check", "."],
    "the code is formatted": ["-m", "ruff", "format", "--check", "."],
    "mypy --strict finds nothing": ["-m", "mypy"],
    "nobody imports what they must not": ["-c", CONTRACTS],
}


@pytest.mark.parametrize("check", CHECKS)
def test_quality(check: str, with_bootstrap: dict[str, str], marker: Path) -> None:
    done = subprocess.run(
        [sys.executable, *CHECKS[check]],
        cwd=PROJECT,
        env=with_bootstrap,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert not marker.exists()  # none of them imports what PyPI has as samna
