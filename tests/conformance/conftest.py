"""What the suite is tried on: backends in `data`, importable in this process and in others."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from placed_once import placed_once
from python_process import run_python

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from types import ModuleType

DATA = Path(__file__).parent / "data"
FROZEN = Path(__file__).parents[1] / "data" / "frozen"


@pytest.fixture(autouse=True)
def _data_on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(DATA))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "lies"]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def _networks_are_placed_once() -> Iterator[None]:
    """The suite deploys a few networks in each case; in processes of their own, each anew."""
    with placed_once():
        yield


@pytest.fixture
def data() -> Callable[[str], ModuleType]:
    """Imports a module of the package `lies`."""
    return lambda name: importlib.import_module(f"lies.{name}")


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a plugin as it was written against 0.1.0."""
    monkeypatch.syspath_prepend(str(FROZEN))
    known = set(sys.modules)
    yield importlib.import_module
    for name in {path.stem for path in FROZEN.glob("*.py")} - known:
        sys.modules.pop(name, None)


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a Python module in a process of its own, with distributions that a test put there."""

    def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(tmp_path), str(DATA)])
        environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"}
        return run_python("-m", module, *arguments, env=environment, cwd=tmp_path, timeout=900)

    return run


@pytest.fixture
def distribution(tmp_path: Path) -> Callable[[str, str], None]:
    """Installs, for `command`, a distribution whose module of the same name offers a backend."""

    def install(name: str, source: str) -> None:
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[speckhal.backends]\n{name} = {name}:backend\n")
        (tmp_path / f"{name}.py").write_text(source)

    return install
