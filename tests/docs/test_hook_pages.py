"""Every hook has a page in docs/reference/hooks; test_pages.py carries out their examples."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages import blocks_of
from speckhal.discovery.hooks import PROJECT, HookSpecs

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "hooks"
PAGES = {page.stem: page for page in sorted(FOLDER.glob(f"{PROJECT}_*.md"))}


def test_every_hook_has_a_page_and_the_index_names_them_all() -> None:
    hooks = {name for name in vars(HookSpecs) if name.startswith(f"{PROJECT}_")}
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(PAGES) == hooks
    assert set(re.findall(r"^\| \[(\w+)\]\(\1\.md\)", index, flags=re.MULTILINE)) == hooks


@pytest.mark.parametrize("hook", PAGES)
def test_the_page_of_a_hook_has_its_name_and_an_example_with_its_output(hook: str) -> None:
    assert PAGES[hook].read_text(encoding="utf-8").startswith(f"# {hook}\n")
    languages = [block.language for block in blocks_of(PAGES[hook]) if not block.mark]
    assert languages == ["python", "text"]
