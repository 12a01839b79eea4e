"""Points of a sweep: every combination, each once, checked before any is measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal import ExampleNetwork, InputError, LayerSpec
from speckhal.leak.sampling import ClockedSampling, SteppedSampling
from speckhal.runs.sweep.points import points_of

if TYPE_CHECKING:
    from pathlib import Path

values = st.lists(
    st.one_of(st.integers(-9, 9), st.text(max_size=3), st.booleans(), st.none(), st.floats(0, 1)),
    min_size=1,
    max_size=4,
)


def _any(device: object, point: object) -> list[Any]:
    return []


def points(over: dict[str, Any], *, checked: bool = True) -> list[Any]:
    return points_of(over, _any, input_shape=None, checks_settings=checked)


def network(summary: str) -> ExampleNetwork:
    return ExampleNetwork([LayerSpec((1, 1, 1))], (1, 1, 1), summary)


@given(st.dictionaries(st.text(min_size=1, max_size=3), values, min_size=1, max_size=3))
def test_there_is_a_point_for_every_combination_and_each_has_a_key_of_its_own(
    over: dict[str, list[Any]],
) -> None:
    found = points(over, checked=False)

    combinations = {tuple(map(repr, point.values.values())) for point in found}
    assert len(combinations) == len(found) == len({point.key for point in found})
    assert len(found) == math.prod(len(set(map(repr, each))) for each in over.values())
    assert all(list(point.values) == list(over) for point in found)


def test_keys_stay_the_same_whatever_the_order_of_settings_and_the_kind_of_numbers() -> None:
    (one,) = points({"bias": -3, "backend": "mock"})
    (other,) = points({"backend": ["mock"], "bias": np.array([-3])})

    assert one.key == other.key


def test_options_are_those_of_the_backend() -> None:
    (point,) = points({"backend": "mock", "option.spike_on_tick": False, "bias": 1})

    assert point.options == {"spike_on_tick": False}


@pytest.mark.parametrize(
    ("over", "sampling"),
    [
        ({"bias": 1}, SteppedSampling(20)),
        ({"ticks": 7}, SteppedSampling(7)),
        ({"rate_hz": 10}, ClockedSampling(every_s=0.05, for_s=2)),
        ({"rate_hz": 10, "every_s": 1, "for_s": 5}, ClockedSampling(every_s=1, for_s=5)),
    ],
)
def test_a_running_clock_is_read_twice_in_a_tick_for_twenty_ticks_unless_asked_otherwise(
    over: dict[str, Any], sampling: object
) -> None:
    (point,) = points(over)

    assert point.sampling() == sampling


def test_networks_that_are_no_text_stand_by_their_summaries() -> None:
    two = [network("a"), network("b")]

    first, second = points({"network": two})

    assert (first.values["network"], first.networks) == ("a", {"a": two[0]})
    assert (second.values["network"], second.networks) == ("b", {"b": two[1]})


def test_a_network_that_has_changed_under_its_name_is_another_point(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    keys = set()
    for content in ("net = 1", "net = 2"):
        file.write_text(content)
        keys.add(points({"network": f"{file}:net"})[0].key)
    for start in (3, 4):
        layers = [LayerSpec((1, 1, 1), initial=start)]
        keys.add(points({"network": ExampleNetwork(layers, (1, 1, 1), "n")})[0].key)

    assert len(keys) == 4


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"colour": "red"}, "has no such setting"),
        ({"bias": []}, "with no value"),
        ({"bias": 0.5}, "not a whole number"),
        ({"bias": True}, "not a whole number"),
        ({"ticks": 0}, "a whole number of 1 or more"),
        ({"rate_hz": "fast"}, "a whole number of 1 or more"),
        ({"ticks": 3, "for_s": 1}, "a stepped clock has no time of its own"),
        ({"every_s": 1}, "without rate_hz"),
        ({"rate_hz": 1, "for_s": -1}, "no length of time"),
        ({"rate_hz": 1, "every_s": "a"}, "not a number"),
        ({"rate_hz": 1, "for_s": True}, "not a number"),
        ({"option.x": 2**64}, "more than 64 bits"),
        ({"option.x": "\udc80"}, "halves of characters"),
        ({"option.x": 1, "option.X": 1}, "upper and lower case"),
        ({"network": object()}, "a object"),
        ({"network": [network("a"), network("a")]}, "the same summary"),
        ({"bias": range(4000), "rate_hz": range(1, 4000)}, "at most 10,000,000"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_measured(over: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        points(over)

    assert caught.value.hint
