"""The plugin `characterise`: whose boards it offers to measure, and what asking it costs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import attrs
import pytest

from speckhal import Registry, hookimpl
from speckhal.contract.errors import CapabilityUnsupported
from speckhal_characterise.characteriser import SamnaCharacteriser
from speckhal_mock import EmulatedBackend
from speckhal_samna.backend import SamnaBackend
from speckhal_speck2f.chip import CHIP


class Offers:
    """A plugin that offers a backend and nothing else."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    @hookimpl
    def speckhal_backend(self) -> Any:
        return self._backend


class Wrapper:
    """Passes everything on, and is nothing by its class."""

    def __init__(self, wrapped: object) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> object:
        return getattr(self._wrapped, name)


class Measures:
    """Offers to measure boards; it can do nothing of that."""

    def measurements(self) -> tuple[()]:
        return ()

    def wall_s(self, *_: object, **__: object) -> float:
        return 0.0

    def run(self, *_: object, **__: object) -> None: ...


MEASURES = Measures()
KIT = CHIP.kits[0]


class FromBefore(Offers):
    """Implements the hook as version 0.1.0 had it."""

    @hookimpl
    def speckhal_characteriser(self) -> Measures:
        return MEASURES


class Broken:
    @hookimpl
    def speckhal_characteriser(self, backend: object) -> object:
        return backend


def emulated(name: str = "any") -> EmulatedBackend:
    return EmulatedBackend(CHIP, name=name, summary="an emulation")


@pytest.mark.parametrize(
    "backend",
    [emulated(), SamnaBackend(CHIP, attrs.evolve(KIT, target="any")), Wrapper(emulated())],
)
def test_boards_that_speak_samna_are_measured_whoever_offers_them(backend: object) -> None:
    registry = Registry()
    registry.register("any", Offers(backend))
    assert isinstance(registry.characteriser("any"), SamnaCharacteriser)


def test_what_a_backend_offers_by_itself_comes_first_with_or_without_an_argument() -> None:
    registry = Registry()
    registry.register("any", FromBefore(emulated()))
    assert registry.characteriser("any") is MEASURES


def test_a_broken_plugin_costs_a_warning_and_not_the_measurement() -> None:
    registry = Registry()
    registry.register("a-broken-one", Broken())
    registry.register("any", emulated())
    with pytest.warns(RuntimeWarning, match=r"'a-broken-one' .* without .* not asked to measure"):
        assert isinstance(registry.characteriser("any"), SamnaCharacteriser)


def test_who_disables_the_plugin_is_reminded_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "characterise")
    with pytest.raises(CapabilityUnsupported, match=r"'mock' .* does not measure boards") as caught:
        Registry().characteriser("mock")
    assert "Plugin 'characterise' of speckhal" in str(caught.value.hint)
    assert "SPECKHAL_DISABLE_PLUGINS disables it" in str(caught.value.hint)


def test_loading_it_for_a_list_imports_nothing_heavy() -> None:
    # another process, since this one has imported everything
    script = (
        "import sys, speckhal_characterise.plugin as plugin\n"
        "assert plugin.speckhal_characteriser(object()) is None\n"
        "print(*{'torch', 'sinabs', 'numpy', 'speckhal_mock', 'rich'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
