"""Backends that wrap others: one in another process, and one as it was written against 0.1.0."""

from __future__ import annotations

import csv
import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import speckhal
from python_process import start_python
from speckhal.conformance.report import Outcome
from speckhal.conformance.runner import examine
from speckhal.contract.backend import capabilities_of, is_emulated
from speckhal.contract.capabilities import VERSION_1
from speckhal.discovery.registry import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parents[2] / "data"
WRAPPERS = {"elsewhere": "elsewhere", "logged": "logged_0_1"}


class Notes:
    """Takes note of what is read."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []

    @speckhal.hookimpl
    def speckhal_reading(self, info: speckhal.DeviceInfo, reading: speckhal.Reading) -> None:
        self.seen.append((info.backend, int(reading.v_mem.flat[0])))


PLACED_ONCE = """
import os, runpy, sys
from placed_once import placed_once

os.setsid()
del sys.argv[0]
with placed_once():
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


def start_quickly(
    arguments: list[str], *, pass_fds: list[int], env: dict[str, str], start_new_session: bool
) -> Any:
    """As `subprocess.Popen`, in a process that has torch, and places networks as the suite does."""
    assert start_new_session
    return start_python("-c", PLACED_ONCE, *arguments[1:], pass_fds=pass_fds, env=env)


@pytest.fixture
def wrapper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Installs the wrapper of that name in this process, and gives its module."""
    monkeypatch.syspath_prepend(str(DATA / "wrappers"))

    def install(name: str) -> Any:
        module = importlib.import_module(WRAPPERS[name])
        if name == "elsewhere":
            monkeypatch.setattr(module, "subprocess", SimpleNamespace(Popen=start_quickly))
        registry().register(name, module.backend)
        return module

    yield install
    for name in WRAPPERS:
        registry().unregister(name)
    sys.modules.pop(WRAPPERS["logged"], None)  # the other one keeps its process for the next test


@pytest.fixture(autouse=True, scope="module")
def _elsewhere_ends() -> Iterator[None]:
    """With the last test, and not with the process that runs tests of other things too."""
    yield
    module = sys.modules.get(WRAPPERS["elsewhere"])
    if module is not None and module.backend.process is not None:
        module.backend.process.pipe.close()
        module.backend.process.child.wait()


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Installs a frozen backend in this process, and gives its module."""
    monkeypatch.syspath_prepend(str(DATA / "frozen"))
    installed: list[Any] = []

    class Plugin:
        @speckhal.hookimpl
        def speckhal_backend(self) -> Any:
            return installed[-1].backend

    def install(name: str) -> Any:
        module = importlib.import_module(name)
        registry().register(module.backend.name, Plugin())
        installed.append(module)
        return module

    yield install
    for module in installed:
        registry().unregister(module.backend.name)
        sys.modules.pop(module.__name__)


@pytest.fixture
def notes() -> Iterator[Notes]:
    """An observer."""
    observer = Notes()
    registry().register("notes", observer)
    yield observer
    registry().unregister("notes")


def deployed(device: speckhal.OpenDevice) -> None:
    example = speckhal.select("mock")[0].example()
    leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
    device.deploy(example.network, input_shape=example.input_shape, leak=leak)


def test_a_wrapper_takes_at_most_170_lines() -> None:
    lines = (DATA / "wrappers" / "elsewhere.py").read_text().splitlines()
    assert len(lines) <= 170


def passes(name: str) -> None:
    report = examine(name)
    assert [result.reason for result in report.results if result.outcome is Outcome.FAILED] == []
    # what came after 0.1 is refused by name
    refused = [r.case for r in report.results if r.outcome is Outcome.REFUSED_AS_DECLARED]
    assert all(not one.needs <= VERSION_1 for one in refused), refused
    assert {r.outcome for r in report.results} <= {Outcome.PASSED, Outcome.REFUSED_AS_DECLARED}


def test_a_wrapper_of_the_mock_in_another_process_passes_the_suite(
    wrapper: Callable[[str], Any],
) -> None:
    wrapper("elsewhere")
    passes("elsewhere")


def test_a_wrapper_of_0_1_0_passes_the_suite(
    wrapper: Callable[[str], Any], frozen: Callable[[str], Any]
) -> None:
    module = wrapper("logged")
    frozen("board_without_samna")
    module.INNER = "honest"
    passes("logged")
    assert {"deploy", "read", "write_biases", "tick 1"} <= set(module.log)


@pytest.mark.parametrize("name", WRAPPERS)
def test_each_reading_is_published_once_and_as_the_wrappers(
    name: str, wrapper: Callable[[str], Any], notes: Notes
) -> None:
    wrapper(name)
    with speckhal.open_device(name) as device:
        deployed(device)
        device.probe().read()
        speckhal.measure_leak(device, ticks=2)
        device.probe(neurons=[(0, 1, 1)]).read()
    assert notes.seen == [(name, v_mem) for v_mem in (127, 127, 114, 101, 101)]


def test_what_is_read_over_there_is_published_here_and_not_there(
    wrapper: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "speckhal_csv-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: speckhal-csv\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[speckhal.plugins]\ncsv = speckhal_csv\n")
    monkeypatch.syspath_prepend(str(DATA / "frozen" / "speckhal-csv" / "src"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("SPECKHAL_CSV", str(tmp_path / "leak.csv"))
    module = wrapper("elsewhere")
    backend = module.backend
    before, backend.process = backend.process, None  # a new one finds the same plugins as this one
    registry().register("csv", importlib.import_module("speckhal_csv"))
    try:
        with speckhal.open_device("elsewhere") as device:
            deployed(device)
            device.probe(neurons=[(0, 0, 0)]).read()
    finally:
        registry().unregister("csv")
        backend.process = before
    with (tmp_path / "leak.csv").open(newline="") as file:
        assert [row["v_mem"] for row in csv.DictReader(file)] == ["127"]


def test_capabilities_and_whether_it_is_emulated_depend_on_the_target(
    wrapper: Callable[[str], Any], frozen: Callable[[str], Any]
) -> None:
    backend = wrapper("elsewhere").backend
    modest = frozen("plugin_api_1_0")
    assert capabilities_of(backend, "frozen:kit") == modest.CAPABILITIES
    assert capabilities_of(backend, "mock") == speckhal.select("mock")[0].capabilities
    assert is_emulated(backend, "mock")
    assert not is_emulated(backend, "speck2f")


def test_an_error_crosses_the_pipe_as_itself(wrapper: Callable[[str], Any]) -> None:
    wrapper("elsewhere")
    with speckhal.open_device("mock") as here, speckhal.open_device("elsewhere") as there:
        errors = []
        for device in (here, there):
            with pytest.raises(speckhal.NetworkError) as refusal:
                device.deploy("no network", input_shape=(1, 2, 2))
            errors.append(refusal.value)
        assert type(errors[0]) is type(errors[1])
        assert (errors[0].message, errors[0].hint) == (errors[1].message, errors[1].hint)
        with pytest.raises(speckhal.DeviceBusy):
            speckhal.open_device("elsewhere")


def test_the_clock_is_that_of_the_device_over_there(wrapper: Callable[[str], Any]) -> None:
    wrapper("elsewhere")
    with speckhal.open_device("elsewhere") as device:
        assert device.clock.is_virtual
        before_s = device.clock.now_s()
        device.clock.sleep_s(3600)
        assert device.clock.now_s() - before_s == 3600
        deployed(device)
        assert device.probe().read().time_s >= before_s + 3600


def test_where_the_other_process_has_ended_a_device_fails_and_another_can_be_opened(
    wrapper: Callable[[str], Any],
) -> None:
    module = wrapper("elsewhere")
    device = speckhal.open_device("elsewhere")
    deployed(device)
    module.backend.process.child.kill()
    module.backend.process.child.wait()
    with pytest.raises(speckhal.DeviceFailed, match="that process has ended"):
        device.probe().read()
    with pytest.raises(speckhal.DeviceFailed, match="that process has ended"):
        device.close()
    with speckhal.open_device("elsewhere") as device:
        deployed(device)
        assert np.all(device.probe().read().v_mem == 127)


def test_a_device_that_nobody_refers_to_is_closed_over_there_too(
    wrapper: Callable[[str], Any],
) -> None:
    wrapper("elsewhere")
    device = speckhal.open_device("elsewhere")
    del device
    speckhal.open_device("elsewhere").close()  # which would be busy
