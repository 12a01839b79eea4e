"""The compatibility promise, kept to a plugin that is frozen as it was written for speckhal 0.1."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import speckhal
from speckhal.contract.backend import API_VERSION, OLDEST_API_VERSION
from speckhal.contract.errors import BackendIncompatible
from speckhal.discovery import guarded_loading
from speckhal.discovery.registry import Registry, registry

if TYPE_CHECKING:
    import subprocess

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

FROZEN = Path(__file__).parents[2] / "data" / "frozen" / "plugin_api_1_0.py"


@pytest.fixture(autouse=True)
def _nothing_loaded_before() -> Iterator[None]:
    """The process has one registry, which must not know the plugins of another test."""
    registry.cache_clear()
    yield
    registry.cache_clear()


@pytest.fixture
def frozen(install: Install) -> None:
    """The frozen plugin, installed as a backend and as an observer."""
    install(
        "speckhal-frozen",
        backends={"frozen": "plugin_api_1_0:backend"},
        plugins={"frozen-notes": "plugin_api_1_0"},
        modules={"plugin_api_1_0": FROZEN.read_text()},
    )


@pytest.mark.usefixtures("frozen")
def test_a_plugin_of_an_older_minor_version_loads_opens_and_leaks() -> None:
    backend = registry().backend("frozen")
    example = backend.example()
    with speckhal.open_device("frozen:kit") as device:
        leak = device.leak_config(drive=speckhal.ClockDrive.STEPPED)
        deployment = device.deploy(example.network, input_shape=example.input_shape, leak=leak)
        trace = speckhal.measure_leak(device, ticks=30)
    assert speckhal.judge(trace, deployment.layer(0)).agrees
    assert trace.v_mem[:4, :, 1, 2].tolist() == [[90, 90], [80, 83], [70, 76], [60, 69]]
    assert np.all(trace.v_mem[-1] == [[[-100]], [[-100]]])


@pytest.mark.usefixtures("frozen")
def test_it_is_still_told_of_readings() -> None:
    with speckhal.open_device("frozen") as device:
        device.deploy(
            [-0.1],
            input_shape=(1, 2, 3),
            leak=device.leak_config(drive=speckhal.ClockDrive.STEPPED),
        )
        speckhal.measure_leak(device, ticks=2)
    assert len(sys.modules["plugin_api_1_0"].seen) == 3


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    "arguments",
    [["list", "--why"], ["info", "frozen"], ["leak", "--backend", "frozen", "--ticks", "3"]],
)
def test_the_command_line_still_takes_it(speckhal: Run, arguments: list[str]) -> None:
    done = speckhal(*arguments)
    assert done.returncode == 0, done.stderr
    assert "frozen" in done.stdout


@pytest.mark.usefixtures("frozen")
def test_the_doctor_still_runs_its_checks(speckhal: Run) -> None:
    findings = json.loads(speckhal("doctor", "frozen", "--json").stdout)
    assert "It is still cold." in str(findings)


def refusal(install: Install, healthy: Source, api_version: int) -> BackendIncompatible:
    install(
        "speckhal-other",
        backends={"other": "om:backend"},
        modules={"om": healthy("other", api_version=api_version)},
    )
    with pytest.raises(BackendIncompatible) as caught:
        Registry().backend("other")
    return caught.value


def test_a_plugin_that_is_too_new_says_to_upgrade_speckhal(
    install: Install, healthy: Source
) -> None:
    error = refusal(install, healthy, API_VERSION + 1)
    assert f"written for version {API_VERSION + 1} of the plugin API" in error.message
    assert error.hint == "Upgrade speckhal."


def test_a_plugin_that_is_too_old_says_to_upgrade_the_plugin(
    install: Install, healthy: Source
) -> None:
    error = refusal(install, healthy, OLDEST_API_VERSION - 1)
    assert error.hint == "Upgrade speckhal-other."


def test_the_version_before_the_newest_is_still_taken(
    install: Install, healthy: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_loading, "_API_VERSIONS", range(6, 8))
    monkeypatch.setattr(guarded_loading, "OLDEST_API_VERSION", 6)
    for version in (6, 7):
        name = f"v{version}"
        install(
            f"speckhal-{name}",
            backends={name: f"{name}:backend"},
            modules={name: healthy(name, api_version=version)},
        )
        assert Registry().backend(name).api_version == version
    error = refusal(install, healthy, 5)
    assert error.message.endswith("this speckhal takes version 6 and 7.")
    assert error.hint == "Upgrade speckhal-other."


def test_at_most_two_versions_are_taken_and_the_newest_is_one_of_them() -> None:
    assert OLDEST_API_VERSION in {API_VERSION, API_VERSION - 1}
