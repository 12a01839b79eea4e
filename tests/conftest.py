"""What all tests share: all processors for the whole suite, and a clean USB bus for each test."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from speckhal_mock.emulation.board import EmulatedBoard

BUS = "speckhal_mock.samna.bus"

# the networks are tiny, and torch's threads would only be in the way of the other processes
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Let a bare `pytest` run the tests on all processors, a file at a time.

    What is named on the command line runs in one process, and so do tests of a board on the desk,
    which there is only one of. `-n 0` and `-p no:xdist` are obeyed.
    """
    option = config.option
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    alone = option.collectonly or option.usepdb or "not hardware" not in option.markexpr
    worker = "PYTEST_XDIST_WORKER" in os.environ
    if whole and not alone and not worker and getattr(option, "numprocesses", 0) is None:
        option.numprocesses = "auto"
        option.dist = "loadfile" if option.dist == "no" else option.dist
        option.loadscopereorder = False  # the order below, and not the longest file first


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let slow tests begin first, so that no processor waits for them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True, scope="session")
def _interrupts_arrive() -> Iterator[None]:
    """Let Ctrl-C through to the tests that send it, and to the processes that they start.

    A shell starts what is to run in the background with SIGINT ignored, and so may a CI.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True)
def _bus_as_it_was() -> Iterator[None]:
    """No test leaves a board on the emulated USB bus, or a fault armed there, for the next one.

    What was plugged in before the first test stays: so the hardware tests are run without hardware.
    """
    before = frozenset(_plugged())
    yield
    if BUS not in sys.modules:
        return
    bus = sys.modules[BUS].current_bus()
    bus.faults.disarm()
    if any(map(bus.is_open, _plugged() - before)):
        gc.collect()  # a device that nobody closed is closed with the last that knew of it
    with contextlib.ExitStack() as unplugging:  # of all, even if one of them complains
        for board in _plugged() - before:
            unplugging.callback(bus.unplug, board)


def _plugged() -> set[EmulatedBoard]:
    """The boards on the bus; none where a test needed no emulation, which is not imported then."""
    return set(sys.modules[BUS].current_bus().boards) if BUS in sys.modules else set()


RunCommand = Callable[..., "subprocess.CompletedProcess[str]"]
"""Takes arguments of `speckhal`, and by name `cwd`, `env` and `stdin`."""


@pytest.fixture(scope="session")
def run_command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunCommand]:
    """Runs commands in forks of one process, which has imported what is slow: 0.1 s for each."""
    folder = tmp_path_factory.mktemp("commands")
    stdin, stdout, stderr = (folder / name for name in ("stdin", "stdout", "stderr"))
    with subprocess.Popen(
        [sys.executable, Path(__file__).with_name("warm_process.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as warm:
        assert warm.stdin is not None
        assert warm.stdout is not None
        asks, answers = warm.stdin, warm.stdout

        def run(
            *arguments: str | Path,
            cwd: Path | None = None,
            env: Mapping[str, str] | None = None,
            stdin: str = "",
        ) -> subprocess.CompletedProcess[str]:
            given.write_text(stdin)
            stdout.write_text("")
            stderr.write_text("")
            words = [*map(str, arguments)]
            command = {
                "arguments": words,
                "cwd": str(cwd or Path.cwd()),
                "env": dict(env or {}),
                "stdin": str(given),
                "stdout": str(stdout),
                "stderr": str(stderr),
            }
            asks.write(json.dumps(command) + "\n")
            asks.flush()
            code = int(answers.readline())
            return subprocess.CompletedProcess(words, code, stdout.read_text(), stderr.read_text())

        given = stdin
        yield run
        asks.close()
