"""Modules are found by the paths that they had before the core was put in order."""

from __future__ import annotations

import importlib

import pytest

from speckhal.former_paths import FORMER_PATHS


@pytest.mark.parametrize("former", FORMER_PATHS)
def test_a_former_path_gives_what_is_at_the_present_ones(former: str) -> None:
    found = importlib.import_module(f"speckhal.{former}")
    for present in FORMER_PATHS[former].split():
        module = importlib.import_module(f"speckhal.{present}")
        for name in (name for name in vars(module) if name.isidentifier() and name[0] != "_"):
            assert getattr(found, name) is not None


def test_names_that_were_in_one_module_and_are_now_in_several_are_found() -> None:
    import speckhal

    device = importlib.import_module("speckhal.device")
    assert device.Capability is speckhal.Capability
    assert device.Device is speckhal.Device
    assert device.NeuronProbe is speckhal.NeuronProbe
    assert importlib.import_module("speckhal.selection").open_device is speckhal.open_device


def test_how_a_result_compares_is_found_by_its_former_name() -> None:
    characterise = importlib.import_module("speckhal.characterise")
    assert characterise.Verdict is characterise.Comparison


def test_all_names_can_be_imported_at_once() -> None:
    names: dict[str, object] = {}
    exec("from speckhal.errors import *", names)  # noqa: S102  # what plugins may do
    assert names["DeviceBusy"] is importlib.import_module("speckhal").DeviceBusy
    assert "Capability" in dir(importlib.import_module("speckhal.device"))


def test_a_former_path_gives_what_the_present_one_has_now(monkeypatch: pytest.MonkeyPatch) -> None:
    former = importlib.import_module("speckhal.registry")
    monkeypatch.setattr("speckhal.discovery.registry.registry", "another")
    assert former.registry == "another"


def test_a_package_by_its_former_path_has_its_modules() -> None:
    importlib.import_module("speckhal.programs.script")


def test_a_former_module_is_an_attribute_of_the_package() -> None:
    package = importlib.import_module("speckhal")
    assert package.errors.DeviceBusy is package.DeviceBusy


def test_what_was_never_there_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"speckhal\.nonsense"):
        importlib.import_module("speckhal.nonsense")
    with pytest.raises(AttributeError, match=r"'speckhal\.device' has no attribute 'nonsense'"):
        _ = importlib.import_module("speckhal.device").nonsense


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("contract.address", "Shape"),
        ("contract.address", "NeuronAddresses"),
        ("leak.time_constant", "CRITERIA"),  # which a page imported
        ("leak.wanted_leak", "WantedLeak"),
        ("opened.open_device", "OpenDevice"),
        ("runs.comparison.run_comparison", "Divergence"),
        ("runs.comparison.run_comparison", "LayerComparison"),
        ("runs.run", "Provenance"),
    ],
)
def test_what_moved_to_a_file_of_its_own_is_found_where_pickles_and_plugins_look_for_it(
    module: str, name: str
) -> None:
    assert getattr(importlib.import_module(f"speckhal.{module}"), name) is not None
