"""Capabilities and "emulated" are asked of a board, so that one backend can offer unlike ones."""

from __future__ import annotations

from typing import Any

import pytest

from speckhal import BoardDescription, Capability, DeviceNotFound
from speckhal.contract.backend import capabilities_of, is_emulated
from speckhal.contract.capabilities import VERSION_1
from speckhal.contract.capability_protocols import (
    declared_by,
    lacking,
    members_of,
    protocol_of,
)


class Alike:
    capabilities = frozenset({Capability.STEPPED_CLOCK})
    emulated = True


class Unlike(Alike):
    def describe(self, target: str | None = None) -> BoardDescription:
        if target not in {None, "kit"}:
            raise DeviceNotFound("There is no such board.", hint="There is 'kit'.")
        return BoardDescription(self.capabilities | {Capability.WRITE_V_MEM}, emulated=False)


def test_a_backend_that_does_not_distinguish_is_asked_itself() -> None:
    alike: Any = Alike()
    assert capabilities_of(alike, "any") == Alike.capabilities
    assert is_emulated(alike)


def test_a_backend_that_does_is_asked_for_the_board() -> None:
    unlike: Any = Unlike()
    assert Capability.WRITE_V_MEM in capabilities_of(unlike, "kit")
    assert not is_emulated(unlike, "kit")
    with pytest.raises(DeviceNotFound):
        is_emulated(unlike, "nope")


@pytest.mark.parametrize("capability", Capability)
def test_every_capability_has_a_protocol_with_members(capability: Capability) -> None:
    assert members_of(protocol_of(capability))


def test_the_capabilities_of_version_1_count_as_they_are_declared() -> None:
    everything: Any = type("Everything", (), {"capabilities": frozenset(Capability)})()
    assert declared_by(everything) >= VERSION_1


def test_a_later_capability_counts_only_where_its_members_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # the latest one stands in for one that came after version 1
    monkeypatch.setattr(
        "speckhal.contract.capability_protocols.VERSION_1", VERSION_1 - {Capability.RESET_STATES}
    )
    declared = frozenset({Capability.RESET_STATES, Capability.STEPPED_CLOCK})
    bare: Any = type("Bare", (), {"capabilities": declared})()
    able: Any = type("Able", (), {"capabilities": declared, "reset_states": lambda: None})()
    assert declared_by(bare) == {Capability.STEPPED_CLOCK}
    assert lacking(bare, Capability.RESET_STATES) == ("reset_states",)
    assert declared_by(able) == declared


class PassesEverythingOn:
    """A wrapper of 0.1, which declared all there were and passed on whatever it was asked for."""

    capabilities = frozenset({Capability.RESET_STATES})

    def __getattr__(self, name: str) -> object:
        return lambda: name


def test_what_a_wrapper_only_passes_on_is_nothing_that_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "speckhal.contract.capability_protocols.VERSION_1", VERSION_1 - {Capability.RESET_STATES}
    )
    wrapper: Any = PassesEverythingOn()
    assert wrapper.reset_states() == "reset_states"
    assert declared_by(wrapper) == frozenset()
