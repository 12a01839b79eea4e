"""What a new plugin can be like is asked of the backends that are installed, and of no list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from speckhal.cli import main
from speckhal.contract.errors import BackendBroken, InputError
from speckhal.contract.plugin_templates import PluginTemplates
from speckhal.discovery.registry import registry
from speckhal.scaffold.plugin_spec import PluginOrder, starting_points, take_order
from speckhal.scaffold.writing import plugin_files
from speckhal_mock import EmulatedBackend
from speckhal_speck2e.chip import CHIP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).parents[2]
VENDOR = re.compile(r"samna|speck2|sinabs|SpeckConfiguration|BasicS\w+Node", re.IGNORECASE)


class Model(EmulatedBackend):
    """A backend that offers whatever a test gives it."""

    def __init__(self, name: str, answer: Callable[[], object]) -> None:
        super().__init__(CHIP, name=name, summary="offers templates")
        self.answer = answer

    def plugin_templates(self) -> object:
        return self.answer()


@pytest.fixture
def offer() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Registers a backend with templates."""
    yield lambda answer: registry().register("model", Model("model", answer))
    registry().unregister("model")


def names() -> str:
    return ", ".join(sorted(starting_points().by_like))


def ordered(like: str | None) -> PluginOrder:
    return take_order("speck9", like=like, license_name="MIT", author="")


def test_the_scaffold_knows_no_vendor_and_no_chip() -> None:
    sources = [*(PROJECT / "core" / "speckhal" / "scaffold").rglob("*.*")]
    sources += [PROJECT / "core" / "speckhal" / "cli" / "commands" / "new_plugin.py"]
    texts = {path: path.read_text() for path in sources if path.suffix in {".py", ".tmpl"}}
    assert len(texts) > 10
    named = {path.name: found for path, text in texts.items() if (found := VENDOR.findall(text))}
    assert named == {}


def test_without_a_word_a_plugin_is_like_the_chip_of_the_mock() -> None:
    assert ordered(None).like == registry().backend("mock").chip().name


def test_where_the_mock_is_disabled_one_must_say_what_a_plugin_is_like(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "mock")
    with pytest.raises(InputError, match="without saying what it is to be like") as refusal:
        ordered(None)
    assert refusal.value.hint == f"Give one of these as --like: {names()}."


def test_a_backend_of_others_can_be_started_from(
    offer: Callable[[Callable[[], object]], None],
) -> None:
    files = {"src/$package/__init__.py": "# $title, after $like: $greeting\n", "README.md": "x\n"}
    offer(lambda: PluginTemplates("model", files, {"greeting": "$$5"}))
    written = plugin_files(ordered("model"))
    assert written["src/speckhal_speck9/__init__.py"] == "# Speck9, after Model: $$5\n"
    assert written["README.md"] == "x\n"
    assert {"LICENSE", "pyproject.toml", "tests/test_conformance.py"} <= set(written)


def test_the_facts_of_a_chip_are_inherited_where_templates_ask_for_them(
    offer: Callable[[Callable[[], object]], None],
) -> None:
    offer(lambda: PluginTemplates("model", {"facts.txt": "$facts"}, chip=CHIP.facts))
    assert "inherited from speck2e, check:" in plugin_files(ordered("model"))["facts.txt"]


@pytest.mark.parametrize("template", ["$nonsense", "costs 5$"])
def test_a_malformed_template_is_laid_at_the_door_of_who_offers_it(
    template: str, offer: Callable[[Callable[[], object]], None]
) -> None:
    offer(lambda: PluginTemplates("model", {"README.md": template}))
    with pytest.raises(BackendBroken, match="A template of a plugin like 'model' is malformed"):
        plugin_files(ordered("model"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: "a text", "offers 'a text' as templates of a plugin, and not PluginTemplates"),
        (lambda: 1 / 0, "failed when it was asked for templates of a plugin: ZeroDivisionError"),
    ],
)
def test_a_backend_that_fails_costs_no_other_and_is_named_where_that_may_be_why(
    answer: Callable[[], object], words: str, offer: Callable[[Callable[[], object]], None]
) -> None:
    offer(answer)
    assert ordered("speck2e").like == "speck2e"
    with pytest.raises(InputError) as refusal:
        ordered("model")
    assert "Not all could be asked: Backend 'model' of this process" in refusal.value.message
    assert words in refusal.value.message


def test_a_backend_that_offers_none_is_no_starting_point(
    offer: Callable[[Callable[[], object]], None],
) -> None:
    offer(lambda: None)
    done = CliRunner().invoke(main, ["new-plugin", "speck9", "--like", "model"])
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert "Asked for a plugin like 'model', and no installed backend offers that." in said
    assert f"--like: {names()}." in said
