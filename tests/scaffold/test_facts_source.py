"""Facts that are inherited keep their values and their sources, and say that they are."""

from __future__ import annotations

import attrs
import pytest

import speckhal
from speckhal import Certainty, ChipFacts, Fact
from speckhal.discovery.registry import registry
from speckhal.scaffold.writing import facts_source

LIKES = ("speck2e", "speck2f")


def inherited(like: str) -> tuple[ChipFacts, ChipFacts]:
    """The facts of a chip, and those that the source written from them makes."""
    facts = registry().backend(like).chip()
    source = f"ChipFacts(name='heir',\n{facts_source(facts)}\n)"
    names = {name: getattr(speckhal, name) for name in dir(speckhal)}
    heir = eval(source, names)  # noqa: S307 - written by what is tested
    assert isinstance(heir, ChipFacts)
    return facts, heir


@pytest.mark.parametrize("like", LIKES)
def test_every_fact_keeps_its_value_and_its_source_and_becomes_an_assumption(like: str) -> None:
    facts, heir = inherited(like)
    for field in attrs.fields(ChipFacts):
        known, copied = getattr(facts, field.name), getattr(heir, field.name)
        if isinstance(known, Fact):
            assert copied == Fact(
                known.value, f"inherited from {like}, check: {known.source}", Certainty.ASSUMED
            )


@pytest.mark.parametrize("like", LIKES)
def test_errata_are_inherited_as_well(like: str) -> None:
    facts, heir = inherited(like)
    assert facts.errata
    assert heir.errata == tuple(
        attrs.evolve(
            erratum,
            source=f"inherited from {like}, check: {erratum.source}",
            certainty=Certainty.ASSUMED,
        )
        for erratum in facts.errata
    )


@pytest.mark.parametrize("like", LIKES)
def test_what_tells_a_chip_from_its_siblings_is_not_inherited(like: str) -> None:
    facts, heir = inherited(like)
    assert facts.particulars
    assert not heir.particulars


@pytest.mark.parametrize("like", LIKES)
def test_no_line_is_longer_than_the_linter_takes(like: str) -> None:
    facts = registry().backend(like).chip()
    assert max(map(len, facts_source(facts).splitlines())) <= 100
