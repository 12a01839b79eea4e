"""Fake distributions: real entry points in real dist-info directories on `sys.path`."""

from __future__ import annotations

import importlib
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from python_process import run_python, start_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

HEALTHY = """
from speckhal.discovery.hooks import hookimpl

class Board(tuple):
    info = capabilities = clock = leak_config = deploy = probe = reset_states = None
    start_slow_clock = stop_slow_clock = tick = close = __enter__ = __exit__ = None

class Backend:
    name = {name!r}
    api_version = {api_version!r}
    summary = "a backend for tests"
    emulated = True
    targets = ()
    capabilities = frozenset()

    def chip(self, target=None):
        raise NotImplementedError

    def open(self, target=None, options=None):
        return Board((self.name, target, options))

    def example(self, layers=()):
        raise NotImplementedError

    @hookimpl
    def speckhal_backend(self):
        return self

backend = Backend()
"""


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the person who runs it has set."""
    for variable in (
        "SPECKHAL_BACKEND",
        "SPECKHAL_DISABLE_PLUGINS",
        "SPECKHAL_TRACEBACK",
        "SPECKHAL_TRACE_HOOKS",
        "NO_COLOR",
        "COLUMNS",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def healthy() -> Callable[..., str]:
    """Source of a plugin module whose object `backend` offers a backend."""

    def source(name: str, *, api_version: object = 1) -> str:
        return HEALTHY.format(name=name, api_version=api_version)

    return source


@pytest.fixture
def sites() -> list[Path]:
    """Directories that `install` has put distributions in, first found first."""
    return []


@pytest.fixture
def install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sites: list[Path]
) -> Iterator[Callable[..., None]]:
    """Put a distribution on `sys.path`, for this process and for those of `speckhal`."""
    importable: set[str] = set()

    def put(
        distribution: str,
        version: str = "1.0",
        *,
        backends: Mapping[str, str] | str = "",
        plugins: Mapping[str, str] | str = "",
        modules: Mapping[str, str] | None = None,
        metadata: str | None = None,
        site: str = "site",
        announced: bool = True,
    ) -> None:
        directory = tmp_path / site
        info = directory / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        named = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (info / "METADATA").write_text(named if metadata is None else metadata)
        (info / "entry_points.txt").write_text(
            f"[speckhal.backends]\n{_lines(backends)}\n[speckhal.plugins]\n{_lines(plugins)}\n"
        )
        for name, source in (modules or {}).items():
            (directory / f"{name}.py").write_text(source)
            importable.add(name)
        if directory not in sites:
            sites.insert(0, directory)
            monkeypatch.syspath_prepend(str(directory))
        if announced:
            importlib.invalidate_caches()

    yield put
    for name in importable:
        sys.modules.pop(name, None)


def _lines(entries: Mapping[str, str] | str) -> str:
    if isinstance(entries, str):
        return entries
    return "\n".join(f"{name} = {value}" for name, value in entries.items())


@pytest.fixture
def python(sites: list[Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in a process of its own, which sees the same distributions."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(map(str, sites))
        return subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": path, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def speckhal(sites: list[Path]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a process of its own."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sites)), **variables}
        return run_python("-m", "speckhal", *arguments, env=environment)

    return run


@pytest.fixture
def on_a_terminal(sites: list[Path]) -> Callable[..., str]:
    """Run the command line at a terminal of 80 columns; returns what it shows there."""

    def run(*arguments: str, **variables: str) -> str:
        ours, theirs = pty.openpty()
        path = os.pathsep.join(map(str, sites))
        terminal = {"PYTHONPATH": path, "COLUMNS": "80", "TERM": "xterm"}
        command = start_python(
            "-m",
            "speckhal",
            *arguments,
            env={**os.environ, **terminal, **variables},
            streams=(0, theirs, theirs),
        )
        os.close(theirs)
        printed = b"".join(_until_closed(ours))
        command.wait(timeout=120)
        os.close(ours)
        return printed.decode().replace("\r\n", "\n")

    return run


def _until_closed(terminal: int) -> Iterator[bytes]:
    try:
        while piece := os.read(terminal, 65536):  # nothing is how macOS says that it was closed
            yield piece
    except OSError:  # and this is how Linux does
        pass
