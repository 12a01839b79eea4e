"""One table has all options of the mock: its types, its pages and `speckhal info` agree with it."""

from __future__ import annotations

import inspect
import json
import re
import typing
from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

import speckhal
from speckhal.cli import main
from speckhal.cli.views.options_view import value_text
from speckhal.contract.errors import InputError
from speckhal.contract.facts import Certainty, Range
from speckhal.contract.option_description import options_of
from speckhal_mock import MockOptions
from speckhal_mock.boards.open_options import read_options
from speckhal_mock.boards.option_table import OWN
from speckhal_mock.emulation.options import EmulationOptions

BACKEND, _ = speckhal.select("mock")
OPTIONS = {item.name: item for item in options_of(BACKEND) or ()}


def test_the_type_has_the_options_of_the_table_with_their_types_in_their_order() -> None:
    written = inspect.get_annotations(MockOptions)
    typed = {name: getattr(kind, "__forward_arg__", kind) for name, kind in written.items()}
    assert typed == {name: item.type for name, item in OPTIONS.items()}
    assert list(typed) == list(OPTIONS)
    assert not MockOptions.__required_keys__


def test_the_emulation_has_the_options_of_the_table_with_their_types_and_defaults() -> None:
    taken: dict[str, object] = {}
    for part in reversed(EmulationOptions.__mro__):
        taken |= inspect.get_annotations(part)
    # which lists are made into
    types = {name: re.sub(r" \| list\[\w+\]", "", item.type) for name, item in OPTIONS.items()}
    assert {**taken} == {name: kind for name, kind in types.items() if name not in OWN}
    defaults = attrs.asdict(EmulationOptions(), recurse=False)
    assert defaults == {name: OPTIONS[name].default for name in taken}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_is_described_in_sentences(name: str) -> None:
    item = OPTIONS[name]
    assert item.summary[0].isupper()
    assert item.summary.endswith(".")
    assert not item.why or item.why.endswith(".")
    assert (item.certainty is None) == (name in OWN)
    assert (item.unit == "s") == (name.endswith("_s") and not name.endswith("_per_s"))
    assert (item.unit == "Hz") == name.endswith("_hz")
    if literal := typing.get_args(getattr(_options_module(), item.type, None)):
        assert item.choices == literal


def _options_module() -> object:
    from speckhal_mock.emulation import options

    return options


def _as_markdown() -> str:
    """The table of the page, and below it what the defaults rest on."""
    rows = [
        "| option | default | values | how known | what it decides |",
        "|---|---|---|---|---|",
        *(
            f"| `{item.name}` | {_cell(value_text(item))} | {_cell(item.allowed)} "
            f"| {item.certainty.value if item.certainty else ''} | {_cell(item.summary)} |"
            for item in OPTIONS.values()
        ),
    ]
    reasons = [f"* `{item.name}`: {item.why}" for item in OPTIONS.values() if item.why]
    return "\n".join([*rows, "", "What the defaults rest on:", "", *reasons])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def test_the_page_has_the_table() -> None:
    page = (Path(__file__).parents[4] / "docs" / "reference" / "emulation.md").read_text("utf-8")
    _, _, rest = page.partition("<!-- options of the mock -->\n")
    shown, end, _ = rest.partition("\n<!-- end of options -->")
    assert end
    assert shown == _as_markdown(), f"Replace the table by:\n{_as_markdown()}"


def test_info_shows_every_option_with_its_default_and_what_is_allowed() -> None:
    done = CliRunner().invoke(main, ["info", "mock", "--options"])
    assert done.exit_code == 0
    blocks = dict(re.findall(r"^  (\w+) = (.*(?:\n {6}.*)+)", done.output, re.MULTILINE))
    assert list(blocks) == list(OPTIONS)
    for item in OPTIONS.values():
        known = "" if item.certainty is None else f" ({item.certainty.value})"
        first, summary, allowed, *rest = [line.strip() for line in blocks[item.name].splitlines()]
        assert (first, summary) == (f"{value_text(item)}{known}", item.summary)
        assert allowed == f"Values: {item.allowed}."
        assert not item.why or rest[-1] == item.why


def test_info_gives_them_as_json_for_each_target() -> None:
    done = CliRunner().invoke(main, ["info", "mock:speck2e", "--options", "--json"])
    document = json.loads(done.output)
    assert (document["name"], document["target"]) == ("mock", "speck2e")
    assert [item["name"] for item in document["options"]] == list(OPTIONS)
    found = {item["name"]: item for item in document["options"]}
    assert found["accepted_rate_hz"]["default"] == {"lowest": 1, "highest": 10**9}
    assert found["io_write_s"]["default"] == 0.0025
    assert found["io_write_s"]["certainty"] == "inferred"


@pytest.mark.parametrize("name", OPTIONS)
def test_every_default_may_be_given_and_changes_nothing(name: str) -> None:
    assert read_options(None, {name: OPTIONS[name].default}) == read_options(None, {})


@pytest.mark.parametrize("name", OPTIONS)
def test_a_wrong_value_of_every_option_is_answered_with_what_is_allowed(name: str) -> None:
    with pytest.raises(InputError) as refused:
        read_options(None, {name: b"nonsense"})
    item = OPTIONS[name]
    assert str(refused.value.message) == (
        f"The option {name} is b'nonsense'; it must be {item.allowed}."
    )
    if item.unit and item.unit != "1/s":
        assert {"s": "seconds", "Hz": "Hz", "J": "joules", "W": "watts"}[item.unit] in item.allowed


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("overflow", "warp", "Did you mean overflow=wrap?"),
        ("overflow", "Saturate", "Did you mean overflow=saturate?"),
        ("breakage", "step-plus-two", "Did you mean breakage=step-plus-one? It can be: no-leak"),
        ("accepted_rate_hz", [1.5, 10], "Write a list, such as accepted_rate_hz=[1, 1000]."),
        ("accepted_rate_hz", "1..x", "Write a list, such as accepted_rate_hz=[1, 1000]."),
        ("accepted_rate_hz", [10, 1], "Write a list, such as accepted_rate_hz=[1, 1000]."),
        ("neuron_address", ["c"], 'Write a list, such as neuron_address=["c", "x", "y"].'),
    ],
)
def test_a_value_beside_what_works_gets_a_hint(name: str, value: object, hint: str) -> None:
    with pytest.raises(InputError, match=f"The option {name} is ") as refused:
        read_options(None, {name: value})
    assert (refused.value.hint or "").startswith(hint)


@pytest.mark.parametrize("given", [[2, 1000], (2, 1000), "2..1000", Range(2, 1000)])
def test_a_range_of_rates_may_be_given_in_each_form(given: object) -> None:
    assert read_options(None, {"accepted_rate_hz": given}).emulation == EmulationOptions(
        accepted_rate_hz=Range(2, 1000)
    )


def test_the_mock_takes_them() -> None:
    options: MockOptions = {"open_s": 3.0, "overflow": "wrap"}
    with speckhal.open_device("mock", **options) as device:
        assert device.clock.now_s() >= 3


def test_certainties_are_those_of_facts() -> None:
    assert OPTIONS["clock_survives_reopen"].certainty is Certainty.STATED
    assert OPTIONS["overflow"].certainty is Certainty.ASSUMED


@pytest.mark.parametrize("name", ["speck2f", "speck2edevkit", "replay"])
def test_boards_and_records_take_no_options_and_say_so(name: str) -> None:
    backend, _ = speckhal.select(name)
    assert options_of(backend) == ()
    done = CliRunner().invoke(main, ["info", name, "--options"])
    assert (done.output, done.exit_code) == (f"{name} takes no options.\n", 0)
    with pytest.raises(speckhal.DeviceNotFound):
        options_of(backend, "no-such-kit")
