"""The checks that are no tests of behaviour, as pre-commit runs them: style, types, contracts."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from type_cache import type_cache_in_use

PROJECT = Path(__file__).resolve().parents[1]

HOOK = re.compile(r"^ +name: (.+)\n +entry: (.+)$", re.MULTILINE)
CHECKS = dict(HOOK.findall((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8")))
SCRIPTS = Path(sys.executable).parent


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
def test_quality(check: str, with_bootstrap: dict[str, str], marker: Path) -> None:
    command, *arguments = CHECKS[check].split()
    with type_cache_in_use() if command == "mypy" else contextlib.nullcontext():
        done = subprocess.run(
            [SCRIPTS / command, *arguments],
            cwd=PROJECT,
            env=with_bootstrap,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert not marker.exists()  # none of them imports what PyPI has as samna


def test_style_types_and_contracts_are_checked() -> None:
    assert list(CHECKS.values()) == [
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "lint-imports",
    ]
