from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.errors import BackendBroken, BackendNotFound, InputError
from speckhal.discovery.opening import open_device, select
from speckhal.discovery.registry import registry
from speckhal.discovery.selection import Selection, default_selection, parse_selection

Install = Callable[..., None]
Source = Callable[..., str]

names = st.from_regex(r"[^\s:]+", fullmatch=True)
targets = st.none() | st.from_regex(r"[^\s:]\S*", fullmatch=True)


@given(names, targets)
def test_a_selection_is_read_back_as_it_is_written(backend: str, target: str | None) -> None:
    selection = Selection(backend, target)
    assert parse_selection(str(selection)) == selection


@given(st.text(alphabet=": \tab", max_size=6))
def test_every_text_is_either_read_exactly_or_refused(text: str) -> None:
    try:
        selection = parse_selection(text)
    except InputError:
        assert re.search(r"^$|\s|^:|:$|^[^:]*::", text)
    else:
        assert str(selection) == text


@pytest.mark.parametrize(
    ("text", "backend", "target"),
    [
        ("mock", "mock", None),
        ("mock:speck2e", "mock", "speck2e"),
        ("speck2f:1", "speck2f", "1"),
        ("remote:lab:5555", "remote", "lab:5555"),
        ("replay:my run.h5", "replay", "my run.h5"),
    ],
)
def test_the_first_colon_parts_backend_and_target(
    text: str, backend: str, target: str | None
) -> None:
    assert parse_selection(text) == Selection(backend, target)


@pytest.mark.parametrize(
    "text", ["", ":", ":speck2e", "mock:", "mock::a", "mo ck", " mock", "a: b", "a:b "]
)
def test_a_malformed_selection_is_answered_with_the_grammar_and_an_example(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_selection(text)
    assert repr(text) in caught.value.message
    assert "SPECKHAL_BACKEND" not in str(caught.value)
    assert caught.value.hint is not None
    assert "backend[:target]" in caught.value.hint
    assert "'mock:speck2e'" in caught.value.hint


@pytest.mark.parametrize("value", [None, ""])
def test_the_mock_is_the_default_where_the_variable_says_nothing(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("SPECKHAL_BACKEND", value)
    assert os.environ.get("SPECKHAL_BACKEND") == value
    assert default_selection() == Selection("mock")


def test_the_variable_sets_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_BACKEND", "speck2f:1")
    assert default_selection() == Selection("speck2f", "1")


def test_a_malformed_variable_is_named_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_BACKEND", "mock:")
    with pytest.raises(InputError, match="variable SPECKHAL_BACKEND holds 'mock:'"):
        default_selection()


@pytest.fixture
def fine(install: Install, healthy: Source) -> Iterator[None]:
    """A backend "fine" for the registry of this process, which forgets it afterwards."""
    registry.cache_clear()
    install("fine", backends={"fine": "fm:backend"}, modules={"fm": healthy("fine")})
    yield
    registry.cache_clear()


@pytest.mark.usefixtures("fine")
def test_select_gives_the_backend_and_the_target() -> None:
    backend, target = select("fine:board")
    assert (backend.name, target) == ("fine", "board")


@pytest.mark.parametrize("wrong", [5, b"mock", ["mock"]])
def test_what_is_no_text_selects_no_backend(wrong: Any) -> None:
    with pytest.raises(InputError, match="selects no backend"):
        open_device(wrong)


@pytest.mark.usefixtures("fine")
def test_open_device_hands_over_the_target_and_the_options() -> None:
    opened = cast("object", open_device("fine:board", latency_us=3).raw)
    assert opened == ("fine", "board", {"latency_us": 3})


@pytest.mark.usefixtures("fine")
def test_open_device_follows_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECKHAL_BACKEND", "fine")
    assert cast("object", open_device().raw) == ("fine", None, {})


@pytest.mark.usefixtures("fine")
def test_a_backend_that_the_variable_asks_for_in_vain_is_blamed_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPECKHAL_BACKEND", "fien")
    with pytest.raises(BackendNotFound, match=r"'fien'.*variable SPECKHAL_BACKEND") as caught:
        open_device()
    assert caught.value.hint == "Did you mean 'fine'?"
    with pytest.raises(BackendNotFound) as caught:
        open_device("fien")
    assert "SPECKHAL_BACKEND" not in str(caught.value)


@pytest.mark.usefixtures("fine")
def test_other_errors_are_left_as_they_are(
    monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    install("sick", backends={"sick": "nope_nope:b"})
    monkeypatch.setenv("SPECKHAL_BACKEND", "sick")
    with pytest.raises(BackendBroken, match="nope_nope"):
        open_device()
