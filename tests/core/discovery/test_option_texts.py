"""What NAME=VALUE means, wherever users type options of a backend."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.errors import InputError
from speckhal.discovery.option_texts import parse_options, parse_value


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("dvs_event_rate_hz=0", "dvs_event_rate_hz", 0),
        ("dvs_event_rate_hz=None", "dvs_event_rate_hz", None),
        ("spike_on_tick=false", "spike_on_tick", False),
        ("spike_on_tick=True", "spike_on_tick", True),
        ("overflow=wrap", "overflow", "wrap"),
        (' overflow = "wrap"', "overflow", "wrap"),
        ("apply_s=1.5", "apply_s", 1.5),
        ("apply_s=.5", "apply_s", 0.5),
        ("max_updates_per_s=1_000", "max_updates_per_s", 1000),
        ("accepted_rate_hz=[1, 1000]", "accepted_rate_hz", [1, 1000]),
        ("accepted_rate_hz=1..1000", "accepted_rate_hz", "1..1000"),
        ('neuron_address=["x", "y", "c"]', "neuron_address", ["x", "y", "c"]),
        ("overflow=a = 1", "overflow", "a = 1"),
        ("day=2026-01-01", "day", "2026-01-01"),
        ("table={a = 1}", "table", "{a = 1}"),
        ("text=1\nother = 2", "text", "1\nother = 2"),
    ],
)
def test_a_value_is_read_as_toml_or_else_as_a_text(text: str, name: str, value: object) -> None:
    (found,) = parse_options([text]).items()
    assert found == (name, value)
    assert type(found[1]) is type(value)


@pytest.mark.parametrize("text", ["", "=", "overflow", "overflow=", "=wrap"])
def test_what_is_no_name_and_value_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="NAME=VALUE"):
        parse_options([text])


def test_an_option_is_given_once() -> None:
    assert parse_options(["a=1", "b=1"]) == {"a": 1, "b": 1}
    with pytest.raises(InputError, match="twice for the option a"):
        parse_options(["a=1", "a=1"])


@given(st.booleans() | st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats())
def test_what_python_writes_of_a_plain_value_means_that_value(value: float | None) -> None:
    found = parse_value(repr(value))
    if isinstance(value, float) and math.isnan(value):
        assert isinstance(found, float)
        assert math.isnan(found)
    else:
        assert (type(found), found) == (type(value), value)


@given(st.text())
def test_any_text_means_something(text: str) -> None:
    assert isinstance(parse_value(text), str | int | float | list | None)
