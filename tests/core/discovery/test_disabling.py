"""`SPECKHAL_DISABLE_PLUGINS`: plugins that are installed and left alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from speckhal.contract.errors import BackendDisabled
from speckhal.contract.reading import Reading
from speckhal.discovery.hooks import hookimpl
from speckhal.discovery.opening import open_device
from speckhal.discovery.registry import Registry

if TYPE_CHECKING:
    import subprocess

    from speckhal.contract.device import DeviceInfo

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

INFO = cast("DeviceInfo", object())
READING = Reading(layer=0, time_s=0.0, v_mem=np.zeros((1, 1, 1), np.int16))

NOTEBOOK = """
from speckhal.discovery.hooks import hookimpl
seen = []

@hookimpl
def speckhal_reading(reading):
    seen.append(reading)
"""


@pytest.fixture
def two(install: Install, healthy: Source) -> None:
    """Two third-party backends of two distributions."""
    for name in ("left", "right"):
        install(
            f"Speckhal.{name}",
            backends={name: f"{name}_module:backend"},
            modules={f"{name}_module": healthy(name)},
        )


def names() -> set[str]:
    return {offer.name for offer in Registry().offers()}


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "value",
    ["left", "speckhal-left", "SPECKHAL_LEFT", "Speckhal.left", " left ,", "nobody,left", "LEFT"],
)
def test_a_plugin_is_disabled_by_its_name_or_by_its_distributions(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert {"left", "right"} <= names()
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", value)
    assert names() & {"left", "right"} == {"right"}


@pytest.mark.usefixtures("two")
def test_a_star_disables_all_that_do_not_come_with_speckhal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "*")
    assert not names() & {"left", "right"}
    assert {"mock", "speck2e", "speck2f"} <= names()


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("value", ["", " ", ",", "lef", "left right"])
def test_what_names_no_plugin_disables_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", value)
    assert {"left", "right"} <= names()


@pytest.mark.usefixtures("two")
def test_whoever_asks_for_a_disabled_backend_is_told_what_disables_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "left")
    with pytest.raises(BackendDisabled) as refusal:
        open_device("left:board")
    assert refusal.value.message == (
        "Backend 'left' of Speckhal.left 1.0 is installed, and the environment variable "
        "SPECKHAL_DISABLE_PLUGINS=left disables it."
    )
    assert refusal.value.hint is not None
    assert "mock, replay, right, speck2e" in refusal.value.hint
    assert "left_module" not in sys.modules


def test_disabling_one_of_two_that_clash_leaves_the_other(
    install: Install, healthy: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    for distribution in ("one", "other"):
        install(
            distribution,
            backends={"twin": f"{distribution}_module:backend"},
            modules={f"{distribution}_module": healthy("twin")},
        )
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "one")
    assert Registry().offer("twin").distribution == "other"


def test_a_disabled_observer_is_neither_imported_nor_told(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(
        "notes",
        plugins={"a": "notes_a", "b": "notes_b"},
        modules=dict.fromkeys(("notes_a", "notes_b"), NOTEBOOK),
    )
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "a")
    Registry().publish(INFO, READING)
    assert "notes_a" not in sys.modules
    assert sys.modules["notes_b"].seen == [READING]


def test_what_this_process_registered_is_not_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    class Notebook:
        @hookimpl
        def speckhal_reading(self, reading: Reading) -> None:
            seen.append(reading)

    seen: list[Reading] = []
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "notebook,*")
    registry = Registry()
    registry.register("notebook", Notebook())
    registry.publish(INFO, READING)
    assert seen == [READING]


@pytest.mark.usefixtures("two")
def test_the_list_marks_what_is_disabled(speckhal: Run) -> None:
    done = speckhal("list", SPECKHAL_DISABLE_PLUGINS="left,mock")
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line}
    assert lines["left"].endswith("disabled (SPECKHAL_DISABLE_PLUGINS)")
    assert lines["mock"].endswith("default, disabled (SPECKHAL_DISABLE_PLUGINS)")
    assert "disabled" not in lines["right"]


def test_the_command_line_says_it_in_a_sentence(speckhal: Run) -> None:
    done = speckhal("leak", SPECKHAL_DISABLE_PLUGINS="mock")
    assert done.returncode == 2
    assert done.stderr.startswith("error: Backend 'mock' of speckhal")
    assert "SPECKHAL_DISABLE_PLUGINS=mock disables it" in done.stderr
