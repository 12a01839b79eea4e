from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.facts import Certainty, Erratum, Fact, Range

if TYPE_CHECKING:
    from speckhal.contract.address import Shape


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


@pytest.mark.parametrize(
    ("where", "core", "shape", "applies"),
    [
        ({}, 8, (3, 5, 7), True),
        ({"cores": (0, 1)}, 1, (3, 5, 7), True),
        ({"cores": (0, 1)}, 2, (3, 5, 7), False),
        ({"unless": "every dimension is a power of two"}, 0, (1, 2, 64), False),
        ({"unless": "every dimension is a power of two"}, 0, (1, 2, 63), True),
        ({"cores": (0,), "unless": "every dimension is a power of two"}, 1, (3, 3, 3), False),
    ],
)
def test_an_erratum_applies_on_its_cores_to_the_layers_it_does_not_except(
    where: dict[str, Any], core: int, shape: Shape, applies: object
) -> None:
    assert Erratum("a", "b", "c", **where).applies_to(core, shape) is applies


@pytest.mark.parametrize("wrong", [{"affects": "everything"}, {"unless": "it is Monday"}])
def test_an_erratum_of_which_nobody_could_ask_is_refused(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name} of Erratum is '{value}'; it must be one of"):
        Erratum("a", "b", "c", **wrong)


def test_a_fact_is_as_sure_as_the_vendor_unless_it_says_otherwise() -> None:
    assert Fact(1, "data sheet").certainty is Certainty.STATED
    assert Erratum("a", "b", "c").certainty is Certainty.STATED
