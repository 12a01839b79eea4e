"""The chips as facts: every one with a source, the differences where a page shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from speckhal import (
    Capability,
    CapabilityUnsupported,
    ClockDrive,
    Erratum,
    Fact,
    OpenDevice,
    VendorUnavailable,
)
from speckhal_mock import EmulatedBackend, samna
from speckhal_samna.backend import SamnaBackend
from speckhal_samna.speck_facts import ERRATA, with_known_conditions
from speckhal_speck2e.chip import CHIP as SPECK2E
from speckhal_speck2e.chip import NAMES as SPECK2E_NAMES
from speckhal_speck2f.chip import CHIP as SPECK2F
from speckhal_speck2f.chip import NAMES as SPECK2F_NAMES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "chips.md"
STUBS = PAGE.parents[2] / "typings" / "samna"
NAMES = {"speck2e": SPECK2E_NAMES, "speck2f": SPECK2F_NAMES}
CHIPS = {chip.facts.name: chip for chip in (SPECK2E, SPECK2F)}


@pytest.mark.parametrize("name", CHIPS)
def test_every_fact_has_a_source(name: str) -> None:
    chip = CHIPS[name]
    facts = [fact for _, fact in chip.facts.rows()]
    # what the driver acts on is among what `speckhal info` shows
    assert {chip.settle_after_apply_s, chip.updates_per_s} <= set(facts)
    assert len(facts) > 20
    assert all(len(fact.source) > 10 for fact in facts)
    assert all(erratum.source for erratum in chip.facts.errata)
    assert all(kit.source for kit in chip.kits)


@pytest.mark.parametrize("source", ["", "  "])
def test_a_fact_without_a_source_cannot_be_made(source: str) -> None:
    with pytest.raises(ValueError, match="source"):
        Fact(1, source=source)


def test_every_field_of_a_chip_is_a_fact_or_says_where_it_is_from() -> None:
    plain = {"name", "errata", "particulars"}
    for chip in CHIPS.values():
        for field in attrs.fields(type(chip.facts)):
            assert field.name in plain or isinstance(getattr(chip.facts, field.name), Fact)


def test_the_chips_are_described_by_the_same_particulars() -> None:
    assert list(SPECK2E.facts.particulars) == list(SPECK2F.facts.particulars)


@pytest.mark.parametrize("name", CHIPS)
def test_the_emulation_agrees_with_the_particulars(name: str) -> None:
    facts = {key: str(fact.value) for key, fact in CHIPS[name].facts.particulars.items()}
    module: Any = getattr(samna, name)
    dvs = module.configuration.SpeckConfiguration().dvs_layer

    assert hasattr(samna, facts["input_node"])
    assert hasattr(samna, facts["board_module"].removeprefix("samna."))
    assert facts["kits"].split(", ") == [kit.board for kit in CHIPS[name].kits]
    assert facts["dvs_mirror_default"] == (
        f"x {dvs.mirror.x}, y {dvs.mirror.y}, diagonal {dvs.mirror_diagonal}"
    )
    assert facts["dvs_pass_sensor_events_default"].split(";")[0] == str(dvs.pass_sensor_events)
    has_low_pass = hasattr(module.configuration.DvsFilterConfig(), "low_pass_mode_enable")
    assert (facts["dvs_low_pass_mode_enable"] == "there") == has_low_pass
    for event in facts["output_events_of_its_own"].split(", "):
        assert hasattr(module.event, event) or hasattr(samna.unifirm.modules.events, event)


def test_a_page_shows_how_the_chips_differ() -> None:
    rows = [
        f"| {key.replace('_', ' ')} | {SPECK2F.facts.particulars[key].value} "
        f"| {SPECK2E.facts.particulars[key].value} |"
        for key in SPECK2F.facts.particulars
        if SPECK2F.facts.particulars[key] != SPECK2E.facts.particulars[key]
    ]

    assert len(rows) == 10

    assert "\n".join(rows) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CHIPS)
def test_a_chips_names_are_the_vendors(name: str) -> None:
    """mypy cannot look up names that are data, so they are looked up in the stubs."""
    names = CHIPS[name].facts.particulars["input_node"].value, NAMES[name].output_node
    whole = (STUBS / "__init__.pyi").read_text(encoding="utf-8")
    assert all(f"class {node}(" in whole or f"class {node}:" in whole for node in names)
    module = STUBS / NAMES[name].module
    assert (module / "event.pyi").exists()
    configuration = (module / "configuration.pyi").read_text(encoding="utf-8")
    assert f"class {NAMES[name].configuration}" in configuration


def test_a_samna_without_a_chips_classes_is_refused_by_their_name() -> None:
    wrong = attrs.evolve(NAMES["speck2f"], output_node="BasicSinkNode_of_another_version")
    with pytest.raises(VendorUnavailable, match="its BasicSinkNode_of_another_version, and this"):
        wrong.classes(samna)


def test_errata_without_a_condition_apply_as_they_do_on_the_specks() -> None:
    """The scaffold of 0.1.0 wrote them as texts alone."""
    texts = tuple(Erratum(one.name, one.consequence, one.source) for one in ERRATA)
    chip = attrs.evolve(SPECK2F, facts=attrs.evolve(SPECK2F.facts, errata=texts))
    for core in range(9):
        for shape in ((3, 5, 5), (4, 8, 8)):
            doubts = [one.name for one in chip.facts.errata_of("leak", core, shape)]
            assert doubts == [one.name for one in SPECK2F.facts.errata_of("leak", core, shape)]
    ours = Erratum("an own one", "b", "c")
    assert with_known_conditions(attrs.evolve(chip.facts, errata=(ours,))).errata == (ours,)


def test_a_chip_without_an_internal_clock_declares_none_and_refuses_its_drive() -> None:
    chip = attrs.evolve(
        SPECK2F, facts=attrs.evolve(SPECK2F.facts, internal_clock_divider_range=None)
    )
    assert SPECK2F.capabilities - chip.capabilities == {Capability.INTERNAL_CLOCK}
    assert SamnaBackend(chip).capabilities == chip.capabilities
    backend = EmulatedBackend(chip, name="any", summary="any")
    with OpenDevice(backend.open()) as device, pytest.raises(CapabilityUnsupported) as refusal:
        device.leak_config(drive=ClockDrive.INTERNAL)
    assert refusal.value.capability is Capability.INTERNAL_CLOCK
