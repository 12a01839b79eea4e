from __future__ import annotations

import attrs
import pytest

from speckhal.contract.address import AddressLayout
from speckhal.contract.chip import ChipFacts, CoreMemory
from speckhal.contract.facts import Erratum, Fact, Range
from speckhal.contract.linear_address import LinearAddresses

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


def test_a_board_without_slow_clocks_leaves_their_facts_out() -> None:
    clocks = (
        "slow_clock_default_rate_hz",
        "slow_clock_typical_rate_hz",
        "internal_clock_divider_range",
    )
    plain = {field.name: getattr(CHIP, field.name) for field in attrs.fields(ChipFacts)}
    chip = ChipFacts(**{name: value for name, value in plain.items() if name not in clocks})
    for name in clocks:
        assert getattr(chip, name) is None
        assert name not in dict(chip.rows())
        with pytest.raises(AttributeError, match=f"Nothing is known of {name} of the some"):
            chip.limit(name)


def test_errata_are_asked_by_what_goes_wrong_where() -> None:
    order = Erratum("order", "b", "c", affects="spikes", cores=(1,))
    leak = Erratum("leak", "b", "c", affects="leak", cores=(0, 1))
    chip = attrs.evolve(CHIP, errata=(*CHIP.errata, order, leak))
    assert chip.errata_of("leak", 0, (1, 1, 1)) == (leak,)
    assert chip.errata_of("spikes", 1, (1, 1, 1)) == (order,)
    assert chip.errata_of("leak", 2, (1, 1, 1)) == ()


def test_a_layer_has_short_the_memories_that_it_needs_more_of_than_there_is() -> None:
    core = CoreMemory(10, 20, 30)
    assert core.shortfalls(core) == {}
    assert core.shortfalls(CoreMemory(11, 20, 40)) == {"kernel": (11, 10), "bias": (40, 30)}


def test_the_memory_of_a_layer_follows_the_addresses_of_its_neurons() -> None:
    def memory(chip: ChipFacts) -> CoreMemory:
        return chip.layer_memory((3, 5, 6), inputs=2, kernel=(3, 3), has_biases=True)

    linear = attrs.evolve(CHIP, neuron_address=Fact(LinearAddresses(), "a page"))
    assert memory(CHIP) == CoreMemory(2 << 4 + 2, 3 * 8 * 8, 3)
    assert memory(linear) == CoreMemory(2 << 4 + 2, 3 * 5 * 6, 3)
    bare = CHIP.layer_memory((3, 5, 6), inputs=2, kernel=(1, 1), has_biases=False)
    assert bare.bias_words == 0


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
