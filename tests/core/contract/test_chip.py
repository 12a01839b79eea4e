from __future__ import annotations

import attrs

from speckhal.contract.address import AddressLayout
from speckhal.contract.chip import ChipFacts, CoreMemory
from speckhal.contract.facts import Erratum, Fact, Range

SOME = Fact(Range(0, 1), "a page")

CHIP = ChipFacts(
    name="some",
    core_memories=Fact((CoreMemory(1, 2, 3),), "a page"),
    neuron_address=Fact(AddressLayout(), "a page"),
    v_mem_range=SOME,
    threshold_high_range=SOME,
    threshold_low_range=SOME,
    bias_range=SOME,
    channel_range=SOME,
    map_size_range=SOME,
    slow_clock_default_rate_hz=Fact(1000, "a page"),
    slow_clock_typical_rate_hz=SOME,
    internal_clock_divider_range=SOME,
    errata=(Erratum("a", "b", "c"),),
)


def test_the_rows_are_all_the_facts_in_their_order() -> None:
    rows = list(CHIP.rows())
    declared = [field.name for field in attrs.fields(ChipFacts)]
    assert [name for name, _ in rows] == [
        name for name in declared if name not in {"name", "errata", "particulars"}
    ]
    assert all(fact is getattr(CHIP, name) for name, fact in rows)


def test_an_optional_fact_is_none_or_a_row_and_a_limit_from_1() -> None:
    assert CHIP.slow_clock_highest_rate_hz is None
    fastest = Fact(400, "a page")
    chip = attrs.evolve(CHIP, particulars={"slow_clock_highest_rate_hz": fastest})
    assert chip.slow_clock_highest_rate_hz is fastest
    assert dict(chip.rows())["slow_clock_highest_rate_hz"] is fastest
    assert chip.limit("slow_clock_highest_rate_hz").fact == Fact(Range(1, 400), "a page")


def test_the_facts_that_a_chip_adds_are_rows_as_well() -> None:
    @attrs.frozen(kw_only=True)
    class Extended(ChipFacts):
        pins: Fact[int]

    extended = Extended(**attrs.asdict(CHIP, recurse=False), pins=Fact(48, "a page"))
    assert list(extended.rows())[-1] == ("pins", Fact(48, "a page"))
