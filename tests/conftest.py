"""What all tests share: all processors for the whole suite, and a clean USB bus for each test."""

from __future__ import annotations

import contextlib
import gc
import importlib.abc
import os
import random
import signal
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

from installed_once import installed_once
from python_process import run_python
from ready_for_workers import ready_for_workers

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Generator, Iterator, Mapping
    from pathlib import Path

    from speckhal_mock.emulation.board import EmulatedBoard

BUS = "speckhal_mock.sdk.bus"

# a law that holds holds on a busy machine as well; laws that need more examples say so
hypothesis.settings.register_profile(
    "speckhal",
    deadline=None,
    max_examples=40,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("speckhal")
# it also draws numbers that stand in the modules imported so far, which depends on the tests that
# the same process ran before: without them, what CI draws for a test is always the same
if hasattr(providers, "_get_local_constants"):  # is not public
    vars(providers)["_get_local_constants"] = lambda: providers._local_constants

# the networks are tiny, and torch's threads would only be in the way of the other processes
os.environ.setdefault("OMP_NUM_THREADS", "1")
# many processes import the same modules, which need be compiled only once
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


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
        config.add_cleanup(ready_for_workers())


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One worker more than processors, since tests wait for the processes that they start."""
    return 1 + (yield)


def pytest_addoption(parser: pytest.Parser) -> None:
    """An option for the order of tests; each file must pass in any."""
    parser.addoption("--shuffled", type=int, metavar="SEED", help="run tests in that random order")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let slow tests begin first, so that no processor waits for them at the end, and take long."""
    seed = config.getoption("shuffled")
    if seed is not None:
        random.Random(seed).shuffle(items)
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if item.get_closest_marker("slow"):  # takes most of a minute where nothing else runs
            item.add_marker(pytest.mark.timeout(1800))


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what all tests share: torch alone is 200,000 objects.

    What is garbage by now stays with them: it is little, and to look for it takes a second.
    """
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def _collector_passes_over_what_was_imported(modules_passed_over: list[int]) -> None:
    """Do so with what tests import as they go, too: numba, for one, or sinabs' back end."""
    if len(sys.modules) > modules_passed_over[-1] + 100:
        gc.collect()
        gc.freeze()
        modules_passed_over.append(len(sys.modules))


@pytest.fixture(scope="session")
def modules_passed_over() -> list[int]:
    """How many modules there were whenever the collector was made to pass over them."""
    return [len(sys.modules)]


class _SamnaWatch(importlib.abc.MetaPathFinder):
    """Notes each look for samna in the folders of `sys.path`, where it then seems to be missing."""

    def __init__(self) -> None:
        self.looked_for: list[str] = []

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name == "samna":
            self.looked_for.append(name)
            raise ModuleNotFoundError(name=name)  # PyPI's would run pip


SAMNA_WATCH = _SamnaWatch()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Watch, while files of tests are imported, whether one of them looks for samna.

    Nothing looks for garbage meanwhile: there is none, and looking takes a quarter of the time.
    """
    sys.meta_path.insert(sys.meta_path.index(PathFinder), SAMNA_WATCH)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        sys.meta_path.remove(SAMNA_WATCH)


@pytest.fixture(scope="session")
def looked_for_samna() -> list[str]:
    """The name, as often as it was looked for while tests were collected."""
    return SAMNA_WATCH.looked_for


@pytest.fixture(autouse=True, scope="session")
def _interrupts_arrive() -> Iterator[None]:
    """Let Ctrl-C through to the tests that send it, and to the processes that they start.

    A shell starts what is to run in the background with SIGINT ignored, and so may a CI.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(autouse=True, scope="session")
def _the_environment_is_looked_at_once() -> Iterator[None]:
    """Nothing is installed in it while tests run."""
    with installed_once():
        yield


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
def run_command() -> RunCommand:
    """Runs `speckhal` in a process of its own, with variables besides those of this one."""

    def run(
        *arguments: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **(env or {})}
        return run_python("-m", "speckhal", *arguments, cwd=cwd, env=environment, stdin=stdin)

    return run


BOOTSTRAP = """
PYPI_SAMNA = True
from pathlib import Path
Path({marker!r}).touch()
raise RuntimeError("the bootstrap ran")
"""


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """Exists once the bootstrap was imported."""
    return tmp_path / "the bootstrap ran"


@pytest.fixture
def with_bootstrap(tmp_path: Path, marker: Path) -> dict[str, str]:
    """An environment in which `import samna` finds a bootstrap that fails loudly."""
    package = tmp_path / "site" / "samna"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(BOOTSTRAP.format(marker=str(marker)), encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(package.parent)}
