"""What docs/reference/compatibility.md promises to plugins can be imported."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import speckhal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
PROMISED: dict[str, list[str]] = {
    module: names
    for table in tomllib.loads(
        (PROJECT / "docs" / "reference" / "public-names.toml").read_text(encoding="utf-8")
    ).values()
    for module, names in table.items()
}
OURS = ("speckhal", "speckhal_samna", "speckhal_mock", "speckhal_characterise")
TEMPLATES = sorted(
    path for root in ("core", "plugins") for path in (PROJECT / root).rglob("*.py.tmpl")
)
SOURCES = [*TEMPLATES, *sorted((PROJECT / "examples").rglob("*.py"))]
PAGES = sorted(
    path for room in ("how-to", "tutorials") for path in (PROJECT / "docs" / room).rglob("*.md")
)


IMPORT = re.compile(r"^ *from (speckhal[\w.]*) import (\([^)]*\)|[^(\n]+)$", re.MULTILINE)


def imported_from_us(source: Path) -> Iterator[tuple[str, str]]:
    """(module, name) for each name that a file imports from a package of this project."""
    for module, names in IMPORT.findall(source.read_text(encoding="utf-8")):
        if module.partition(".")[0] in OURS:
            yield from ((module, name) for name in re.findall(r"(?<!\bas )\b(?!as\b)\w+", names))


@pytest.mark.parametrize("name", dir(speckhal))
def test_every_public_name_of_speckhal_is_there(name: str) -> None:
    assert getattr(speckhal, name) is not None


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in PROMISED.items() for name in names]
)
def test_every_name_that_is_promised_to_plugins_can_be_imported(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("source", [*SOURCES, *PAGES], ids=lambda source: source.name)
def test_what_we_write_for_others_imports_only_what_is_promised(source: Path) -> None:
    promised = {**PROMISED, "speckhal": dir(speckhal)}
    imported = set(imported_from_us(source))
    assert not {(module, name) for module, name in imported if name not in promised.get(module, [])}


def test_the_templates_and_examples_do_import_from_us() -> None:
    for sources in (TEMPLATES, SOURCES):
        assert len({pair for source in sources for pair in imported_from_us(source)}) > 10
