from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.facts import Certainty, Erratum, Fact, Range


@given(st.integers(), st.integers(), st.integers())
def test_a_range_holds_both_its_ends_and_all_between(one: int, two: int, value: int) -> None:
    lowest, highest = sorted((one, two))
    held = Range(lowest, highest)
    assert lowest in held
    assert highest in held
    assert (lowest - 1) not in held
    assert (highest + 1) not in held
    assert (value in held) == (lowest <= value <= highest)


def test_a_range_without_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="from 3 to 2 holds no number"):
        Range(3, 2)


def test_a_range_reads_as_its_ends() -> None:
    assert str(Range(-32768, 32767)) == "-32768..32767"


@pytest.mark.parametrize("source", ["", "  "])
def test_a_fact_without_a_source_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="source of Fact must not be empty"):
        Fact(1, source)


@pytest.mark.parametrize("empty", ["name", "consequence", "source"])
def test_an_erratum_must_say_everything(empty: str) -> None:
    texts = {"name": "a", "consequence": "b", "source": "c", empty: ""}
    with pytest.raises(ValueError, match=f"{empty} of Erratum must not be empty"):
        Erratum(texts["name"], texts["consequence"], texts["source"])


def test_a_fact_is_as_sure_as_the_vendor_unless_it_says_otherwise() -> None:
    assert Fact(1, "data sheet").certainty is Certainty.STATED
    assert Erratum("a", "b", "c").certainty is Certainty.STATED
