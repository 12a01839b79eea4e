"""The import contracts of pyproject.toml find what they forbid, type-checking imports included."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]

LINT = "from importlinter.cli import lint_imports_command as main; main()"

FORBIDDEN = {
    "core/speckhal/contract/warn.py": "speckhal.system.paths",
    "core/speckhal/system/paths.py": "speckhal.opened",
    "core/speckhal/leak/verdict.py": "speckhal.discovery.selection",
    "core/speckhal/leak/sampling.py": "speckhal.leak.planning.leak_plan",
    "core/speckhal/leak/planning/leak_plan.py": "speckhal.leak.verification.finding",
    "core/speckhal/runs/record.py": "speckhal.doctor.diagnosis",
    "core/speckhal/doctor/diagnosis.py": "speckhal.cli.terminal.layout",
    "plugins/speckhal_samna/values.py": "speckhal_characterise.plugin",
    "plugins/speckhal_characterise/plugin.py": "speckhal_mock",
    "plugins/speckhal_mock/emulation/clock.py": "speckhal_mock.sdk.bus",
    "plugins/speckhal_mock/sdk/bus.py": "speckhal_mock.samna.device",
    "plugins/speckhal_mock/testing/breakage.py": "speckhal_mock.backend.mock_backend",
    "plugins/speckhal_characterise/core_setup.py": "speckhal_characterise.workbench",
}
"""By file, a module that it must not import, for types alone."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the contracts say of a copy in which each of these files has one line more."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copy(PROJECT / "pyproject.toml", copy)
    for root in ("core", "plugins"):
        # compiled files would say when the originals were written
        shutil.copytree(PROJECT / root, copy / root, ignore=shutil.ignore_patterns("__pycache__"))
    for file, module in FORBIDDEN.items():
        with (copy / file).open("a") as source:
            source.write(f"\nif TYPE_CHECKING:\n    import {module}\n")
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": f"{copy / 'core'}{os.pathsep}{copy / 'plugins'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("file", list(FORBIDDEN)[:-1])
def test_an_import_that_is_forbidden_is_found(found: str, file: str) -> None:
    importer = ".".join(Path(file).with_suffix("").parts[1:])
    assert f"{importer} -> {FORBIDDEN[file]} (l." in found


def test_a_circle_of_modules_is_found(found: str) -> None:
    _, _, circles = found.partition("No cycles are allowed in speckhal_characterise.")
    assert ".core_setup -> .workbench" in circles or ".workbench -> .core_setup" in circles
