"""docs/reference/architecture.md shows the rooms that there are."""

from __future__ import annotations

import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "reference" / "architecture.md"


def test_the_page_shows_every_room_and_no_other() -> None:
    tree = PAGE.read_text(encoding="utf-8").partition("```text\ncore/speckhal/\n")[2]
    tree = tree.partition("```")[0]
    shown = set()
    package = "core/speckhal"
    for indent, room in re.findall(r"^( *)([\w/]+)/(?: |$)", tree, re.MULTILINE):
        if not indent:
            package = room
        shown.add(f"{package}/{room}" if indent else package)

    chips = {f"plugins/{path.name}" for path in (PROJECT / "plugins").iterdir() if path.is_dir()}
    rooms = {
        str(init.parent.relative_to(PROJECT))
        for package in ("core/speckhal", "plugins/speckhal_samna", "plugins/speckhal_mock")
        for init in (PROJECT / package).glob("*/__init__.py")
    }
    assert shown == chips | rooms


def test_the_floors_on_the_page_are_those_that_the_import_contract_holds() -> None:
    rows = re.findall(r"^\| \d \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    (floors,) = (
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["speckhal"]
    )
    assert [re.findall(r"\w+", row) for row in rows] == [
        re.findall(r"\w+", each) for each in floors
    ]
